//! Mathematics on slices, generic over an instruction set: packed matrix products,
//! activations and the fused cells. The caller owns every buffer; nothing here
//! allocates, checks user input or knows of JavaScript.
//!
//! A layer's weights are packed once into *panels* ([`panel`]), a register *tile*
//! ([`tile`]) multiplies them with input rows, and a *cell* ([`cell`]) finishes the
//! gates of the same hidden units while they are still in registers.

#![allow(
    clippy::needless_range_loop,
    reason = "vectors do not pass through iterators, see the note in tile.rs"
)]

pub mod activation;
pub mod backward;
pub mod bytes;
pub mod cell;
pub mod gate;
pub mod layer;
pub mod linear;
pub mod noise;
pub mod norm;
pub mod optimizer;
pub mod panel;
pub mod rows;
pub mod sequence;
mod tile;

pub use activation::Activation;

use cellgate_simd::Isa;

/// Entries of this crate, so that its users may be compiled for size and the kernels still for speed: what is
/// generic takes the profile of the crate that asks for it.
macro_rules! entries {
    ($($kernel:ty),* $(,)?) => {
        $(impl $kernel {
            /// Runs with the instructions of `isa`.
            pub fn on(self, isa: Isa) {
                isa.run(self);
            }
        })*
    };
}

entries!(
    activation::Apply<'_>,
    activation::Slopes<'_>,
    linear::Linear<'_>,
    sequence::Run<'_, layer::Rnn<'_>>,
    sequence::Run<'_, layer::Lstm<'_>>,
    sequence::Run<'_, layer::Gru<'_>>,
    backward::LinearGradient<'_>,
    backward::Backward<'_, backward::RnnGradient<'_>>,
    backward::Backward<'_, backward::LstmGradient<'_>>,
    backward::Backward<'_, backward::GruGradient<'_>>,
    optimizer::Sgd<'_>,
    optimizer::RmsProp<'_>,
    optimizer::Adam<'_>,
);
