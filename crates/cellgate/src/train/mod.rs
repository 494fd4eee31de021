//! Training: a copy of a module's weights, forwards with all that the way back needs, and backwards.

mod conv1d;
mod dropout;
mod embedding;
mod linear;
pub(crate) mod loss;
mod network;
pub(crate) mod optimizer;
mod recurrent;
mod trainer;

pub use trainer::{Batch, TrainCall, Trainer, TrainerOptions};
