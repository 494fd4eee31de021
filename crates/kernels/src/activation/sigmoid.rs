//! Logistic function through exp(-|x|), so that the small side keeps its relative accuracy.

use super::exp::{exp_negative, power_of_two};
use super::{at_most, splat};
use cellgate_simd::{Simd, Vector, prelude::*};

/// exp(-|x|) of a larger |x| rounds to zero.
const SIGMOID_LIMIT: f32 = 104.0;
/// exp(-104) * 2^24 is a normal number.
const LIFT: u8 = 24;

/// Logistic function of every lane, within 4 ULP and within [0, 1].
///
/// With `t = exp(-|x|)`: `x >= 0`: `1 / (1 + t)`, else `t / (1 + t)`.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: Vector<S>) -> Vector<S> {
    let one = splat(simd, 1.0);
    let exp = exp_negative(simd, -at_most(simd, x.abs(), SIGMOID_LIMIT), LIFT);
    let t = exp.fraction.mul_add(exp.scale, exp.scale) * (1.0 / power_of_two(LIFT));
    x.simd_lt(splat(simd, 0.0)).select(t, one) / (t + one)
}
