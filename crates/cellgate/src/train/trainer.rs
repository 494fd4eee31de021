//! Steps of training: forward, loss, backward, clip, update.

use crate::error::{Code, Error, Result};
use crate::memory::zeros;
use crate::module::{Input, Shared};
use crate::recurrent::exact;
use crate::text::text;
use crate::threads::{each, threads};
use crate::train::dropout::generator;
use crate::train::loss::{Loss, LossOptions, Report, Target};
use crate::train::network::{Extent, Network, Part, PassInput};
use crate::train::optimizer::{Optimizer, OptimizerOptions};
use cellgate_simd::FlushDenormals;
use std::ops::Range;

/// Options of a trainer; a clip of 0 is none.
#[derive(Clone, Debug)]
pub struct TrainerOptions {
    pub loss: LossOptions,
    pub optimizer: OptimizerOptions,
    /// Gradients of a larger norm are scaled down to this one.
    pub clip_norm: f64,
    /// Gradients are clamped to this, after that.
    pub clip_value: f64,
    pub seed: f64,
}

/// Inputs and what their outputs should be.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// How errors begin, `trainer.step`.
    pub place: &'a str,
    pub input: Input<'a>,
    /// As in [`crate::Call`], batch first.
    pub dims: &'a [usize],
    pub lengths: Option<&'a [u32]>,
    pub target: Target<'a>,
    /// One for each output row, in the user's order; 1 without.
    pub weights: Option<&'a [f32]>,
    /// Begins with the states that the last batch ended with.
    pub carry: bool,
}

/// One call of [`Trainer::forward`].
pub struct TrainCall<'a> {
    pub place: &'a str,
    pub input: Input<'a>,
    pub dims: &'a [usize],
    pub time_major: bool,
    pub lengths: Option<&'a [u32]>,
    /// Of a recurrent layer by itself.
    pub state: Option<&'a [f32]>,
    /// Whether dropout acts.
    pub training: bool,
    pub output: &'a mut [f32],
    /// Receives the final state of a recurrent layer by itself; empty for other modules.
    pub state_out: &'a mut [f32],
}

/// A module in training, with weights of its own.
///
/// Batches are cut into parts of some sequences, always the same for a size of batch, and sums over
/// parts are taken in their order: so results do not depend on how many threads there are.
pub struct Trainer {
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    clip_norm: f64,
    clip_value: f64,
    seed: u64,
    /// How often dropout was drawn.
    passes: u64,
    values: Vec<f32>,
    /// Those before the last update.
    before: Vec<f32>,
    gradients: Vec<f32>,
    parts: Vec<Part>,
    /// Of the last pass.
    extent: Extent,
    /// Parts in use.
    used: usize,
    /// Whether there is a pass to go back from, and states to carry on from.
    has_pass: bool,
    has_state: bool,
}

/// Sequences that are worth a part; two threads have one each from twice as many.
const PART: usize = if cfg!(feature = "threads") { 8 } else { usize::MAX };
const MAX_PARTS: usize = 16;
/// Multiply-adds of a pass below which threads cost more than they bring; the way back takes twice as long again.
const WORTH_THREADS: usize = 1 << 19;

/// Sequences of part `at` of `parts`.
fn share(batch: usize, parts: usize, at: usize) -> Range<usize> {
    batch * at / parts..batch * (at + 1) / parts
}

impl Trainer {
    pub(crate) fn new(
        place: &str,
        layers: &[Shared],
        sequential: bool,
        options: &TrainerOptions,
    ) -> Result<Self> {
        let loss = Loss::new(place, &options.loss)?;
        let network = Network::new(place, layers, sequential)?;
        let count = network.value_count();
        let optimizer = Optimizer::new(place, &options.optimizer, count)?;
        for (name, value) in [("clipNorm", options.clip_norm), ("clipValue", options.clip_value)] {
            if !(value >= 0.0 && value.is_finite()) {
                let expected = text![name, " must be positive and finite"];
                return Err(Error::new(Code::Value, place, expected, value));
            }
        }
        let (mut values, gradients) = (zeros(place, count)?, zeros(place, count)?);
        let before = zeros(place, count)?;
        let mut rest = values.as_mut_slice();
        for layer in layers {
            let layer = layer.borrow();
            let (head, tail) = rest.split_at_mut(layer.values().len());
            head.copy_from_slice(layer.values());
            rest = tail;
        }
        Ok(Self {
            network,
            loss,
            optimizer,
            clip_norm: options.clip_norm,
            clip_value: options.clip_value,
            seed: options.seed as u64,
            passes: 0,
            values,
            before,
            gradients,
            parts: Vec::new(),
            extent: Extent::default(),
            used: 0,
            has_pass: false,
            has_state: false,
        })
    }

