//! Trainers.

use crate::module::RawModule;
use crate::options::RawOptions;
use crate::{Buffer, PLACE, input, thrown};
use cellgate::{Batch, LossOptions, OptimizerOptions, Target, TrainCall, Trainer, TrainerOptions};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

pub(crate) fn options(raw: &RawOptions) -> TrainerOptions {
    TrainerOptions {
        loss: LossOptions {
            kind: raw.text("loss"),
            delta: raw.number("delta"),
            ignore_index: raw.number("ignoreIndex"),
        },
        optimizer: OptimizerOptions {
            kind: raw.text("optimizer"),
            momentum: raw.number("momentum"),
            dampening: raw.number("dampening"),
            nesterov: raw.flag("nesterov"),
            alpha: raw.number("alpha"),
            beta1: raw.number("beta1"),
            beta2: raw.number("beta2"),
            eps: raw.number("eps"),
            weight_decay: raw.number("weightDecay"),
            centered: raw.flag("centered"),
            amsgrad: raw.flag("amsgrad"),
        },
        clip_norm: raw.number("clipNorm"),
        clip_value: raw.number("clipValue"),
        seed: raw.number("seed"),
    }
}

/// Weights in training.
#[wasm_bindgen]
pub struct RawTrainer {
    inner: Trainer,
    buffer: Buffer,
}

impl RawTrainer {
    pub(crate) fn new(inner: Trainer) -> Self {
        Self { inner, buffer: Buffer::default() }
    }
}

fn sizes(dims: &[u32]) -> Vec<usize> {
    dims.iter().map(|&size| size as usize).collect()
}

/// Buffer: `[x | y | weights]`, as long as `parts` says.
fn batch<'a>(
    buffer: &'a mut Buffer,
    [x_is_ids, y_is_classes, carry]: [bool; 3],
    dims: &'a [usize],
    lengths: Option<&'a [u32]>,
    parts: &[usize],
) -> Batch<'a> {
    let [x, y, weights] = buffer.named(parts).map(|part| &*part);
    Batch {
        place: PLACE,
        input: input(x, x_is_ids),
        dims,
        lengths,
        target: if y_is_classes {
            Target::Classes(bytemuck::cast_slice(y))
        } else {
            Target::Values(y)
        },
        weights: (!weights.is_empty()).then_some(weights),
        carry,
    }
}

#[wasm_bindgen]
#[allow(
    clippy::too_many_arguments,
    reason = "integers cross the binding without an allocation, objects do not"
)]
impl RawTrainer {
    /// Makes the buffer at least `length` floats long; gives its byte offset.
    pub fn io(&mut self, length: usize) -> Result<usize, JsError> {
        self.buffer.reserve(length)
    }

    /// Buffer: `[x | y | weights]`, as long as `parts` says.
    pub fn step(
        &mut self,
        x_is_ids: bool,
        y_is_classes: bool,
        dims: &[u32],
        lengths: Option<Vec<u32>>,
        carry: bool,
        lr: f64,
        parts: &[usize],
    ) -> Result<Vec<f64>, JsError> {
        let (dims, flags) = (sizes(dims), [x_is_ids, y_is_classes, carry]);
        let batch = batch(&mut self.buffer, flags, &dims, lengths.as_deref(), parts);
        self.inner.step(batch, lr).map(|report| report.to_vec()).map_err(thrown)
    }

    /// Buffer: `[x | y | weights]`, as long as `parts` says.
    pub fn evaluate(
        &mut self,
        x_is_ids: bool,
        y_is_classes: bool,
        dims: &[u32],
        lengths: Option<Vec<u32>>,
        carry: bool,
        parts: &[usize],
    ) -> Result<Vec<f64>, JsError> {
        let (dims, flags) = (sizes(dims), [x_is_ids, y_is_classes, carry]);
        let batch = batch(&mut self.buffer, flags, &dims, lengths.as_deref(), parts);
        self.inner.evaluate(batch).map(|report| report.to_vec()).map_err(thrown)
    }

    /// Buffer: `[x | state | output | state out]`, as long as `parts` says.
    pub fn forward(
        &mut self,
        ids: bool,
        dims: &[u32],
        time_major: bool,
        lengths: Option<Vec<u32>>,
        has_state: bool,
        training: bool,
        parts: &[usize],
    ) -> Result<(), JsError> {
        let dims = sizes(dims);
        let [x, state, output, state_out] = self.buffer.named(parts);
        let call = TrainCall {
            place: PLACE,
            input: input(x, ids),
            dims: &dims,
            time_major,
            lengths: lengths.as_deref(),
            state: has_state.then_some(state),
            training,
            output,
            state_out,
        };
        self.inner.forward(call).map_err(thrown)
    }

    /// Buffer: `[output gradient | state gradient | x gradient | initial gradient]`, as long as
    /// `parts` says.
    pub fn backward(&mut self, has_state_gradient: bool, parts: &[usize]) -> Result<(), JsError> {
        let [output, state, x, initial] = self.buffer.named(parts);
        let state: Option<&[f32]> = has_state_gradient.then_some(state);
        self.inner.backward(PLACE, output, state, x, initial).map_err(thrown)
    }

    pub fn update(&mut self, lr: f64) -> Result<f64, JsError> {
        self.inner.update(PLACE, lr).map_err(thrown)
    }

    pub fn forget(&mut self) {
        self.inner.forget();
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

    /// Hands the parameters to the module that made the trainer.
    pub fn publish(&self, module: &mut RawModule) {
        module.take_from(&self.inner);
    }

    #[wasm_bindgen(js_name = getGradients)]
    pub fn get_gradients(&mut self) -> Result<(), JsError> {
        let [gradients] = self.buffer.parts([self.inner.value_count()]);
        self.inner.gradients(gradients).map_err(thrown)
    }

    #[wasm_bindgen(js_name = setGradients)]
    pub fn set_gradients(&mut self) -> Result<(), JsError> {
        let [gradients] = self.buffer.parts([self.inner.value_count()]);
        self.inner.set_gradients(PLACE, gradients).map_err(thrown)
    }

    #[wasm_bindgen(js_name = optimizerLength)]
    pub fn optimizer_length(&self) -> usize {
        self.inner.optimizer_len()
    }

    #[wasm_bindgen(js_name = getOptimizer)]
    pub fn get_optimizer(&mut self) -> Result<(), JsError> {
        let [state] = self.buffer.parts([self.inner.optimizer_len()]);
        self.inner.optimizer(state).map_err(thrown)
    }

    #[wasm_bindgen(js_name = setOptimizer)]
    pub fn set_optimizer(&mut self) -> Result<(), JsError> {
        let [state] = self.buffer.parts([self.inner.optimizer_len()]);
        self.inner.set_optimizer(state).map_err(thrown)
    }

    pub fn counters(&self) -> Vec<f64> {
        self.inner.counters().to_vec()
    }

    #[wasm_bindgen(js_name = setCounters)]
    pub fn set_counters(&mut self, updates: f64, passes: f64) {
        self.inner.set_counters(updates, passes);
    }
}
