//! An embedding backwards.

use crate::embedding::Embedding;

/// Adds the gradients of equal ids; the row of `padding` has none.
pub(super) fn backward(layer: &Embedding, ids: &[i32], output: &[f32], gradients: &mut [f32]) {
    gradients.fill(0.0);
    for (&id, row) in ids.iter().zip(output.chunks_exact(layer.size)) {
        if layer.padding != Some(id as usize) {
            let target = &mut gradients[id as usize * layer.size..][..layer.size];
            target.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}