    /// One update of learning rate `lr`: the sum of weighted losses, the sum of weights, weighted
    /// hits, and the norm of the gradient before clipping.
    pub fn step(&mut self, batch: Batch, lr: f64) -> Result<[f64; 4]> {
        let _flush = FlushDenormals::new();
        check_rate(batch.place, lr)?;
        let carried = batch.carry && self.has_state;
        let passes = self.passes;
        let step = self.run(batch, true).and_then(|report| {
            self.finite_loss(batch.place, report)?;
            self.sum_gradients(1.0 / report.weight_sum);
            let norm = self.update(batch.place, lr)?;
            Ok([report.loss_sum, report.weight_sum, report.hits, norm])
        });
        if step.is_err() && self.passes > passes {
            // As if it had not been tried: the next one draws the same and goes on from the same states.
            self.passes = passes;
            self.has_state = carried;
            let network = &self.network;
            self.parts[..self.used].iter_mut().for_each(|part| network.uncarry(part));
        }
        step
    }

    /// The same without an update and without dropout; the norm is 0.
    pub fn evaluate(&mut self, batch: Batch) -> Result<[f64; 4]> {
        let _flush = FlushDenormals::new();
        let report = self.run(batch, false)?;
        Ok([report.loss_sum, report.weight_sum, report.hits, 0.0])
    }

    fn run(&mut self, batch: Batch, training: bool) -> Result<Report> {
        let Batch { place, input, dims, lengths, target, weights, carry } = batch;
        let input = PassInput { place, input, dims, time_major: false, lengths };
        let extent = self.network.check(&input)?;
        let (rows, width) = (extent.batch * extent.output_steps, self.network.output_size());
        if extent.batch == 0 || extent.steps == 0 {
            return Err(Error::new(Code::Shape, place, "x must hold at least one step", "none"));
        }
        self.loss.check(place, target, rows, width)?;
        if let Some(weights) = weights {
            exact(place, "weights", weights.len(), rows)?;
        }
        let carry = carry && self.has_state;
        if carry && self.extent.batch != extent.batch {
            let expected = text!["x must go on with a batch of ", self.extent.batch];
            return Err(Error::new(Code::Shape, place, expected, text![extent.batch]));
        }
        self.lay_out(&input, extent, parts_of(extent.batch), carry)?;
        let loss = self.loss;
        let seeds = training.then(|| self.next_pass());
        self.each_part(|network, at, sequences, part| {
            network.forward(part, seeds.map(|[seed, pass]| generator(&[seed, pass, at as u64])))?;
            let rows = sequences.start * extent.output_steps..sequences.end * extent.output_steps;
            let target = match target {
                Target::Values(values) => {
                    Target::Values(&values[rows.start * width..rows.end * width])
                }
                Target::Classes(classes) => Target::Classes(&classes[rows.clone()]),
            };
            let len = rows.len() * width;
            let weights = weights.map(|weights| &weights[rows]);
            let (output, gradient) = (&part.output[..len], &mut part.output_gradient[..len]);
            part.report = loss.run(output, target, weights, width, gradient);
            if training && part.report.loss_sum.is_finite() {
                network.backward(part, &[], false, &mut []);
            }
            Ok(())
        })?;
        self.has_state = true;
        let mut sum = Report::default();
        for Part { report, .. } in &self.parts[..self.used] {
            sum.loss_sum += report.loss_sum;
            sum.weight_sum += report.weight_sum;
            sum.hits += report.hits;
        }
        Ok(sum)
    }

    fn next_pass(&mut self) -> [u64; 2] {
        self.passes += 1;
        [self.seed, self.passes]
    }

