//! The Node addon of cellgate: read arguments, call `cellgate`, convert the result.
//!
//! Arrays are borrowed for the length of a call. A panic is caught at every export
//! and becomes an internal error, since an uncaught one would end the process.

mod error;
mod module;
mod numbers;
mod options;
mod stream;
mod trainer;

use cellgate::Isa;
use error::guarded;
use napi::Result;
use napi_derive::napi;
use std::cell::Cell;

thread_local! {
    static CHOSEN: Cell<Option<Isa>> = const { Cell::new(None) };
}

/// The instruction set for modules made from now on.
fn chosen() -> Isa {
    CHOSEN.with(|chosen| chosen.get().unwrap_or_else(Isa::detect))
}

/// Chooses the instruction set for modules made from now on, the best for null; gives its name.
#[napi]
pub fn raw_init(isa: Option<String>) -> Result<String> {
    guarded(|| {
        let isa = cellgate::choose(isa.as_deref())?;
        CHOSEN.set(Some(isa));
        Ok(isa.name().to_owned())
    })
}

/// How many threads a call takes at most.
#[napi]
pub fn raw_threads() -> u32 {
    cellgate::threads() as u32
}

/// Bounds them, for the whole process.
#[napi]
pub fn raw_limit_threads(limit: u32) {
    cellgate::limit_threads(limit as usize);
}

/// Says how much memory the process may have, so that requests above are refused.
#[napi]
pub fn raw_limit_memory(bytes: f64) {
    cellgate::limit_memory(bytes as usize);
}
