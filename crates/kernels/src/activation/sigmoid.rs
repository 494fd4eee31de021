//! Logistic function through exp(-|x|), so that the small side keeps its relative accuracy.

use super::exp::exp_negative;
use super::{at_most, splat};
use cellgate_simd::{Simd, Vector, prelude::*};

/// exp(-|x| / 2) of a larger |x| squares to zero.
const SIGMOID_LIMIT: f32 = 104.0;

/// Logistic function of every lane, within 4 ULP and within [0, 1].
///
/// 1. `t = exp(-|x|)` as the square of `exp(-|x| / 2)`, which stays a normal number
///    where `t` is already denormal;
/// 2. `x >= 0`: `1 / (1 + t)`, else `t / (1 + t)`.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: Vector<S>) -> Vector<S> {
    let exp = exp_negative(simd, at_most(simd, x.abs(), SIGMOID_LIMIT) * -0.5);
    let root = exp.fraction.mul_add(exp.scale, exp.scale);
    let t = root * root;
    x.simd_lt(splat(simd, 0.0)).select(t, exp.one) / (t + exp.one)
}