    /// Cuts a checked batch into parts.
    fn lay_out(
        &mut self,
        input: &PassInput,
        extent: Extent,
        parts: usize,
        carry: bool,
    ) -> Result<()> {
        (self.has_pass, self.has_state) = (false, false);
        if self.parts.len() < parts {
            self.parts.resize_with(parts, Part::default);
        }
        (self.extent, self.used) = (extent, parts);
        let width = self.network.input_size();
        for (at, part) in self.parts[..parts].iter_mut().enumerate() {
            let sequences = share(extent.batch, parts, at);
            let per_sequence = extent.steps * width;
            let own = sequences.start * per_sequence..sequences.end * per_sequence;
            let own_input = PassInput {
                input: match input.input {
                    Input::Values(x) => Input::Values(&x[own]),
                    Input::Ids(ids) => Input::Ids(&ids[own]),
                },
                lengths: input.lengths.map(|lengths| &lengths[sequences.clone()]),
                ..*input
            };
            let own_extent = Extent { batch: sequences.len(), ..extent };
            self.network.lay_out(part, &own_input, own_extent)?;
            if carry {
                self.network.carry(part)?;
            }
        }
        Ok(())
    }

    /// Runs `job` on every part, with the sequences that it holds.
    fn each_part(
        &mut self,
        job: impl Fn(&Network, usize, Range<usize>, &mut Part) -> Result<()> + Sync,
    ) -> Result<()> {
        let (network, extent, used) = (&self.network, self.extent, self.used);
        let work = extent.batch * extent.steps * self.values.len();
        let threads = if work < WORTH_THREADS { 1 } else { threads() };
        each(threads, 0, &mut self.parts[..used], &|at, part| {
            job(network, at, share(extent.batch, used, at), part)
        })
    }

    /// Sums the gradients of all parts.
    fn sum_gradients(&mut self, scale: f64) {
        let scale = scale as f32;
        let (first, others) = self.parts[..self.used].split_at(1);
        let total = &mut self.gradients;
        total.copy_from_slice(&first[0].gradients);
        for part in others {
            total.iter_mut().zip(&part.gradients).for_each(|(sum, value)| *sum += value);
        }
        if scale != 1.0 {
            total.iter_mut().for_each(|value| *value *= scale);
        }
    }

    fn finite_loss(&self, place: &str, report: Report) -> Result<()> {
        let Report { loss_sum, weight_sum, .. } = report;
        if weight_sum == 0.0 {
            let expected = "y must have a row that counts";
            return Err(Error::new(Code::Value, place, expected, "only rows of weight 0"));
        }
        if loss_sum.is_finite() && weight_sum.is_finite() {
            return Ok(());
        }
        let parts = &self.parts[..self.used];
        let culprit = parts.iter().find_map(|part| self.network.culprit(part, &self.values));
        let mut expected = "the loss must be finite".to_owned();
        match culprit {
            Some(culprit) => expected += &text!["; ", culprit, " is not finite"],
            None => expected += "; y or its weights are too large, or not finite",
        }
        Err(Error::new(Code::Diverged, place, expected, loss_sum))
    }

    /// Runs the module and keeps what [`Trainer::backward`] needs.
    pub fn forward(&mut self, call: TrainCall) -> Result<()> {
        let _flush = FlushDenormals::new();
        let TrainCall { place, input, dims, time_major, lengths, state, training, .. } = call;
        let input = PassInput { place, input, dims, time_major, lengths };
        let extent = self.network.check(&input)?;
        let width = self.network.output_size();
        let per_sequence = extent.output_steps * width;
        exact(place, "output", call.output.len(), extent.batch * per_sequence)?;
        let bare = self.network.bare();
        let state_len = bare.map_or(0, |stage| stage.layer.state_len(extent.batch));
        if let (Some(stage), Some(state)) = (bare, state)
            && state.len() != state_len
        {
            return Err(stage.layer.wrong_state(place, extent.batch, state.len()));
        }
        exact(place, "state", call.state_out.len(), state_len)?;
        // A state has its batch in the middle, and so has x with the time first: no part of either is one piece.
        let parts = if bare.is_some() { 1 } else { parts_of(extent.batch) };
        self.lay_out(&input, extent, parts, false)?;
        if let (true, Some(state)) = (state_len > 0, state) {
            self.network.begin_with(&mut self.parts[0], state)?;
        }
        let seeds = training.then(|| self.next_pass());
        self.each_part(|network, at, _, part| {
            network.forward(part, seeds.map(|[seed, pass]| generator(&[seed, pass, at as u64])))
        })?;
        for (at, part) in self.parts[..parts].iter().enumerate() {
            let sequences = share(extent.batch, parts, at);
            let target = &mut call.output[sequences.start * per_sequence..];
            let len = sequences.len() * per_sequence;
            target[..len].copy_from_slice(&part.output[..len]);
        }
        if state_len > 0 {
            let state = self.network.final_state(&self.parts[0]);
            call.state_out.copy_from_slice(&state[..state_len]);
        }
        self.has_pass = true;
        Ok(())
    }

