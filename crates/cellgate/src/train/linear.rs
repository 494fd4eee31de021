//! A linear layer backwards.

use crate::error::Result;
use crate::linear::Linear;
use crate::memory::{Aligned, product};
use crate::module::{Input, last_dimension, wrong_kind};
use crate::recurrent::exact;
use crate::train::BackwardCall;
use cellgate_kernels::backward::{LinearGradient, linear_scratch_len};
use cellgate_kernels::panel::{Shape, pack_transposed, packed_len, transposed_len, unpack_columns};
use cellgate_kernels::rows::Rows;

/// Runs the layer there and back.
pub(super) fn backward(layer: &Linear, call: BackwardCall) -> Result<()> {
    let BackwardCall { place, input, dims, output_gradient, output, x_gradient, gradients, .. } =
        call;
    let Input::Values(x) = input else {
        return Err(wrong_kind(place, "float32", "int32"));
    };
    let (inputs, outputs) = (layer.input_size, layer.output_size);
    let rows = last_dimension(place, dims, inputs)?;
    let output_len = product(place, &[rows, outputs])?;
    exact(place, "x", x.len(), rows * inputs)?;
    exact(place, "outputGradient", output_gradient.len(), output_len)?;
    exact(place, "output", output.len(), output_len)?;
    exact(place, "x gradient", x_gradient.len(), x.len())?;
    exact(place, "gradients", gradients.len(), layer.values.len())?;
    let lanes = layer.isa.lanes();
    let shape = Shape { units: outputs, gates: 1, width: inputs };
    let padded = outputs.next_multiple_of(lanes);
    let mut transposed = Aligned::zeros(place, transposed_len(shape, lanes))?;
    let mut weights = Aligned::zeros(place, product(place, &[inputs, padded])?)?;
    let mut bias = Aligned::zeros(place, packed_len(outputs, 1, 1, lanes))?;
    let mut scratch = Aligned::zeros(place, linear_scratch_len(padded, inputs))?;
    let weight_len = outputs * inputs;
    pack_transposed(shape, lanes, &layer.values[..weight_len], &mut transposed);
    layer.forward(x, output);
    layer.isa.run(LinearGradient {
        x: Rows { data: x, width: inputs },
        output: Rows { data: output_gradient, width: outputs },
        transposed: &transposed,
        weights: &mut weights,
        bias: &mut bias,
        x_gradient,
        scratch: &mut scratch,
    });
    let (for_weights, for_bias) = gradients.split_at_mut(weight_len);
    unpack_columns(shape, lanes, &weights, 0, for_weights);
    unpack_columns(Shape { width: 1, ..shape }, lanes, &bias, 0, for_bias);
    Ok(())
}
