//! Streams.

use crate::{Buffer, PLACE, input, thrown};
use cellgate::{Error, Stream};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// An open stream.
#[wasm_bindgen]
pub struct RawStream {
    inner: Stream,
    /// One input and one output frame, pinned; `step` crosses with no argument.
    frame: Buffer,
    buffer: Buffer,
    /// Why the last step was refused.
    fault: Option<Error>,
}

impl RawStream {
    pub(crate) fn new(inner: Stream) -> Result<Self, JsError> {
        let mut frame = Buffer::default();
        frame.reserve(inner.input_len() + inner.output_len())?;
        Ok(Self { inner, frame, buffer: Buffer::default(), fault: None })
    }
}

#[wasm_bindgen]
impl RawStream {
    /// Byte offset of the input frame, fixed for the life of the stream.
    #[wasm_bindgen(getter, js_name = inputPtr)]
    pub fn input_ptr(&self) -> usize {
        self.frame.0.as_ptr() as usize
    }

    /// Byte offset of the output frame, fixed for the life of the stream.
    #[wasm_bindgen(getter, js_name = outputPtr)]
    pub fn output_ptr(&self) -> usize {
        self.input_ptr() + self.inner.input_len() * size_of::<f32>()
    }

    /// Whether the frame was taken; `fault` throws why not. A `Result` would cross as an array, which JavaScript
    /// would have to allocate for every step.
    pub fn step(&mut self) -> bool {
        let ids = self.inner.takes_ids();
        let (frame, output) = self.frame.0.split_at_mut(self.inner.input_len());
        self.fault = self.inner.run(PLACE, input(frame, ids), 1, output).err();
        self.fault.is_none()
    }

    /// Throws what the last step was refused for.
    pub fn fault(&mut self) -> Result<(), JsError> {
        self.fault.take().map_or(Ok(()), |error| Err(thrown(error)))
    }

    /// Makes the buffer at least `length` floats long; gives its byte offset.
    pub fn io(&mut self, length: usize) -> Result<usize, JsError> {
        self.buffer.reserve(length)
    }

    /// Buffer: `[input | output]`.
    pub fn run(&mut self, frames: usize) -> Result<(), JsError> {
        let ids = self.inner.takes_ids();
        let (input_len, output_len) = (self.inner.input_len(), self.inner.output_len());
        let lengths = [input_len, output_len].map(|length| length.saturating_mul(frames));
        let [block, output] = self.buffer.parts(lengths);
        self.inner.run(PLACE, input(block, ids), frames, output).map_err(thrown)
    }

    #[wasm_bindgen(js_name = getState)]
    pub fn get_state(&mut self) -> Result<(), JsError> {
        let [state] = self.buffer.parts([self.inner.state_len()]);
        self.inner.state(state).map_err(thrown)
    }

    #[wasm_bindgen(js_name = setState)]
    pub fn set_state(&mut self) -> Result<(), JsError> {
        let [state] = self.buffer.parts([self.inner.state_len()]);
        self.inner.set_state(state).map_err(thrown)
    }

    pub fn reset(&mut self) {
        self.inner.reset();
    }

    #[wasm_bindgen(js_name = clone)]
    pub fn fork(&self) -> Result<RawStream, JsError> {
        Self::new(self.inner.fork())
    }
}
