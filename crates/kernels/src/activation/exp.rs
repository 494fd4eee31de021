//! The exponential of non-positive numbers, in the two parts that accurate users need.

use super::splat;
use cellgate_simd::{Simd, Vector, prelude::*};

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const ROUND: f32 = 12_582_912.0;
/// -ln 2 in two parts; the first has few enough bits that its product with 0..=76 is exact.
const MINUS_LN2_HIGH: f32 = -0.693_359_4;
const MINUS_LN2_LOW: f32 = 2.121_944_4e-4;
/// Coefficients of r^2 to r^6 in exp(r) - 1 - r on [-ln2/2, ln2/2]; minimax of exp in relative
/// error (Lawson's iteration on 3000 Chebyshev nodes): 3.1e-9 before rounding.
const SERIES: [f32; 5] = [0.499_999_94, 0.166_665_21, 4.166_839e-2, 8.368_745e-3, 1.381_454e-3];

/// `exp(x) = scale * (1 + fraction)`, where scale is a power of two.
pub(super) struct Exp<V> {
    pub scale: V,
    /// In [-0.3, 0.42]; NaN where x is.
    pub fraction: V,
    pub one: V,
}

/// exp on [-52, 0].
#[inline(always)]
pub(super) fn exp_negative<S: Simd>(simd: S, x: Vector<S>) -> Exp<Vector<S>> {
    let [c2, c3, c4, c5, c6] = SERIES;
    let one = splat(simd, 1.0);
    let round = splat(simd, ROUND);
    let shifted = x.mul_add(splat(simd, core::f32::consts::LOG2_E), round);
    let whole = shifted - round;
    let r = whole.mul_add(splat(simd, MINUS_LN2_HIGH), x);
    let r = whole.mul_add(splat(simd, MINUS_LN2_LOW), r);
    let series = r
        .mul_add(splat(simd, c6), splat(simd, c5))
        .mul_add(r, splat(simd, c4))
        .mul_add(r, splat(simd, c3))
        .mul_add(r, splat(simd, c2));
    let fraction = series.mul_add(r * r, r);
    // 2^whole: the low bits of `shifted` become the exponent.
    let scale = Vector::<S>::from_bits((shifted.to_bits() << 23) + one.to_bits());
    Exp { scale, fraction, one }
}
