//! Trainers. A trainer that works on another thread refuses every call until it has ended.

use crate::error::{closed, guarded};
use crate::module::{Data, Out, RawModule, input};
use cellgate::{
    Batch, Code, Error, Input, LossOptions, OptimizerOptions, Target, TrainCall, Trainer,
    TrainerOptions,
};
use napi::bindgen_prelude::{AsyncTask, Either};
use napi::{Env, Result, Task};
use napi_derive::napi;
use std::sync::{Arc, Mutex, TryLockError};

/// Every field is always there.
#[napi(object)]
pub struct RawTrainerConfig {
    pub loss: String,
    pub delta: f64,
    pub ignore_index: f64,
    pub optimizer: String,
    pub momentum: f64,
    pub dampening: f64,
    pub nesterov: bool,
    pub alpha: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
    pub centered: bool,
    pub amsgrad: bool,
    pub clip_norm: f64,
    pub clip_value: f64,
    pub seed: f64,
}

impl From<RawTrainerConfig> for TrainerOptions {
    fn from(raw: RawTrainerConfig) -> Self {
        Self {
            loss: LossOptions { kind: raw.loss, delta: raw.delta, ignore_index: raw.ignore_index },
            optimizer: OptimizerOptions {
                kind: raw.optimizer,
                momentum: raw.momentum,
                dampening: raw.dampening,
                nesterov: raw.nesterov,
                alpha: raw.alpha,
                beta1: raw.beta1,
                beta2: raw.beta2,
                eps: raw.eps,
                weight_decay: raw.weight_decay,
                centered: raw.centered,
                amsgrad: raw.amsgrad,
            },
            clip_norm: raw.clip_norm,
            clip_value: raw.clip_value,
            seed: raw.seed,
        }
    }
}

type Shared = Arc<Mutex<Trainer>>;

/// Runs a call on a trainer that no other thread works on.
fn run<T>(
    trainer: &Shared,
    place: &str,
    body: impl FnOnce(&mut Trainer) -> std::result::Result<T, Error>,
) -> std::result::Result<T, Error> {
    match trainer.try_lock() {
        Ok(mut trainer) => body(&mut trainer),
        // A panic left it half changed.
        Err(TryLockError::Poisoned(_)) => Err(closed()),
        Err(TryLockError::WouldBlock) => {
            let expected = "the trainer must have ended its last call";
            Err(Error::new(Code::Busy, place, expected, "a call before its end"))
        }
    }
}

fn target(data: Data) -> Target {
    match data {
        Either::A(values) => Target::Values(values),
        Either::B(classes) => Target::Classes(classes),
    }
}

fn sizes(dims: Vec<u32>) -> Vec<usize> {
    dims.into_iter().map(|size| size as usize).collect()
}

/// A batch with arrays of its own.
struct OwnedBatch {
    place: String,
    x: Either<Vec<f32>, Vec<i32>>,
    dims: Vec<usize>,
    lengths: Option<Vec<u32>>,
    y: Either<Vec<f32>, Vec<i32>>,
    weights: Option<Vec<f32>>,
    carry: bool,
}

fn owned(data: Data) -> Either<Vec<f32>, Vec<i32>> {
    match data {
        Either::A(values) => Either::A(values.to_vec()),
        Either::B(ids) => Either::B(ids.to_vec()),
    }
}

impl OwnedBatch {
    fn borrow(&self) -> Batch<'_> {
        Batch {
            place: &self.place,
            input: match &self.x {
                Either::A(values) => Input::Values(values),
                Either::B(ids) => Input::Ids(ids),
            },
            dims: &self.dims,
            lengths: self.lengths.as_deref(),
            target: match &self.y {
                Either::A(values) => Target::Values(values),
                Either::B(classes) => Target::Classes(classes),
            },
            weights: self.weights.as_deref(),
            carry: self.carry,
        }
    }
}

/// A step, or an evaluation where there is no learning rate.
pub struct StepTask {
    trainer: std::result::Result<Shared, Error>,
    batch: OwnedBatch,
    lr: Option<f64>,
}

impl Task for StepTask {
    type Output = [f64; 4];
    type JsValue = Vec<f64>;

    fn compute(&mut self) -> Result<Self::Output> {
        let Self { trainer, batch, lr } = self;
        guarded(|| {
            run(trainer.as_ref().map_err(Error::clone)?, &batch.place, |trainer| match *lr {
                Some(lr) => trainer.step(batch.borrow(), lr),
                None => trainer.evaluate(batch.borrow()),
            })
        })
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.to_vec())
    }
}

/// Weights in training.
#[napi]
pub struct RawTrainer {
    inner: Option<Shared>,
}

impl RawTrainer {
    pub(crate) fn new(trainer: Trainer) -> Self {
        Self { inner: Some(Arc::new(Mutex::new(trainer))) }
    }

    fn with<T>(
        &mut self,
        place: &str,
        body: impl FnOnce(&mut Trainer) -> std::result::Result<T, Error>,
    ) -> Result<T> {
        guarded(|| run(self.inner.as_ref().ok_or_else(closed)?, place, body))
    }

    fn task(&self, batch: OwnedBatch, lr: Option<f64>) -> AsyncTask<StepTask> {
        let trainer = self.inner.clone().ok_or_else(closed);
        AsyncTask::new(StepTask { trainer, batch, lr })
    }
}

#[napi]
#[allow(
    clippy::too_many_arguments,
    reason = "positional arguments cross the binding an order of magnitude faster than an object"
)]
impl RawTrainer {
    #[napi]
    pub fn step(
        &mut self,
        place: String,
        x: Data,
        dims: Vec<u32>,
        lengths: Option<&[u32]>,
        y: Data,
        weights: Option<&[f32]>,
        carry: bool,
        lr: f64,
    ) -> Result<Vec<f64>> {
        let dims = sizes(dims);
        let (place, input, target) = (place.as_str(), input(x), target(y));
        let batch = Batch { place, input, dims: &dims, lengths, target, weights, carry };
        self.with(place, |trainer| Ok(trainer.step(batch, lr)?.to_vec()))
    }

