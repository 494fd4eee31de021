//! An activation of every value, as a layer.

use crate::config::{ActivationOptions, activation};
use crate::error::Result;
use cellgate_kernels::Activation;
use cellgate_kernels::activation::{Apply, Slopes};
use cellgate_simd::Isa;

/// A layer without parameters that changes no sizes.
#[derive(Clone, Copy)]
pub(crate) struct Nonlinearity {
    activation: Activation,
    isa: Isa,
}

impl Nonlinearity {
    pub fn new(isa: Isa, options: &ActivationOptions) -> Result<Self> {
        Ok(Self { activation: activation("nonlinearity", "activation", options)?, isa })
    }

    pub fn apply(&self, values: &mut [f32]) {
        Apply { activation: self.activation, values }.on(self.isa);
    }

    /// Turns gradients of the outputs into those of the inputs.
    pub fn backward(&self, outputs: &[f32], gradients: &mut [f32]) {
        Slopes { activation: self.activation, values: outputs, gradients }.on(self.isa);
    }
}
