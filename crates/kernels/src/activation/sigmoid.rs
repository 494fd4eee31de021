//! Logistic function through exp(-x).

use super::exp::{Exp, exp_minus};
use cellgate_simd::{Simd, Vector, at_least, at_most, constant, prelude::*};

/// exp(x) of a smaller x rounds to zero.
const LOWEST: f32 = -104.0;
/// From here on 1 + exp(-x) rounds to one.
const SATURATION: f32 = 17.5;
/// 2^-24: exp(104) times it is finite.
const ONE: f32 = 1.0 / 16_777_216.0;

/// Logistic function of every lane, within 4 ULP and within [0, 1].
///
/// `1 / (1 + exp(-x))`, both sides of the fraction times a power of two.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: Vector<S>) -> Vector<S> {
    let one = constant(simd, &ONE);
    let x = at_most(simd, x, constant(simd, &SATURATION));
    let x = at_least(simd, x, constant(simd, &LOWEST));
    let Exp { scale, fraction } = exp_minus(simd, x, one);
    one / (fraction.mul_add(scale, scale) + one)
}
