//! The exponential of `-x` in the two parts that accurate users need.

use cellgate_simd::{Simd, Vector, constant, prelude::*};

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has few enough bits that its product with 0..=150 is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Coefficients of r^2 to r^6 in exp(-r) - 1 + r on [-ln2/2, ln2/2]; minimax of exp in relative
/// error (Lawson's iteration on 3000 Chebyshev nodes): 3.1e-9 before rounding.
static SERIES: [f32; 5] = [0.499_999_94, -0.166_665_21, 4.166_839e-2, -8.368_745e-3, 1.381_454e-3];

/// `scale * (1 + fraction)`, where scale is a power of two.
pub(super) struct Exp<V> {
    pub scale: V,
    /// In [-0.3, 0.42]; NaN where x is.
    pub fraction: V,
}

/// `exp(-x) * one`, where one is a power of two, for x where the power of two in the result is a normal number.
#[inline(always)]
pub(super) fn exp_minus<S: Simd>(simd: S, x: Vector<S>, one: Vector<S>) -> Exp<Vector<S>> {
    let [c2, c3, c4, c5, c6] = &SERIES;
    let round = constant(simd, &ROUND);
    let shifted = x.mul_add(constant(simd, &-core::f32::consts::LOG2_E), round);
    let whole = shifted - round;
    let r = whole.mul_add(constant(simd, &LN2_HIGH), x);
    let r = whole.mul_add(constant(simd, &LN2_LOW), r);
    let square = r * r;
    let low = r.mul_add(constant(simd, c3), constant(simd, c2));
    let high =
        square.mul_add(constant(simd, c6), r.mul_add(constant(simd, c5), constant(simd, c4)));
    let fraction = high.mul_add(square, low).mul_sub(square, r);
    // The low bits of `shifted` are added to the exponent.
    let scale = Vector::<S>::from_bits((shifted.to_bits() << 23) + one.to_bits());
    Exp { scale, fraction }
}
