//! The exponential of non-positive numbers, in the two parts that accurate users need.

use super::splat;
use cellgate_simd::{Simd, Vector, prelude::*};

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const ROUND_MAGIC: f32 = 12_582_912.0;
const ONE_BITS: u32 = 0x3f80_0000;
/// ln 2 in two parts; the first has few enough bits that its product with 0..=76 is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

// exp(r) - 1 - r on [-ln2/2, ln2/2]; minimax of exp in relative error (Lawson's iteration
// on 3000 Chebyshev nodes): 3.1e-9 before rounding.
const EXP_2: f32 = 0.499_999_94;
const EXP_3: f32 = 0.166_665_21;
const EXP_4: f32 = 4.166_839e-2;
const EXP_5: f32 = 8.368_745e-3;
const EXP_6: f32 = 1.381_454e-3;

/// `exp(x) = scale * (1 + fraction)`, where scale is a power of two.
pub(super) struct Exp<V> {
    pub scale: V,
    /// In [-0.3, 0.42]; NaN where x is.
    pub fraction: V,
}

/// exp on [-52, 0].
#[inline(always)]
pub(super) fn exp_negative<S: Simd>(simd: S, x: Vector<S>) -> Exp<Vector<S>> {
    let shifted = x.mul_add(splat(simd, core::f32::consts::LOG2_E), splat(simd, ROUND_MAGIC));
    let whole = shifted - ROUND_MAGIC;
    let r = whole.mul_add(splat(simd, -LN2_LOW), whole.mul_add(splat(simd, -LN2_HIGH), x));
    let series = r
        .mul_add(splat(simd, EXP_6), splat(simd, EXP_5))
        .mul_add(r, splat(simd, EXP_4))
        .mul_add(r, splat(simd, EXP_3))
        .mul_add(r, splat(simd, EXP_2));
    let fraction = series.mul_add(r * r, r);
    let scale = Vector::<S>::from_bits((shifted.to_bits() << 23) + ONE_BITS);
    Exp { scale, fraction }
}
