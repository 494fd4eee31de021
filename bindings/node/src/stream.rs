//! Streams.

use crate::error::{closed, guarded};
use crate::module::{Data, Out, input};
use cellgate::{Error, Stream};
use napi::Result;
use napi_derive::napi;

/// An open stream.
#[napi]
pub struct RawStream {
    inner: Option<Stream>,
}

impl RawStream {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { inner: Some(stream) }
    }

    fn with<T>(
        &mut self,
        body: impl FnOnce(&mut Stream) -> std::result::Result<T, Error>,
    ) -> Result<T> {
        guarded(|| body(self.inner.as_mut().ok_or_else(closed)?))
    }
}

#[napi]
impl RawStream {
    #[napi]
    pub fn step(&mut self, frame: Data, output: Out) -> Result<()> {
        self.with(|stream| stream.run("stream.step", input(frame), 1, output))
    }

    #[napi]
    pub fn run(&mut self, block: Data, frames: u32, output: Out) -> Result<()> {
        self.with(|stream| stream.run("stream.run", input(block), frames as usize, output))
    }

    #[napi]
    pub fn get_state(&mut self, out: Out) -> Result<()> {
        self.with(|stream| stream.state(out))
    }

    #[napi]
    pub fn set_state(&mut self, state: &[f32]) -> Result<()> {
        self.with(|stream| stream.set_state(state))
    }

    #[napi]
    pub fn reset(&mut self) -> Result<()> {
        self.with(|stream| {
            stream.reset();
            Ok(())
        })
    }

    #[napi]
    pub fn clone(&mut self) -> Result<RawStream> {
        self.with(|stream| Ok(stream.fork())).map(Self::new)
    }

    /// Drops the memory at once.
    #[napi]
    pub fn close(&mut self) {
        self.inner = None;
    }
}
