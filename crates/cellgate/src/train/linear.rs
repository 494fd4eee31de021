//! A linear layer in training.

use crate::error::Result;
use crate::linear::Linear;
use crate::memory::{Aligned, product};
use cellgate_kernels::backward::{LinearGradient, linear_scratch_len};
use cellgate_kernels::panel::{Shape, pack_transposed, row_len, unpack_columns};
use cellgate_kernels::rows::Rows;

/// A layer with its weights packed for both ways.
pub(super) struct LinearStage {
    pub layer: Linear,
    transposed: Aligned,
}

/// What a run needs.
#[derive(Default)]
pub(super) struct LinearPass {
    weights: Aligned,
    bias: Aligned,
    scratch: Aligned,
}

impl LinearStage {
    pub fn new(layer: Linear) -> Result<Self> {
        let mut stage = Self { layer, transposed: Aligned::default() };
        let len = stage.shape().transposed_len(stage.layer.isa.lanes());
        stage.transposed = Aligned::zeros("linear", len)?;
        stage.transpose();
        Ok(stage)
    }

    fn shape(&self) -> Shape {
        Shape { units: self.layer.output_size, gates: 1, width: self.layer.input_size }
    }

    fn transpose(&mut self) {
        let (shape, lanes) = (self.shape(), self.layer.isa.lanes());
        let weight = &self.layer.values[..shape.units * shape.width];
        pack_transposed(shape, lanes, weight, &mut self.transposed);
    }

    pub fn refresh(&mut self, values: &[f32]) {
        self.layer.set_values(values);
        self.transpose();
    }

    /// Makes all memory of the way back.
    pub fn fit(&self, pass: &mut LinearPass) -> Result<()> {
        let (Shape { units, width, .. }, lanes) = (self.shape(), self.layer.isa.lanes());
        let padded = units.next_multiple_of(lanes);
        pass.weights.fit("linear", product("linear", &[width, padded])?)?;
        pass.bias.fit("linear", row_len(units, 1, lanes))?;
        pass.scratch.fit("linear", linear_scratch_len(padded, width, lanes))
    }

    /// The way back from the gradient of the output; `x_gradient` may be empty.
    pub fn backward(
        &self,
        pass: &mut LinearPass,
        x: &[f32],
        output: &[f32],
        x_gradient: &mut [f32],
        gradients: &mut [f32],
    ) {
        let (shape, isa) = (self.shape(), self.layer.isa);
        let LinearPass { weights, bias, scratch } = pass;
        weights.fill(0.0);
        bias.fill(0.0);
        LinearGradient {
            x: Rows { data: x, width: shape.width },
            output: Rows { data: output, width: shape.units },
            transposed: &self.transposed,
            weights: &mut *weights,
            bias: &mut *bias,
            x_gradient,
            scratch,
        }
        .on(isa);
        let (for_weights, for_bias) = gradients.split_at_mut(shape.units * shape.width);
        unpack_columns(shape, isa.lanes(), weights, 0, for_weights);
        unpack_columns(Shape { width: 1, ..shape }, isa.lanes(), bias, 0, for_bias);
    }
}
