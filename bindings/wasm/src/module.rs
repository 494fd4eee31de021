//! Modules: layers, and layers in sequence.

use crate::options::RawOptions;
use crate::stream::RawStream;
#[cfg(feature = "training")]
use crate::trainer::{self, RawTrainer};
use crate::{Buffer, PLACE, input, thrown};
#[cfg(feature = "training")]
use cellgate::Trainer;
use cellgate::{Call, Isa, Module};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// A layer or a model.
#[wasm_bindgen]
pub struct RawModule {
    inner: Module,
    buffer: Buffer,
}

impl RawModule {
    #[cfg(feature = "training")]
    pub(crate) fn take_from(&mut self, trainer: &Trainer) {
        self.inner.take_from(trainer);
    }

    fn made(module: Result<Module, cellgate::Error>) -> Result<Self, JsError> {
        module.map(|inner| Self { inner, buffer: Buffer::default() }).map_err(thrown)
    }
}

#[wasm_bindgen]
#[allow(
    clippy::too_many_arguments,
    reason = "integers cross the binding without an allocation, objects do not"
)]
impl RawModule {
    pub fn recurrent(config: &RawOptions) -> Result<RawModule, JsError> {
        Self::made(Module::recurrent(Isa::detect(), &config.recurrent()))
    }

    pub fn linear(
        input_size: u32,
        output_size: u32,
        bias: bool,
        seed: f64,
        initializer: &str,
    ) -> Result<RawModule, JsError> {
        let isa = Isa::detect();
        Self::made(Module::linear(isa, input_size, output_size, bias, seed, initializer))
    }

    pub fn embedding(
        vocabulary_size: u32,
        size: u32,
        padding: f64,
        seed: f64,
        initializer: &str,
    ) -> Result<RawModule, JsError> {
        Self::made(Module::embedding(vocabulary_size, size, padding, seed, initializer))
    }

    pub fn conv1d(
        sizes: &[u32],
        bias: bool,
        seed: f64,
        initializer: &str,
    ) -> Result<RawModule, JsError> {
        Self::made(Module::conv1d(Isa::detect(), sizes, bias, seed, initializer))
    }

    pub fn nonlinearity(config: &RawOptions) -> Result<RawModule, JsError> {
        Self::made(Module::nonlinearity(Isa::detect(), &config.activation()))
    }

    #[wasm_bindgen(js_name = layerNorm)]
    pub fn layer_norm(size: u32, epsilon: f64) -> Result<RawModule, JsError> {
        Self::made(Module::layer_norm(size, epsilon))
    }

    pub fn merge(input_size: u32, mode: &str) -> Result<RawModule, JsError> {
        Self::made(Module::merge(input_size, mode))
    }

    pub fn dropout(p: f64) -> Result<RawModule, JsError> {
        Self::made(Module::dropout(p))
    }

    pub fn sequential() -> Result<RawModule, JsError> {
        Self::made(Ok(Module::sequential()))
    }

    pub fn push(&mut self, module: &RawModule) -> Result<(), JsError> {
        self.inner.push(&module.inner).map_err(thrown)
    }

    #[wasm_bindgen(js_name = parameterNames)]
    pub fn parameter_names(&self) -> Vec<String> {
        self.inner.parameters().into_iter().map(|parameter| parameter.name).collect()
    }

    #[wasm_bindgen(js_name = parameterShape)]
    pub fn parameter_shape(&self, index: usize) -> Vec<u32> {
        let parameter = self.inner.parameters().into_iter().nth(index);
        let shape = parameter.map(|parameter| parameter.shape).unwrap_or_default();
        shape.into_iter().map(|size| size as u32).collect()
    }

    /// Makes the buffer at least `length` floats long; gives its byte offset.
    pub fn io(&mut self, length: usize) -> Result<usize, JsError> {
        self.buffer.reserve(length)
    }

    #[wasm_bindgen(js_name = getParameters)]
    pub fn get_parameters(&mut self) -> Result<(), JsError> {
        let [values] = self.buffer.parts([self.inner.value_count()]);
        self.inner.values(values).map_err(thrown)
    }

    #[wasm_bindgen(js_name = setParameters)]
    pub fn set_parameters(&mut self) -> Result<(), JsError> {
        let [values] = self.buffer.parts([self.inner.value_count()]);
        self.inner.set_values(values).map_err(thrown)
    }

    /// Buffer: `[input | state | output | state out | trace]`, as long as `parts` says.
    pub fn forward(
        &mut self,
        ids: bool,
        dims: &[u32],
        time_major: bool,
        lengths: Option<Vec<u32>>,
        has_state: bool,
        parts: &[usize],
    ) -> Result<(), JsError> {
        let dims: Vec<usize> = dims.iter().map(|&size| size as usize).collect();
        let [data, state, output, state_out, trace] = self.buffer.named(parts);
        let call = Call {
            place: PLACE,
            input: input(data, ids),
            dims: &dims,
            time_major,
            lengths: lengths.as_deref(),
            state: has_state.then_some(state),
            output,
            state_out,
            trace,
        };
        self.inner.forward(call).map_err(thrown)
    }

    pub fn stream(&self, batch: u32) -> Result<RawStream, JsError> {
        self.inner.stream(PLACE, batch).map_err(thrown).and_then(RawStream::new)
    }

    #[cfg(feature = "training")]
    pub fn trainer(&self, config: &RawOptions) -> Result<RawTrainer, JsError> {
        self.inner.trainer(PLACE, &trainer::options(config)).map(RawTrainer::new).map_err(thrown)
    }
}
