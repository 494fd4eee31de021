//! Errors and panics on their way to JavaScript.

use cellgate::{Code, Error};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of an export.
pub(crate) fn guarded<T>(body: impl FnOnce() -> Result<T, Error>) -> napi::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Error::new(Code::Internal, "cellgate", "no panic", text))
    });
    result.map_err(|error| napi::Error::from_reason(error.to_wire()))
}

/// What a closed handle answers.
pub(crate) fn closed() -> Error {
    Error::new(Code::Internal, "cellgate", "the handle must be open", "a closed one")
}
