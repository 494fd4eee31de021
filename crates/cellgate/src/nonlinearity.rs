//! An activation as a layer: of every value, or the softmax of every row.

use crate::config::{ActivationOptions, activation};
use crate::error::Result;
use cellgate_kernels::Activation;
use cellgate_kernels::activation::{Apply, Slopes};
use cellgate_simd::Isa;

/// A layer without parameters that changes no sizes.
#[derive(Clone, Copy)]
pub(crate) struct Nonlinearity {
    kind: Kind,
    isa: Isa,
}

#[derive(Clone, Copy)]
enum Kind {
    Each(Activation),
    Softmax,
}

impl Nonlinearity {
    pub fn new(isa: Isa, options: &ActivationOptions) -> Result<Self> {
        let kind = match options.kind.as_str() {
            "softmax" => Kind::Softmax,
            _ => Kind::Each(activation("nonlinearity", "activation", options)?),
        };
        Ok(Self { kind, isa })
    }

    /// Rows of `width` values.
    pub fn apply(&self, width: usize, values: &mut [f32]) {
        match self.kind {
            Kind::Each(activation) => Apply { activation, values }.on(self.isa),
            Kind::Softmax => values.chunks_exact_mut(width.max(1)).for_each(softmax),
        }
    }

    /// Turns gradients of the outputs into those of the inputs.
    pub fn backward(&self, width: usize, outputs: &[f32], gradients: &mut [f32]) {
        match self.kind {
            Kind::Each(activation) => {
                Slopes { activation, values: outputs, gradients }.on(self.isa);
            }
            Kind::Softmax => {
                let rows = outputs.chunks_exact(width.max(1));
                for (y, g) in rows.zip(gradients.chunks_exact_mut(width.max(1))) {
                    let along = y.iter().zip(&*g).map(|(y, g)| f64::from(*y) * f64::from(*g));
                    let along = along.sum::<f64>() as f32;
                    g.iter_mut().zip(y).for_each(|(g, y)| *g = y * (*g - along));
                }
            }
        }
    }
}

/// `exp(x) / sum exp(x)`, of differences from the largest, so that nothing overflows.
fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponential = |value: f32| (f64::from(value) - f64::from(largest)).exp();
    let sum = row.iter().map(|&value| exponential(value)).sum::<f64>();
    row.iter_mut().for_each(|value| *value = (exponential(*value) / sum) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_without_overflow_and_hands_on_nan() {
        let mut row = [1000.0, 1001.0, -1000.0];
        softmax(&mut row);
        let smaller = 1.0 / (1.0 + 1.0_f32.exp());
        for (got, want) in row.into_iter().zip([smaller, 1.0 - smaller, 0.0]) {
            assert!((got - want).abs() < 1e-7, "{got} is not {want}");
        }
        let mut row = [1.0, f32::NAN];
        softmax(&mut row);
        assert!(row.iter().all(|value| value.is_nan()));
    }
}
