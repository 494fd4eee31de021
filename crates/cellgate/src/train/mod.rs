//! Backwards through time: what a run has to keep, and the gradients of everything that went into it.

mod embedding;
mod linear;
mod recurrent;

use crate::error::{Code, Error, Result};
use crate::module::{Input, Layer, Module};

/// One call of [`Module::backward`]: a run of a layer, and its way back.
pub struct BackwardCall<'a> {
    /// How errors begin, `lstm.backward`.
    pub place: &'a str,
    pub input: Input<'a>,
    /// As in [`crate::Call`].
    pub dims: &'a [usize],
    pub time_major: bool,
    pub lengths: Option<&'a [u32]>,
    pub state: Option<&'a [f32]>,
    /// Gradient of the output.
    pub output_gradient: &'a [f32],
    /// Gradient of the final state; zeros without.
    pub state_gradient: Option<&'a [f32]>,
    pub output: &'a mut [f32],
    pub state_out: &'a mut [f32],
    /// Receives the gradient of x; ids have none.
    pub x_gradient: &'a mut [f32],
    /// Receives the gradient of the initial state.
    pub initial_gradient: &'a mut [f32],
    /// Receives the gradients of the parameters, in the order of [`Module::values`].
    pub gradients: &'a mut [f32],
}

impl Module {
    /// Runs a layer and gives the gradients of everything that went into it.
    pub fn backward(&self, call: BackwardCall) -> Result<()> {
        let _flush = cellgate_simd::FlushDenormals::new();
        let place = call.place;
        let layer = self.only_layer(place)?;
        match &*layer.borrow() {
            Layer::Recurrent(layer) => recurrent::backward(layer, call),
            Layer::Linear(layer) => linear::backward(layer, call),
            Layer::Embedding(layer) => embedding::backward(layer, call),
            Layer::Dropout => Err(without_parameters(place)),
        }
    }
}

fn without_parameters(place: &str) -> Error {
    Error::new(Code::Unsupported, place, "the layer must have parameters", "none")
}
