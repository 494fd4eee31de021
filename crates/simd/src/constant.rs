//! Constants in vectors.

use crate::Vector;
use fearless_simd::{Simd, prelude::*};

/// A constant in every lane.
///
/// V8 puts a constant vector together from integers wherever one is used, in three instructions. On WebAssembly it is
/// therefore loaded, by a read that the compiler cannot make a constant of again: activations take a fifth less time,
/// and a third less with relaxed instructions.
#[inline(always)]
pub fn constant<S: Simd>(simd: S, value: &'static f32) -> Vector<S> {
    #[cfg(not(target_arch = "wasm32"))]
    let value = *value;
    #[cfg(target_arch = "wasm32")]
    // SAFETY: a reference can be read.
    let value = unsafe { core::ptr::from_ref(value).read_volatile() };
    Vector::<S>::splat(simd, value)
}