    /// The way back of the last [`Trainer::forward`]: replaces the gradients of all parameters. Those of x and of the
    /// initial state are given only into slices that are not empty.
    pub fn backward(
        &mut self,
        place: &str,
        output_gradient: &[f32],
        state_gradient: Option<&[f32]>,
        x_gradient: &mut [f32],
        initial_gradient: &mut [f32],
    ) -> Result<()> {
        let _flush = FlushDenormals::new();
        if !self.has_pass {
            let expected = "forward must have run before";
            return Err(Error::new(Code::Value, place, expected, "no forward since"));
        }
        let (extent, used) = (self.extent, self.used);
        let per_sequence = extent.output_steps * self.network.output_size();
        exact(place, "outputGradient", output_gradient.len(), extent.batch * per_sequence)?;
        let per_x = extent.steps * self.network.input_size();
        if !x_gradient.is_empty() {
            exact(place, "x gradient", x_gradient.len(), extent.batch * per_x)?;
        }
        if let Some(stage) = self.network.bare() {
            let len = stage.layer.state_len(extent.batch);
            if let Some(state) = state_gradient.filter(|state| state.len() != len) {
                return Err(stage.layer.wrong_state(place, extent.batch, state.len()));
            }
            if !initial_gradient.is_empty() {
                exact(place, "state gradient", initial_gradient.len(), len)?;
            }
            let part = &mut self.parts[0];
            part.output_gradient[..output_gradient.len()].copy_from_slice(output_gradient);
            let state = state_gradient.unwrap_or_default();
            let wants_x = !x_gradient.is_empty();
            self.network.backward(part, state, wants_x, initial_gradient);
        } else {
            let wants_x = !x_gradient.is_empty();
            self.each_part(|network, _, sequences, part| {
                let len = sequences.len() * per_sequence;
                let own = &output_gradient[sequences.start * per_sequence..][..len];
                part.output_gradient[..len].copy_from_slice(own);
                network.backward(part, &[], wants_x, &mut []);
                Ok(())
            })?;
        }
        if !x_gradient.is_empty() {
            for (at, part) in self.parts[..used].iter().enumerate() {
                let sequences = share(extent.batch, used, at);
                let own = sequences.start * per_x..sequences.end * per_x;
                self.network.x_gradient(part, &mut x_gradient[own]);
            }
        }
        self.sum_gradients(1.0);
        Ok(())
    }

    /// Clips the gradients and steps with them; gives their norm before. Where that or a new parameter is not finite, all
    /// parameters stay; moments of the optimiser may have moved.
    pub fn update(&mut self, place: &str, lr: f64) -> Result<f64> {
        let _flush = FlushDenormals::new();
        check_rate(place, lr)?;
        let norm = self.finite_norm(place, &self.gradients)?;
        self.clip(norm);
        let isa = self.network.isa();
        let updates = self.optimizer.updates();
        self.before.copy_from_slice(&self.values);
        self.optimizer.update(isa, lr, &mut self.values, &self.gradients);
        if !all_finite(&self.values) {
            self.values.copy_from_slice(&self.before);
            self.optimizer.set_updates(updates);
            let expected = "the updated parameters must be finite; the learning rate is too high";
            return Err(Error::new(Code::Diverged, place, expected, lr));
        }
        self.has_pass = false;
        self.network.refresh(&self.values)?;
        Ok(norm)
    }

    fn finite_norm(&self, place: &str, gradients: &[f32]) -> Result<f64> {
        let norm = norm(gradients);
        if norm.is_finite() {
            return Ok(norm);
        }
        let mut expected = "the gradient must be finite".to_owned();
        if let Some(culprit) = self.network.culprit_back(gradients) {
            expected += &text!["; ", culprit, " is not"];
        }
        Err(Error::new(Code::Diverged, place, expected, norm))
    }

