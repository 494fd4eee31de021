//! Bounds that let NaN through.

use crate::Vector;
use fearless_simd::Simd;
#[cfg(not(all(target_arch = "wasm32", not(target_feature = "relaxed-simd"))))]
use fearless_simd::prelude::*;

/// The smaller of `x` and `limit`; NaN stays.
#[inline(always)]
pub fn at_most<S: Simd>(_simd: S, x: Vector<S>, limit: Vector<S>) -> Vector<S> {
    #[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
    return wasm::through::<S>(|x, limit| core::arch::wasm32::f32x4_pmin(x, limit), x, limit);
    #[cfg(not(all(target_arch = "wasm32", not(target_feature = "relaxed-simd"))))]
    x.simd_gt(limit).select(limit, x)
}

/// The larger of `x` and `limit`; NaN stays.
#[inline(always)]
pub fn at_least<S: Simd>(_simd: S, x: Vector<S>, limit: Vector<S>) -> Vector<S> {
    #[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
    return wasm::through::<S>(|x, limit| core::arch::wasm32::f32x4_pmax(x, limit), x, limit);
    #[cfg(not(all(target_arch = "wasm32", not(target_feature = "relaxed-simd"))))]
    x.simd_lt(limit).select(limit, x)
}

/// The compiler makes minimum and maximum of a comparison and a selection, but not on WebAssembly. With
/// relaxed instructions a selection is one of them, and the compiler would take the minimum for a relaxed
/// one, which may lose NaN.
#[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
mod wasm {
    use crate::Vector;
    use core::arch::wasm32::v128;
    use core::mem::transmute_copy;
    use fearless_simd::Simd;

    #[inline(always)]
    pub fn through<S: Simd>(
        instruction: impl Fn(v128, v128) -> v128,
        x: Vector<S>,
        limit: Vector<S>,
    ) -> Vector<S> {
        const { assert!(size_of::<Vector<S>>() == size_of::<v128>()) };
        // SAFETY: of the same size, and any bits are a value of both.
        unsafe { transmute_copy(&instruction(transmute_copy(&x), transmute_copy(&limit))) }
    }
}
