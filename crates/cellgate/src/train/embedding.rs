//! An embedding backwards.

use crate::embedding::Embedding;
use crate::error::Result;
use crate::memory::product;
use crate::module::{Input, wrong_kind};
use crate::recurrent::exact;
use crate::train::BackwardCall;

/// Looks up, and adds the gradients of equal ids; the row of `padding` has none.
pub(super) fn backward(layer: &Embedding, call: BackwardCall) -> Result<()> {
    let BackwardCall { place, input, output_gradient, output, gradients, .. } = call;
    let Input::Ids(ids) = input else {
        return Err(wrong_kind(place, "int32 ids", "float32"));
    };
    layer.check(place, ids)?;
    let output_len = product(place, &[ids.len(), layer.size])?;
    exact(place, "outputGradient", output_gradient.len(), output_len)?;
    exact(place, "output", output.len(), output_len)?;
    exact(place, "gradients", gradients.len(), layer.values.len())?;
    layer.forward(ids, output);
    gradients.fill(0.0);
    for (&id, row) in ids.iter().zip(output_gradient.chunks_exact(layer.size)) {
        if layer.padding != Some(id as usize) {
            let target = &mut gradients[id as usize * layer.size..][..layer.size];
            target.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(())
}
