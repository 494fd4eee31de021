//! Streams.

use crate::error::{closed, guarded};
use crate::module::{Data, Out, input};
use crate::numbers::Numbers;
use cellgate::{Error, Stream};
use napi::bindgen_prelude::Function;
use napi::{Env, Result};
use napi_derive::napi;
use std::cell::RefCell;
use std::rc::Rc;

/// An open stream.
#[napi]
pub struct RawStream {
    /// Its step has it as well.
    inner: Rc<RefCell<Option<Stream>>>,
}

fn with<T>(
    stream: &RefCell<Option<Stream>>,
    body: impl FnOnce(&mut Stream) -> std::result::Result<T, Error>,
) -> Result<T> {
    guarded(|| body(stream.borrow_mut().as_mut().ok_or_else(closed)?))
}

impl RawStream {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { inner: Rc::new(RefCell::new(Some(stream))) }
    }

    fn with<T>(
        &self,
        body: impl FnOnce(&mut Stream) -> std::result::Result<T, Error>,
    ) -> Result<T> {
        with(&self.inner, body)
    }
}

#[napi]
impl RawStream {
    /// A function of a frame and where its output goes, which must not overlap. As a method it would take
    /// several times as long before it begins as a small layer takes for the step.
    #[napi(ts_return_type = "(frame: Data, output: Out) => void")]
    pub fn stepper<'env>(&self, env: &'env Env) -> Result<Function<'env, (), ()>> {
        let stream = Rc::clone(&self.inner);
        env.create_function_from_closure("step", move |call| {
            let (frame, output) = (call.get::<Numbers>(0)?, call.get::<Numbers>(1)?);
            with(&stream, |stream| {
                // SAFETY: the step runs no JavaScript, and the arrays do not overlap, as said above.
                let (frame, output) = unsafe { (frame.input()?, output.output()?) };
                stream.run("stream.step", frame, 1, output)
            })
        })
    }

    #[napi]
    pub fn run(&self, block: Data, frames: u32, output: Out) -> Result<()> {
        self.with(|stream| stream.run("stream.run", input(block), frames as usize, output))
    }

    #[napi]
    pub fn get_state(&self, out: Out) -> Result<()> {
        self.with(|stream| stream.state(out))
    }

    #[napi]
    pub fn set_state(&self, state: &[f32]) -> Result<()> {
        self.with(|stream| stream.set_state(state))
    }

    #[napi]
    pub fn reset(&self) -> Result<()> {
        self.with(|stream| {
            stream.reset();
            Ok(())
        })
    }

    #[napi]
    pub fn clone(&self) -> Result<RawStream> {
        self.with(|stream| Ok(stream.fork())).map(Self::new)
    }

    /// Drops the memory at once.
    #[napi]
    pub fn close(&self) {
        self.inner.take();
    }
}
