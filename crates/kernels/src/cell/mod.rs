//! The cells: sums of gates in, new state out.
//!
//! A product leaves the sums of all gates in scratch memory, and the cell passes over them in two loops,
//! neither of which waits for the other's activations. Finishing the gates in the registers of their tile is no
//! faster (the chain from gate to state to output stalls there) and needs a copy of the cell for each shape of tile.

pub mod gru;
pub mod lstm;
pub mod rnn;

use cellgate_simd::{Simd, Vector, constant, flushes_denormals, prelude::*};

/// Recurrent state as the next step may see it: without denormals where no mode flushes them.
#[inline(always)]
pub(crate) fn settle<S: Simd>(simd: S, state: Vector<S>) -> Vector<S> {
    if flushes_denormals() {
        return state;
    }
    let zero = Vector::<S>::splat(simd, 0.0);
    let tiny = constant(simd, &f32::MIN_POSITIVE);
    state.abs().simd_lt(tiny).select(zero, state)
}
