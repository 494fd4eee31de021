//! Logistic function through exp(-x).

use super::exp::{Exp, exp_minus, power_of_two};
use super::splat;
use cellgate_simd::{Simd, Vector, at_least, at_most, prelude::*};

/// exp(x) of a smaller x rounds to zero.
const LOWEST: f32 = -104.0;
/// From here on 1 + exp(-x) rounds to one.
const SATURATION: f32 = 17.5;
/// exp(104) * 2^-24 is finite.
const SHIFT: i32 = -24;

/// Logistic function of every lane, within 4 ULP and within [0, 1].
///
/// `1 / (1 + exp(-x))`, both sides of the fraction times a power of two.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: Vector<S>) -> Vector<S> {
    let one = splat(simd, power_of_two(SHIFT));
    let x = at_least(simd, at_most(simd, x, SATURATION), LOWEST);
    let Exp { scale, fraction } = exp_minus(simd, x, SHIFT);
    one / (fraction.mul_add(scale, scale) + one)
}