    /// As `clip_grad_norm_` and `clip_grad_value_` of PyTorch.
    fn clip(&mut self, norm: f64) {
        if self.clip_norm > 0.0 {
            let scale = self.clip_norm / (norm + 1e-6);
            if scale < 1.0 {
                self.gradients.iter_mut().for_each(|value| *value *= scale as f32);
            }
        }
        if self.clip_value > 0.0 {
            let limit = self.clip_value as f32;
            self.gradients.iter_mut().for_each(|value| *value = value.clamp(-limit, limit));
        }
    }

    /// Lets the next batch that carries on begin with zeros.
    pub fn forget(&mut self) {
        self.has_state = false;
    }

    /// How many values all parameters have.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Copies all parameters.
    pub fn values(&self, out: &mut [f32]) -> Result<()> {
        exact("trainer.parameters", "parameters", out.len(), self.values.len())?;
        out.copy_from_slice(&self.values);
        Ok(())
    }

    /// Replaces all parameters.
    pub fn set_values(&mut self, values: &[f32]) -> Result<()> {
        exact("trainer.parameters", "parameters", values.len(), self.values.len())?;
        self.values.copy_from_slice(values);
        self.has_pass = false;
        self.network.refresh(&self.values)
    }

    /// Hands the parameters to the layers of the module that the trainer was made from.
    pub(crate) fn publish(&self, layers: &[Shared]) {
        self.network.publish(layers);
    }

    /// Copies the gradients of all parameters: those of the last backward pass, or, after an update, as it clipped them.
    pub fn gradients(&self, out: &mut [f32]) -> Result<()> {
        exact("trainer.gradients", "gradients", out.len(), self.gradients.len())?;
        out.copy_from_slice(&self.gradients);
        Ok(())
    }

    /// Replaces the gradients of all parameters.
    pub fn set_gradients(&mut self, place: &str, gradients: &[f32]) -> Result<()> {
        exact(place, "gradients", gradients.len(), self.gradients.len())?;
        self.finite_norm(place, gradients)?;
        self.gradients.copy_from_slice(gradients);
        Ok(())
    }

    /// How many values the optimiser remembers.
    pub fn optimizer_len(&self) -> usize {
        self.optimizer.len()
    }

    /// Copies what the optimiser remembers.
    pub fn optimizer(&self, out: &mut [f32]) -> Result<()> {
        exact("trainer.optimizer", "moments", out.len(), self.optimizer.len())?;
        self.optimizer.store(out);
        Ok(())
    }

    /// Replaces what the optimiser remembers.
    pub fn set_optimizer(&mut self, moments: &[f32]) -> Result<()> {
        exact("trainer.optimizer", "moments", moments.len(), self.optimizer.len())?;
        self.optimizer.load(moments);
        Ok(())
    }

    /// Updates of the optimiser, and passes of dropout: its masks follow from the seed and their number.
    pub fn counters(&self) -> [f64; 2] {
        [self.optimizer.updates() as f64, self.passes as f64]
    }

    /// Goes on from the counters of another trainer.
    pub fn set_counters(&mut self, updates: f64, passes: f64) {
        self.optimizer.set_updates(updates as u64);
        self.passes = passes as u64;
    }
}

fn parts_of(batch: usize) -> usize {
    (batch / PART).clamp(1, MAX_PARTS)
}

fn check_rate(place: &str, lr: f64) -> Result<()> {
    if lr >= 0.0 && (lr as f32).is_finite() {
        return Ok(());
    }
    let expected = "lr must be finite and at least 0";
    Err(Error::new(Code::Value, place, expected, lr))
}

fn all_finite(values: &[f32]) -> bool {
    // Without an early end, which the compiler can take as vectors.
    values.iter().fold(true, |finite, value| finite & value.is_finite())
}

/// In eight sums side by side, which the compiler can take as vectors.
fn norm(values: &[f32]) -> f64 {
    let (chunks, end) = values.as_chunks::<8>();
    let mut sums = [0.0_f64; 8];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(*value) * f64::from(*value);
        }
    }
    let end: f64 = end.iter().map(|value| f64::from(*value).powi(2)).sum();
    (sums.iter().sum::<f64>() + end).sqrt()
}
