//! Modules: layers, and layers in sequence.

use crate::chosen;
use crate::error::{closed, guarded};
use crate::numbers::Numbers;
use crate::options::{RawActivation, RawRecurrentConfig};
use crate::stream::RawStream;
use crate::trainer::{RawTrainer, RawTrainerConfig};
use cellgate::{Call, Error, Input, Module, Trainer};
use napi::bindgen_prelude::{Either, Function};
use napi::{Env, Result};
use napi_derive::napi;
use std::cell::RefCell;
use std::rc::Rc;

/// Name and shape of a parameter.
#[napi(object)]
pub struct RawParameter {
    pub name: String,
    pub shape: Vec<u32>,
}

/// A layer or a model.
#[napi]
pub struct RawModule {
    /// Its `forward` as a function has it as well.
    inner: Rc<RefCell<Option<Module>>>,
}

/// An array of the caller that receives results. (A bare `&mut` would mean a class to the macro.)
pub(crate) type Out<'a> = &'a mut [f32];

/// An array of the caller with values or ids.
pub(crate) type Data<'a> = Either<&'a [f32], &'a [i32]>;

pub(crate) fn input(data: Data) -> Input {
    match data {
        Either::A(values) => Input::Values(values),
        Either::B(ids) => Input::Ids(ids),
    }
}

fn with<T>(
    module: &RefCell<Option<Module>>,
    body: impl FnOnce(&mut Module) -> std::result::Result<T, Error>,
) -> Result<T> {
    guarded(|| body(module.borrow_mut().as_mut().ok_or_else(closed)?))
}

impl RawModule {
    fn made(make: impl FnOnce() -> std::result::Result<Module, Error>) -> Result<Self> {
        guarded(make).map(|module| Self { inner: Rc::new(RefCell::new(Some(module))) })
    }

    fn with<T>(
        &self,
        body: impl FnOnce(&mut Module) -> std::result::Result<T, Error>,
    ) -> Result<T> {
        with(&self.inner, body)
    }

    pub(crate) fn take_from(&self, trainer: &Trainer) -> std::result::Result<(), Error> {
        self.inner.borrow_mut().as_mut().ok_or_else(closed)?.take_from(trainer);
        Ok(())
    }
}

#[napi]
#[allow(
    clippy::too_many_arguments,
    reason = "positional arguments cross the binding an order of magnitude faster than an object"
)]
impl RawModule {
    #[napi(factory)]
    pub fn recurrent(config: RawRecurrentConfig) -> Result<Self> {
        Self::made(|| Module::recurrent(chosen(), &config.into()))
    }

    #[napi(factory)]
    pub fn linear(
        input_size: u32,
        output_size: u32,
        bias: bool,
        seed: f64,
        initializer: String,
    ) -> Result<Self> {
        Self::made(|| Module::linear(chosen(), input_size, output_size, bias, seed, &initializer))
    }

    #[napi(factory)]
    pub fn embedding(
        vocabulary_size: u32,
        size: u32,
        padding: f64,
        seed: f64,
        initializer: String,
    ) -> Result<Self> {
        Self::made(|| Module::embedding(vocabulary_size, size, padding, seed, &initializer))
    }

    #[napi(factory, js_name = "conv1d")]
    pub fn conv1d(sizes: Vec<u32>, bias: bool, seed: f64, initializer: String) -> Result<Self> {
        Self::made(|| Module::conv1d(chosen(), &sizes, bias, seed, &initializer))
    }

    #[napi(factory)]
    pub fn nonlinearity(activation: RawActivation) -> Result<Self> {
        Self::made(|| Module::nonlinearity(chosen(), &activation.into()))
    }

    #[napi(factory)]
    pub fn layer_norm(size: u32, epsilon: f64) -> Result<Self> {
        Self::made(|| Module::layer_norm(size, epsilon))
    }

    #[napi(factory)]
    pub fn merge(input_size: u32, mode: String) -> Result<Self> {
        Self::made(|| Module::merge(input_size, &mode))
    }

