//! The only crate that names an instruction set.
//!
//! Kernels are generic over [`Simd`] and never ask which set they run on; they may
//! ask for facts about it ([`lanes`], [`registers`], [`flushes_denormals`]). An
//! [`Isa`] is chosen once per handle and proves that the CPU has its instructions.

mod bounds;
mod constant;
mod denormals;
mod dot;
mod half;
mod isa;
mod walk;

pub use bounds::{at_least, at_most};
pub use constant::constant;
pub use denormals::FlushDenormals;
pub use dot::{DotLayout, Integers, Quantised, dot, dot_layout, quantise};
pub use fearless_simd::{Simd, prelude};
pub use half::{from_half, load_halves, loads_halves, to_half};
pub use isa::{Isa, Kernel, UnknownIsa};
pub use walk::walk;

use fearless_simd::SimdBase;

/// A native-width vector of f32 on `S`.
pub type Vector<S> = <S as Simd>::f32s;

/// How many f32 one vector of `S` holds.
#[inline(always)]
pub const fn lanes<S: Simd>() -> usize {
    <Vector<S> as SimdBase<S>>::LEN
}

/// No vector holds more f32.
pub const MOST_LANES: usize = 16;

/// How many vectors of `S` a register tile may keep alive. Without fused multiply-add products take some of
/// them, and on WebAssembly V8 spills from about twelve on.
#[inline(always)]
pub const fn registers<S: Simd>() -> usize {
    if cfg!(target_arch = "aarch64") || lanes::<S>() == 16 {
        32
    } else if lanes::<S>() == 8 {
        16
    } else {
        12
    }
}

/// Whether [`FlushDenormals`] works here; where it does not, kernels must keep
/// denormals out of recurrent state by themselves.
#[inline(always)]
pub const fn flushes_denormals() -> bool {
    cfg!(any(target_arch = "x86_64", target_arch = "aarch64"))
}