    #[napi(ts_return_type = "Promise<Array<number>>")]
    pub fn step_async(
        &mut self,
        place: String,
        x: Data,
        dims: Vec<u32>,
        lengths: Option<&[u32]>,
        y: Data,
        weights: Option<&[f32]>,
        carry: bool,
        lr: f64,
    ) -> AsyncTask<StepTask> {
        let batch = copied(place, x, dims, lengths, y, weights, carry);
        self.task(batch, Some(lr))
    }

    #[napi]
    pub fn evaluate(
        &mut self,
        place: String,
        x: Data,
        dims: Vec<u32>,
        lengths: Option<&[u32]>,
        y: Data,
        weights: Option<&[f32]>,
        carry: bool,
    ) -> Result<Vec<f64>> {
        let dims = sizes(dims);
        let (place, input, target) = (place.as_str(), input(x), target(y));
        let batch = Batch { place, input, dims: &dims, lengths, target, weights, carry };
        self.with(place, |trainer| Ok(trainer.evaluate(batch)?.to_vec()))
    }

    #[napi(ts_return_type = "Promise<Array<number>>")]
    pub fn evaluate_async(
        &mut self,
        place: String,
        x: Data,
        dims: Vec<u32>,
        lengths: Option<&[u32]>,
        y: Data,
        weights: Option<&[f32]>,
        carry: bool,
    ) -> AsyncTask<StepTask> {
        let batch = copied(place, x, dims, lengths, y, weights, carry);
        self.task(batch, None)
    }

    #[napi]
    pub fn forward(
        &mut self,
        place: String,
        x: Data,
        dims: Vec<u32>,
        time_major: bool,
        lengths: Option<&[u32]>,
        state: Option<&[f32]>,
        training: bool,
        output: Out,
        state_out: Out,
    ) -> Result<()> {
        let dims = sizes(dims);
        let (place, dims, input) = (place.as_str(), dims.as_slice(), input(x));
        self.with(place, |trainer| {
            trainer.forward(TrainCall {
                place,
                input,
                dims,
                time_major,
                lengths,
                state,
                training,
                output,
                state_out,
            })
        })
    }

    #[napi]
    pub fn backward(
        &mut self,
        place: String,
        output_gradient: &[f32],
        state_gradient: Option<&[f32]>,
        x_gradient: Out,
        initial_gradient: Out,
    ) -> Result<()> {
        self.with(&place, |trainer| {
            trainer.backward(&place, output_gradient, state_gradient, x_gradient, initial_gradient)
        })
    }

    #[napi]
    pub fn update(&mut self, place: String, lr: f64) -> Result<f64> {
        self.with(&place, |trainer| trainer.update(&place, lr))
    }

    #[napi]
    pub fn forget(&mut self) -> Result<()> {
        self.with("trainer.forget", |trainer| {
            trainer.forget();
            Ok(())
        })
    }

    #[napi]
    pub fn get_parameters(&mut self, out: Out) -> Result<()> {
        self.with("trainer.parameters", |trainer| trainer.values(out))
    }

    #[napi]
    pub fn set_parameters(&mut self, values: &[f32]) -> Result<()> {
        self.with("trainer.parameters", |trainer| trainer.set_values(values))
    }

    /// Hands the parameters to the module that made the trainer.
    #[napi]
    pub fn publish(&mut self, place: String, module: &RawModule) -> Result<()> {
        self.with(&place, |trainer| module.take_from(trainer))
    }

    #[napi]
    pub fn get_gradients(&mut self, out: Out) -> Result<()> {
        self.with("trainer.gradients", |trainer| trainer.gradients(out))
    }

    #[napi]
    pub fn set_gradients(&mut self, place: String, values: &[f32]) -> Result<()> {
        self.with(&place, |trainer| trainer.set_gradients(&place, values))
    }

    #[napi]
    pub fn optimizer_length(&mut self) -> Result<f64> {
        self.with("trainer.optimizer", |trainer| Ok(trainer.optimizer_len() as f64))
    }

    #[napi]
    pub fn get_optimizer(&mut self, out: Out) -> Result<()> {
        self.with("trainer.optimizer", |trainer| trainer.optimizer(out))
    }

    #[napi]
    pub fn set_optimizer(&mut self, values: &[f32]) -> Result<()> {
        self.with("trainer.optimizer", |trainer| trainer.set_optimizer(values))
    }

    #[napi]
    pub fn counters(&mut self) -> Result<Vec<f64>> {
        self.with("trainer.counters", |trainer| Ok(trainer.counters().to_vec()))
    }

    #[napi]
    pub fn set_counters(&mut self, updates: f64, passes: f64) -> Result<()> {
        self.with("trainer.counters", |trainer| {
            trainer.set_counters(updates, passes);
            Ok(())
        })
    }

    /// Drops the memory, at once or when the call that runs ends.
    #[napi]
    pub fn close(&mut self) {
        self.inner = None;
    }
}

fn copied(
    place: String,
    x: Data,
    dims: Vec<u32>,
    lengths: Option<&[u32]>,
    y: Data,
    weights: Option<&[f32]>,
    carry: bool,
) -> OwnedBatch {
    OwnedBatch {
        place,
        x: owned(x),
        dims: sizes(dims),
        lengths: lengths.map(<[u32]>::to_vec),
        y: owned(y),
        weights: weights.map(<[f32]>::to_vec),
        carry,
    }
}
