//! Gated recurrent networks: layers, packed weights, state, and every check of what users hand in.
//!
//! [`Module`] is what the bindings see: one layer, or several in sequence. [`Stream`] runs
//! a module frame by frame. All user input is checked here before anything is changed;
//! a failed check is an [`Error`] with a stable code.

mod config;
mod conv1d;
mod embedding;
mod error;
mod init;
mod linear;
mod matrix;
mod memory;
mod module;
mod nonlinearity;
mod recurrent;
mod rowwise;
mod schedule;
mod stream;
mod text;
mod threads;
mod train;
mod weights;
mod windows;

pub use cellgate_simd::Isa;
pub use config::{ActivationOptions, RecurrentOptions};
pub use error::{Code, Error, Got, Refusal};
pub use memory::{limit_memory, reserve};
pub use module::{Call, Input, Module, Parameter};
pub use stream::Stream;
pub use threads::{limit_threads, threads};
pub use train::loss::{LossOptions, Target};
pub use train::optimizer::OptimizerOptions;
pub use train::{Batch, TrainCall, Trainer, TrainerOptions};

/// The instruction set called `name`, or the best one of this machine.
pub fn choose(name: Option<&str>) -> Result<Isa, Error> {
    let Some(name) = name else {
        return Ok(Isa::detect());
    };
    Isa::force(name).map_err(|unknown| {
        let expected = format!("isa must be one of {}", unknown.available.join(", "));
        Error::new(Code::Backend, "init", expected, format!("'{name}'"))
    })
}
