//! The exponential of non-positive numbers, in the two parts that accurate users need.

use super::splat;
use cellgate_simd::{Simd, Vector, prelude::*};

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const ROUND: f32 = 12_582_912.0;
/// -ln 2 in two parts; the first has few enough bits that its product with 0..=150 is exact.
const MINUS_LN2_HIGH: f32 = -0.693_359_4;
const MINUS_LN2_LOW: f32 = 2.121_944_4e-4;
/// Coefficients of r^2 to r^6 in exp(r) - 1 - r on [-ln2/2, ln2/2]; minimax of exp in relative
/// error (Lawson's iteration on 3000 Chebyshev nodes): 3.1e-9 before rounding.
const SERIES: [f32; 5] = [0.499_999_94, 0.166_665_21, 4.166_839e-2, 8.368_745e-3, 1.381_454e-3];

/// `exp(x) = scale * (1 + fraction) / 2^lift`, where scale is a power of two.
pub(super) struct Exp<V> {
    pub scale: V,
    /// In [-0.3, 0.42]; NaN where x is.
    pub fraction: V,
}

/// exp on [-(87 + lift * ln 2), 0]: below -87, where exp itself is denormal, a lift keeps the
/// parts normal.
#[inline(always)]
pub(super) fn exp_negative<S: Simd>(simd: S, x: Vector<S>, lift: u8) -> Exp<Vector<S>> {
    let [c2, c3, c4, c5, c6] = SERIES;
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
    // 2^(whole + lift): the low bits of `shifted` become the exponent.
    let lifted_one = splat(simd, power_of_two(lift)).to_bits();
    let scale = Vector::<S>::from_bits((shifted.to_bits() << 23) + lifted_one);
    Exp { scale, fraction }
}

/// `2^exponent`.
pub(super) const fn power_of_two(exponent: u8) -> f32 {
    f32::from_bits((127 + exponent as u32) << 23)
}