    #[napi(factory)]
    pub fn dropout(p: f64) -> Result<Self> {
        Self::made(|| Module::dropout(p))
    }

    #[napi(factory)]
    pub fn sequential() -> Result<Self> {
        Self::made(|| Ok(Module::sequential()))
    }

    #[napi]
    pub fn push(&self, module: &RawModule) -> Result<()> {
        self.with(|inner| inner.push(module.inner.borrow().as_ref().ok_or_else(closed)?))
    }

    #[napi]
    pub fn parameters(&self) -> Result<Vec<RawParameter>> {
        self.with(|module| {
            let list = module.parameters().into_iter();
            Ok(list
                .map(|parameter| RawParameter {
                    name: parameter.name,
                    shape: parameter.shape.into_iter().map(|size| size as u32).collect(),
                })
                .collect())
        })
    }

    #[napi]
    pub fn get_parameters(&self, out: Out) -> Result<()> {
        self.with(|module| module.values(out))
    }

    #[napi]
    pub fn set_parameters(&self, values: &[f32]) -> Result<()> {
        self.with(|module| module.set_values(values))
    }

    /// `forward` as a function, which is quicker to call than a method. What is written must not overlap with anything.
    #[napi(
        ts_return_type = "(place: string, data: Data, dims: Array<number>, timeMajor: boolean, lengths: Uint32Array | null, state: Float32Array | null, output: Out, stateOut: Out) => void"
    )]
    pub fn forwarder<'env>(&self, env: &'env Env) -> Result<Function<'env, (), ()>> {
        let module = Rc::clone(&self.inner);
        env.create_function_from_closure("forward", move |call| {
            // Reading a list may run JavaScript; where arrays lie is asked after that.
            let (place, dims) = (call.get::<String>(0)?, call.get::<Vec<u32>>(2)?);
            let (data, time_major) = (call.get::<Numbers>(1)?, call.get::<bool>(3)?);
            let (lengths, state) =
                (call.get::<Option<Numbers>>(4)?, call.get::<Option<Numbers>>(5)?);
            let (output, state_out) = (call.get::<Numbers>(6)?, call.get::<Numbers>(7)?);
            let dims: Vec<usize> = dims.into_iter().map(|size| size as usize).collect();
            with(&module, |module| {
                // SAFETY: the call runs no JavaScript, and what is written does not overlap, as said above.
                unsafe {
                    module.forward(Call {
                        place: &place,
                        input: data.input()?,
                        dims: &dims,
                        time_major,
                        lengths: lengths.as_ref().map(|values| values.lengths()).transpose()?,
                        state: state.as_ref().map(|values| values.floats()).transpose()?,
                        output: output.output()?,
                        state_out: state_out.output()?,
                        trace: &mut [],
                    })
                }
            })
        })
    }

    #[napi]
    pub fn trace(
        &self,
        place: String,
        data: Data,
        dims: Vec<u32>,
        time_major: bool,
        lengths: Option<&[u32]>,
        state: Option<&[f32]>,
        output: Out,
        state_out: Out,
        trace: Out,
    ) -> Result<()> {
        let dims: Vec<usize> = dims.into_iter().map(|size| size as usize).collect();
        let (place, dims, input) = (place.as_str(), dims.as_slice(), input(data));
        self.with(|module| {
            module.forward(Call {
                place,
                input,
                dims,
                time_major,
                lengths,
                state,
                output,
                state_out,
                trace,
            })
        })
    }

    #[napi]
    pub fn stream(&self, place: String, batch: u32) -> Result<RawStream> {
        self.with(|module| module.stream(&place, batch)).map(RawStream::new)
    }

    #[napi]
    pub fn trainer(&self, place: String, config: RawTrainerConfig) -> Result<RawTrainer> {
        self.with(|module| module.trainer(&place, &config.into())).map(RawTrainer::new)
    }

    /// Drops the memory at once.
    #[napi]
    pub fn close(&self) {
        self.inner.take();
    }
}
