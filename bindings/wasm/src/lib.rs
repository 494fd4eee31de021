//! The WebAssembly face of cellgate: read arguments, call `cellgate`, leave the result.
//!
//! Each handle owns one buffer in WebAssembly memory through which all numbers cross;
//! calls take integers and say how long the parts of the buffer are.

#[cfg(target_arch = "wasm32")]
mod allocator;
mod module;
mod options;
mod stream;
#[cfg(feature = "training")]
mod trainer;

use cellgate::{Error, Input, Isa};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The instruction set of this artefact.
#[wasm_bindgen(js_name = rawIsa)]
pub fn raw_isa() -> String {
    Isa::detect().name().to_owned()
}

/// Where an error happened; `ts/errors.ts` knows the call.
const PLACE: &str = "cellgate";

fn thrown(error: Error) -> JsError {
    JsError::new(&error.to_wire())
}

/// The buffer of a handle.
#[derive(Default)]
struct Buffer(Vec<f32>);

impl Buffer {
    /// Makes room for `length` floats; gives the byte offset.
    fn reserve(&mut self, length: usize) -> Result<usize, JsError> {
        cellgate::reserve(&mut self.0, length).map_err(thrown)?;
        Ok(self.0.as_ptr() as usize)
    }

    /// Consecutive parts of the given lengths.
    fn parts<const PARTS: usize>(&mut self, lengths: [usize; PARTS]) -> [&mut [f32]; PARTS] {
        let mut rest = self.0.as_mut_slice();
        lengths.map(|length| {
            let whole = core::mem::take(&mut rest);
            let (part, tail) = whole.split_at_mut(length.min(whole.len()));
            rest = tail;
            part
        })
    }

    /// Consecutive parts of the lengths that JavaScript names; those it does not name are empty.
    fn named<const PARTS: usize>(&mut self, lengths: &[usize]) -> [&mut [f32]; PARTS] {
        self.parts(std::array::from_fn(|index| lengths.get(index).copied().unwrap_or(0)))
    }
}

/// Values, or ids that cross as the bits of floats.
fn input(data: &[f32], ids: bool) -> Input<'_> {
    if ids { Input::Ids(bytemuck::cast_slice(data)) } else { Input::Values(data) }
}
