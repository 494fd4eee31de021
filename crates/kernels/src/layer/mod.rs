//! Cells with their weights and state: the recurrences that [`crate::sequence`] drives.

mod gru;
mod lstm;
mod rnn;

pub use gru::Gru;
pub use lstm::Lstm;
pub use rnn::Rnn;
