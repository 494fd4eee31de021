//! Activations: at most 4 ULP, never outside their range, NaN in is NaN out.

mod exp;
mod sigmoid;
mod tanh;

pub use sigmoid::sigmoid;
pub use tanh::tanh;

use crate::rows::{load_block, store_block};
use cellgate_simd::{Kernel, Simd, Vector, at_least, at_most, lanes, prelude::*};

/// What a gate, a candidate or an output passes through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    Sigmoid,
    Tanh,
    Relu,
    Softsign,
    Identity,
    /// `clamp(alpha * x + beta, 0, 1)`
    HardSigmoid {
        alpha: f32,
        beta: f32,
    },
}

impl Activation {
    /// Applies the activation to every lane.
    #[inline(always)]
    pub fn apply<S: Simd>(self, simd: S, x: Vector<S>) -> Vector<S> {
        match self {
            Self::Sigmoid => sigmoid(simd, x),
            Self::Tanh => tanh(simd, x),
            Self::Relu => x.simd_lt(splat(simd, 0.0)).select(splat(simd, 0.0), x),
            Self::Softsign => x / (x.abs() + 1.0),
            Self::Identity => x,
            Self::HardSigmoid { alpha, beta } => clamp(simd, x * alpha + beta, 0.0, 1.0),
        }
    }
}

impl Activation {
    /// Derivative of every lane, from the activation's value.
    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, y: Vector<S>) -> Vector<S> {
        let (zero, one) = (splat(simd, 0.0), splat(simd, 1.0));
        match self {
            Self::Sigmoid => y * (one - y),
            Self::Tanh => one - y * y,
            Self::Relu => y.simd_gt(zero).select(one, zero),
            Self::Softsign => (one - y.abs()) * (one - y.abs()),
            Self::Identity => one,
            Self::HardSigmoid { alpha, .. } => {
                let rising = y.simd_gt(zero).select(splat(simd, alpha), zero);
                y.simd_lt(one).select(rising, zero)
            }
        }
    }
}

/// Derivative of an activation whose input is clamped to a bound: zero where the bound acts,
/// as that of `torch.clamp` and `tf.clip_by_value`.
#[derive(Clone, Copy)]
pub(crate) struct Slope {
    activation: Activation,
    /// The activation's values at the bound.
    low: f32,
    high: f32,
}

impl Slope {
    #[inline(always)]
    pub fn new<S: Simd>(simd: S, activation: Activation, clip: f32) -> Self {
        if clip == f32::INFINITY {
            return Self { activation, low: f32::NEG_INFINITY, high: f32::INFINITY };
        }
        Self::bounded(simd, activation, clip)
    }

    #[inline(never)]
    fn bounded<S: Simd>(simd: S, activation: Activation, clip: f32) -> Self {
        let mut ends = [-clip, clip];
        simd.vectorize(
            #[inline(always)]
            || Apply { activation, values: &mut ends }.run(simd),
        );
        let [one, other] = ends;
        Self { activation, low: one.min(other), high: one.max(other) }
    }

    /// Derivative from the activation's value.
    #[inline(always)]
    pub fn at<S: Simd>(self, simd: S, y: Vector<S>) -> Vector<S> {
        let slope = self.activation.slope(simd, y);
        if self.high == f32::INFINITY {
            return slope;
        }
        let zero = splat(simd, 0.0);
        let below = y.simd_lt(splat(simd, self.high)).select(slope, zero);
        y.simd_gt(splat(simd, self.low)).select(below, zero)
    }
}

/// Applies an activation to every value of a slice.
pub struct Apply<'a> {
    pub activation: Activation,
    pub values: &'a mut [f32],
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for block in 0..self.values.len().div_ceil(lanes::<S>()) {
            let x = load_block(simd, self.values, block);
            store_block::<S>(self.activation.apply(simd, x), self.values, block);
        }
    }
}

/// The way back through an activation: multiplies gradients by its derivative, from its values.
pub struct Slopes<'a> {
    pub activation: Activation,
    pub values: &'a [f32],
    pub gradients: &'a mut [f32],
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for block in 0..self.values.len().div_ceil(lanes::<S>()) {
            let slope = self.activation.slope(simd, load_block(simd, self.values, block));
            let gradient = load_block(simd, self.gradients, block);
            store_block::<S>(gradient * slope, self.gradients, block);
        }
    }
}

#[inline(always)]
pub(crate) fn splat<S: Simd>(simd: S, value: f32) -> Vector<S> {
    Vector::<S>::splat(simd, value)
}

/// Clamps and lets NaN through, which minimum and maximum instructions do not promise.
#[inline(always)]
pub(crate) fn clamp<S: Simd>(simd: S, x: Vector<S>, low: f32, high: f32) -> Vector<S> {
    at_most(simd, at_least(simd, x, splat(simd, low)), splat(simd, high))
}
