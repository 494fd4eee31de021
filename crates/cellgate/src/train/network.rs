//! The layers of a module, there and back on a part of a batch.
//!
//! Every layer sees packed rows, those of one time side by side, so no padding is ever computed. Behind a convolution
//! there are other times, with a schedule of their own.
//! Behind a last recurrent layer that hands on its last steps there is one row for each sequence.

use crate::embedding::Embedding;
use crate::error::{Code, Error, Result, dims_text};
use crate::memory::{cells, fit, product};
use crate::module::{Input, Layer, Shared, last_dimension, wrong_kind};
use crate::nonlinearity::Nonlinearity;
use crate::recurrent::exact;
use crate::rowwise::Rowwise;
use crate::schedule::{Schedule, SequenceDims};
use crate::text::text;
use crate::train::conv1d::{ConvPass, ConvStage, Ends};
use crate::train::dropout::Mask;
use crate::train::embedding;
use crate::train::linear::{LinearPass, LinearStage};
use crate::train::loss::Report;
use crate::train::recurrent::{RecurrentFlow, RecurrentInput, RecurrentPass, RecurrentStage};
use cellgate_simd::Isa;
use std::ops::Range;
use std::rc::Rc;

/// Layers with weights of their own.
pub(super) struct Network {
    stages: Vec<Stage>,
    /// Where the parameters of each stage lie among all.
    ranges: Vec<Range<usize>>,
    /// Outputs of each stage.
    widths: Vec<usize>,
    input_size: usize,
    takes_ids: bool,
    sequential: bool,
    /// Whether the input is sequences.
    sequences: bool,
    /// Which of a part's schedules each stage takes its rows from.
    times: Vec<usize>,
    /// The stage that hands on its last steps alone.
    last_steps: Option<usize>,
}

enum Stage {
    Recurrent(Box<RecurrentStage>),
    Linear(LinearStage),
    Conv1d(Box<ConvStage>),
    Embedding(Embedding),
    Nonlinearity(Nonlinearity),
    Rowwise(Rowwise),
    Dropout(f32),
}

/// What a pass is given, of a whole batch or of a part.
#[derive(Clone, Copy)]
pub(super) struct PassInput<'a> {
    pub place: &'a str,
    pub input: Input<'a>,
    pub dims: &'a [usize],
    pub time_major: bool,
    pub lengths: Option<&'a [u32]>,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub batch: usize,
    /// Rows of x of each sequence.
    pub steps: usize,
    /// Rows of the output of each sequence.
    pub output_steps: usize,
}

/// Some sequences of a batch, and all that a pass over them keeps. Its memory is kept between passes.
#[derive(Default)]
pub(super) struct Part {
    /// Of the input, then behind each convolution.
    schedules: Vec<Schedule>,
    extent: Extent,
    /// Rows of the input.
    rows: usize,
    x: Vec<f32>,
    ids: Vec<i32>,
    passes: Vec<StagePass>,
    /// Gradients of the output of the stage at hand, and of its input.
    above: Vec<f32>,
    below: Vec<f32>,
    /// In the order of the user.
    pub output: Vec<f32>,
    pub output_gradient: Vec<f32>,
    /// Of all parameters.
    pub gradients: Vec<f32>,
    pub report: Report,
}

#[derive(Default)]
struct StagePass {
    /// Output rows, if the stage has no other place for them.
    output: Vec<f32>,
    recurrent: RecurrentPass,
    linear: LinearPass,
    conv1d: ConvPass,
    mask: Mask,
    /// The state that a recurrent stage begins with, empty for zeros, and the one that it ends with.
    initial: Vec<f32>,
    state: Vec<f32>,
    /// Gradient of all output rows, where only the last have one.
    spread: Vec<f32>,
}

impl Stage {
    fn new(layer: &Layer) -> Result<Self> {
        Ok(match layer {
            Layer::Recurrent(layer) => {
                Self::Recurrent(Box::new(RecurrentStage::new(layer.copy()?)?))
            }
            Layer::Linear(layer) => Self::Linear(LinearStage::new(layer.copy()?)?),
            Layer::Conv1d(layer) => Self::Conv1d(Box::new(ConvStage::new(layer.copy()?)?)),
            Layer::Embedding(layer) => Self::Embedding(layer.copy()?),
            Layer::Nonlinearity(layer) => Self::Nonlinearity(*layer),
            Layer::Rowwise(layer) => Self::Rowwise(layer.copy()?),
            Layer::Dropout(probability) => Self::Dropout(*probability),
        })
    }
}

impl Network {
    pub fn new(place: &str, layers: &[Shared], sequential: bool) -> Result<Self> {
        let mut network = Self {
            stages: Vec::new(),
            ranges: Vec::new(),
            widths: Vec::new(),
            input_size: 0,
            takes_ids: false,
            sequential,
            sequences: false,
            times: Vec::new(),
            last_steps: None,
        };
        let (mut width, mut end, mut times) = (None, 0, 0);
        for (at, layer) in layers.iter().enumerate() {
            if let Some(first) = layers[..at].iter().position(|other| Rc::ptr_eq(other, layer)) {
                let expected = "layers must be different ones, each with weights of its own";
                let got = text!["layers[", first, "] again as layers[", at, "]"];
                return Err(Error::new(Code::Unsupported, place, expected, got));
            }
            let layer = layer.borrow();
            if width.is_none() {
                network.input_size = layer.input_size().unwrap_or_default();
                network.takes_ids = matches!(&*layer, Layer::Embedding(_));
            }
            width = layer.output_size().or(width);
            network.widths.push(layer.output_size().or(width).unwrap_or_default());
            let start = end;
            end += layer.values().len();
            network.ranges.push(start..end);
            network.stages.push(Stage::new(&layer)?);
            network.times.push(times);
            network.sequences |= layer.takes_sequences();
            match &*layer {
                Layer::Recurrent(layer) => {
                    let hands_on = sequential && !layer.config.return_sequences;
                    network.last_steps = hands_on.then_some(at);
                }
                Layer::Conv1d(_) => {
                    times += 1;
                    network.last_steps = None;
                }
                _ => {}
            }
        }
        if end == 0 {
            let expected = "there must be parameters to train";
            return Err(Error::new(Code::Unsupported, place, expected, "none"));
        }
        // What drops before the first weights has their width.
        network.widths.iter_mut().take_while(|width| **width == 0).for_each(|width| {
            *width = network.input_size;
        });
        Ok(network)
    }

    /// How many values all parameters have.
    pub fn value_count(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// Values of an output row.
    pub fn output_size(&self) -> usize {
        self.widths.last().copied().unwrap_or_default()
    }

    /// Values of an input row; an id is one.
    pub fn input_size(&self) -> usize {
        if self.takes_ids { 1 } else { self.input_size }
    }

    /// The instruction set that the layers run on.
    pub fn isa(&self) -> Isa {
        let own = self.stages.iter().find_map(|stage| match stage {
            Stage::Recurrent(stage) => Some(stage.layer.isa),
            Stage::Linear(stage) => Some(stage.layer.isa),
            Stage::Conv1d(stage) => Some(stage.layer.isa),
            Stage::Embedding(_)
            | Stage::Nonlinearity(_)
            | Stage::Rowwise(_)
            | Stage::Dropout(_) => None,
        });
        own.unwrap_or_else(Isa::detect)
    }

    /// The recurrent layer, if that is all there is.
    pub fn bare(&self) -> Option<&RecurrentStage> {
        match &*self.stages {
            [Stage::Recurrent(stage)] if !self.sequential => Some(stage),
            _ => None,
        }
    }

    /// Replaces all weights, whose memory is there.
    pub fn refresh(&mut self, values: &[f32]) -> Result<()> {
        for (stage, range) in self.stages.iter_mut().zip(&self.ranges) {
            let values = &values[range.clone()];
            match stage {
                Stage::Recurrent(stage) => stage.refresh(values)?,
                Stage::Linear(stage) => stage.refresh(values),
                Stage::Conv1d(stage) => stage.refresh(values),
                Stage::Embedding(layer) => layer.values.copy_from_slice(values),
                Stage::Rowwise(layer) => layer.values.copy_from_slice(values),
                Stage::Nonlinearity(_) | Stage::Dropout(_) => {}
            }
        }
        Ok(())
    }

    /// Hands the weights to the layers that the network was made from.
    pub fn publish(&self, layers: &[Shared]) {
        for (stage, layer) in self.stages.iter().zip(layers) {
            match (stage, &mut *layer.borrow_mut()) {
                (Stage::Recurrent(stage), Layer::Recurrent(layer)) => layer.take_from(&stage.layer),
                (Stage::Linear(stage), Layer::Linear(layer)) => layer.take_from(&stage.layer),
                (Stage::Conv1d(stage), Layer::Conv1d(layer)) => {
                    layer.set_values(&stage.layer.values);
                }
                (Stage::Embedding(own), Layer::Embedding(layer)) => {
                    layer.values.copy_from_slice(&own.values);
                }
                (Stage::Rowwise(own), Layer::Rowwise(layer)) => {
                    layer.values.copy_from_slice(&own.values);
                }
                _ => {}
            }
        }
    }

    /// Checks everything about an input.
    pub fn check(&self, input: &PassInput) -> Result<Extent> {
        let &PassInput { place, dims, time_major, lengths, .. } = input;
        let (len, wanted) = match (input.input, self.takes_ids) {
            (Input::Values(x), false) => (x.len(), self.input_size),
            (Input::Ids(ids), true) => (ids.len(), 1),
            (_, true) => return Err(wrong_kind(place, "int32 ids", "float32")),
            (_, false) => return Err(wrong_kind(place, "float32", "int32")),
        };
        let (batch, steps) = if !self.sequences {
            let rows = if self.takes_ids {
                product(place, dims)?
            } else {
                last_dimension(place, dims, self.input_size)?
            };
            let batch = if rows == 0 { 0 } else { dims[0] };
            if dims.len() > 1 { (batch, rows.checked_div(batch).unwrap_or(0)) } else { (rows, 1) }
        } else if self.takes_ids {
            let &[batch, steps] = dims else {
                let got = dims_text(dims);
                return Err(Error::new(Code::Shape, place, "x must be [batch, time]", got));
            };
            let dims = &[batch, steps, 1];
            SequenceDims { dims, time_major: false, lengths, input_size: 1 }.check(place)?
        } else {
            SequenceDims { dims, time_major, lengths, input_size: self.input_size }.check(place)?
        };
        exact(place, "x", len, product(place, &[batch, steps, wanted])?)?;
        if let Input::Ids(ids) = input.input {
            for stage in &self.stages {
                if let Stage::Embedding(layer) = stage {
                    layer.check(place, ids)?;
                }
            }
        }
        let output_steps = self.output_steps(place, dims, batch, steps)?;
        product(place, &[batch, output_steps, self.output_size()])?;
        Ok(Extent { batch, steps, output_steps })
    }

    /// Rows of the output of each sequence; every convolution must have the steps of a window.
    fn output_steps(
        &self,
        place: &str,
        dims: &[usize],
        batch: usize,
        mut steps: usize,
    ) -> Result<usize> {
        for (at, stage) in self.stages.iter().enumerate() {
            if let Stage::Conv1d(stage) = stage {
                let layer = &stage.layer;
                layer.check_steps(place, dims, batch, steps).map_err(|error| error.in_layer(at))?;
                steps = layer.sizes.steps(steps);
            }
        }
        Ok(if self.last_steps.is_some() { 1 } else { steps })
    }

    /// Rows that stage `at` hands on.
    fn rows_behind(&self, part: &Part, at: usize) -> usize {
        if self.last_steps.is_some_and(|last| at >= last) {
            part.extent.batch
        } else if self.sequences {
            self.schedule_behind(&part.schedules, at).rows()
        } else {
            part.rows
        }
    }

    fn schedule_behind<'a>(&self, schedules: &'a [Schedule], at: usize) -> &'a Schedule {
        let moved = matches!(self.stages[at], Stage::Conv1d(_));
        &schedules[self.times[at] + usize::from(moved)]
    }

    /// Output rows of stage `at`.
    fn output<'a>(&'a self, pass: &'a StagePass, at: usize, rows: usize) -> &'a [f32] {
        match &self.stages[at] {
            Stage::Recurrent(stage) if self.last_steps != Some(at) => {
                stage.output(&pass.recurrent, rows)
            }
            _ => &pass.output[..rows * self.widths[at]],
        }
    }

    /// The input of stage `at`.
    fn input<'a>(
        &'a self,
        x: &'a [f32],
        below: &'a [StagePass],
        at: usize,
        rows: usize,
    ) -> &'a [f32] {
        match at {
            0 if self.takes_ids => &[],
            0 => &x[..rows * self.widths_below(0)],
            _ => self.output(&below[at - 1], at - 1, rows),
        }
    }

    fn widths_below(&self, at: usize) -> usize {
        if at == 0 { self.input_size } else { self.widths[at - 1] }
    }

    /// Takes `input` of a part of a batch, all of it checked, and makes all memory of a pass.
    pub fn lay_out(&self, part: &mut Part, input: &PassInput, extent: Extent) -> Result<()> {
        let &PassInput { place, time_major, lengths, .. } = input;
        part.extent = extent;
        part.rows = extent.batch * extent.steps;
        if self.sequences {
            let (first, second) = if time_major {
                (extent.steps, extent.batch)
            } else {
                (extent.batch, extent.steps)
            };
            let width = self.input_size();
            let dims = SequenceDims {
                dims: &[first, second, width],
                time_major,
                lengths,
                input_size: width,
            };
            self.lay_out_times(place, part, &dims)?;
            part.rows = part.schedules[0].rows();
        }
        let rows = part.rows;
        match input.input {
            Input::Values(x) => {
                fit(place, &mut part.x, rows * self.input_size)?;
                if self.sequences {
                    part.schedules[0].gather(x, self.input_size, &mut part.x);
                } else {
                    part.x[..x.len()].copy_from_slice(x);
                }
            }
            Input::Ids(ids) => {
                fit(place, &mut part.ids, ids.len())?;
                if self.sequences {
                    let target = &mut part.ids;
                    part.schedules[0].for_each_row(|packed, user| target[packed] = ids[user]);
                } else {
                    part.ids[..ids.len()].copy_from_slice(ids);
                }
            }
        }
        part.passes.resize_with(self.stages.len(), StagePass::default);
        let ends = self.stages.iter().enumerate();
        let most = ends.map(|(at, _)| self.rows_behind(part, at) * self.widths[at]).max();
        let most = most.unwrap_or(0).max(rows * self.input_size);
        let outputs = extent.batch * extent.output_steps * self.output_size();
        for buffer in [&mut part.output, &mut part.output_gradient] {
            fit(place, buffer, outputs)?;
        }
        for buffer in [&mut part.above, &mut part.below] {
            fit(place, buffer, product(place, &[most])?)?;
        }
        fit(place, &mut part.gradients, self.value_count())?;
        for (at, stage) in self.stages.iter().enumerate() {
            let behind = self.rows_behind(part, at) * self.widths[at];
            let own = &mut part.passes[at];
            match stage {
                Stage::Recurrent(stage) => {
                    let len = stage.layer.state_len(extent.batch);
                    own.initial.clear();
                    fit(place, &mut own.state, len)?;
                    if self.last_steps == Some(at) {
                        fit(place, &mut own.output, behind)?;
                        let rows = part.schedules[self.times[at]].rows();
                        fit(place, &mut own.spread, product(place, &[rows, self.widths[at]])?)?;
                    }
                }
                Stage::Linear(stage) => {
                    stage.fit(&mut own.linear)?;
                    fit(place, &mut own.output, behind)?;
                }
                Stage::Conv1d(stage) => {
                    let [before, behind_it] =
                        [0, 1].map(|more| &part.schedules[self.times[at] + more]);
                    let ends = Ends { before, behind: behind_it };
                    stage.lay_out(place, &mut own.conv1d, ends)?;
                    fit(place, &mut own.output, behind)?;
                }
                Stage::Embedding(_)
                | Stage::Nonlinearity(_)
                | Stage::Rowwise(_)
                | Stage::Dropout(_) => {
                    fit(place, &mut own.output, behind)?;
                }
            }
        }
        Ok(())
    }

    /// Lays out the sequences of the input and what every convolution makes of them.
    fn lay_out_times(&self, place: &str, part: &mut Part, dims: &SequenceDims) -> Result<()> {
        part.schedules.resize_with(1 + self.stages.len(), Schedule::default);
        part.schedules[0].lay_out(place, dims)?;
        for (stage, &at) in self.stages.iter().zip(&self.times) {
            if let Stage::Conv1d(stage) = stage {
                let (before, behind) = part.schedules.split_at_mut(at + 1);
                let sizes = stage.layer.sizes;
                before[at].lay_out_changed(place, &mut behind[0], |length| sizes.steps(length))?;
            }
        }
        Ok(())
    }

    /// Lets the next pass begin with the states that the last one ended with.
    pub fn carry(&self, part: &mut Part) -> Result<()> {
        for (stage, own) in self.stages.iter().zip(&mut part.passes) {
            if let Stage::Recurrent(stage) = stage {
                let len = stage.layer.state_len(part.extent.batch);
                fit("trainer", &mut own.initial, len)?;
                own.initial.copy_from_slice(&own.state[..len]);
            }
        }
        Ok(())
    }

    /// Puts back the states that the last pass began with, if it carried them on.
    pub fn uncarry(&self, part: &mut Part) {
        for own in &mut part.passes {
            own.state[..own.initial.len()].copy_from_slice(&own.initial);
        }
    }

    /// Lets the next pass of a bare layer begin with `state`.
    pub fn begin_with(&self, part: &mut Part, state: &[f32]) -> Result<()> {
        let initial = &mut part.passes[0].initial;
        fit("trainer", initial, state.len())?;
        initial.copy_from_slice(state);
        Ok(())
    }

    /// The state that a bare layer ended with.
    pub fn final_state<'a>(&self, part: &'a Part) -> &'a [f32] {
        &part.passes[0].state
    }

    /// Runs what was laid out; dropout acts if there is a generator. Leaves the output in the part.
    pub fn forward(&self, part: &mut Part, mut rng: Option<fastrand::Rng>) -> Result<()> {
        for (at, stage) in self.stages.iter().enumerate() {
            let behind = self.rows_behind(part, at);
            let rows = if at == 0 { part.rows } else { self.rows_behind(part, at - 1) };
            let (below, rest) = part.passes.split_at_mut(at);
            let own = &mut rest[0];
            let x = self.input(&part.x, below, at, rows);
            let width = self.widths[at];
            match stage {
                Stage::Recurrent(stage) => {
                    let StagePass { recurrent, initial, state, output, .. } = own;
                    let schedule = &part.schedules[self.times[at]];
                    let input = RecurrentInput { schedule, x, state: initial };
                    let state = &mut state[..stage.layer.state_len(part.extent.batch)];
                    stage.forward(recurrent, &input, rng.as_mut(), state)?;
                    if self.last_steps == Some(at) {
                        let output = &mut output[..behind * width];
                        stage.last_steps(recurrent, schedule, output);
                    }
                }
                Stage::Linear(stage) => stage.layer.run(1, x, &mut own.output[..behind * width]),
                Stage::Conv1d(stage) => {
                    let schedule = &part.schedules[self.times[at]];
                    let output = &mut own.output[..behind * width];
                    stage.forward(&mut own.conv1d, schedule, x, output);
                }
                Stage::Embedding(layer) => {
                    layer.forward(&part.ids[..rows], &mut own.output[..behind * width]);
                }
                Stage::Nonlinearity(layer) => {
                    let output = &mut own.output[..behind * width];
                    output.copy_from_slice(x);
                    layer.apply(width, output);
                }
                Stage::Rowwise(layer) => layer.forward(x, &mut own.output[..behind * width]),
                Stage::Dropout(probability) => {
                    let output = &mut own.output[..behind * width];
                    output.copy_from_slice(x);
                    own.mask.draw("dropout", output.len(), *probability, rng.as_mut())?;
                    own.mask.apply(output);
                }
            }
        }
        let at = self.stages.len() - 1;
        let rows = self.output(&part.passes[at], at, self.rows_behind(part, at));
        let (width, output) = (self.widths[at], &mut part.output);
        if self.last_steps.is_some() {
            for (row, index) in rows.chunks_exact(width).zip(&part.schedules[0].order) {
                output[index * width..][..width].copy_from_slice(row);
            }
        } else if self.sequences {
            let user_rows = part.extent.batch * part.extent.output_steps;
            let schedule = self.schedule_behind(&part.schedules, at);
            schedule.scatter(rows, width, cells(&mut output[..user_rows * width]));
        } else {
            output[..rows.len()].copy_from_slice(rows);
        }
        Ok(())
    }

    /// The way back of the last pass from `part.output_gradient`; leaves the gradients of the parameters, and of x where
    /// it is wanted, in the part. Those of a bare layer's states may be empty.
    pub fn backward(
        &self,
        part: &mut Part,
        state_gradient: &[f32],
        wants_x: bool,
        initial_gradient: &mut [f32],
    ) {
        let mut above = core::mem::take(&mut part.above);
        let mut below = core::mem::take(&mut part.below);
        let last = self.stages.len() - 1;
        let (rows, width) = (self.rows_behind(part, last), self.widths[last]);
        if self.last_steps.is_some() {
            for (row, index) in above.chunks_exact_mut(width).zip(&part.schedules[0].order) {
                row.copy_from_slice(&part.output_gradient[index * width..][..width]);
            }
        } else if self.sequences {
            let schedule = self.schedule_behind(&part.schedules, last);
            schedule.gather(&part.output_gradient, width, &mut above[..rows * width]);
        } else {
            above[..rows * width].copy_from_slice(&part.output_gradient[..rows * width]);
        }
        for (at, stage) in self.stages.iter().enumerate().rev() {
            let behind = self.rows_behind(part, at);
            let rows = if at == 0 { part.rows } else { self.rows_behind(part, at - 1) };
            let (lower, rest) = part.passes.split_at_mut(at);
            let own = &mut rest[0];
            let x = self.input(&part.x, lower, at, rows);
            let output = &mut above[..behind * self.widths[at]];
            let gradients = &mut part.gradients[self.ranges[at].clone()];
            let wanted = at > 0 || wants_x;
            let of_x = if wanted { rows * self.widths_below(at) } else { 0 };
            let of_x = &mut below[..of_x];
            match stage {
                Stage::Recurrent(stage) => {
                    let StagePass { recurrent, initial, spread, .. } = own;
                    let mut output = &*output;
                    let schedule = &part.schedules[self.times[at]];
                    if self.last_steps == Some(at) {
                        let spread = &mut spread[..schedule.rows() * self.widths[at]];
                        stage.spread_last(schedule, output, spread);
                        output = spread;
                    }
                    let input = RecurrentInput { schedule, x, state: initial };
                    let flow = RecurrentFlow {
                        output,
                        state: state_gradient,
                        x: of_x,
                        initial: &mut *initial_gradient,
                        values: gradients,
                    };
                    stage.backward(recurrent, &input, flow);
                }
                Stage::Linear(stage) => {
                    stage.backward(&mut own.linear, x, output, of_x, gradients);
                }
                Stage::Conv1d(stage) => {
                    let schedule = &part.schedules[self.times[at]];
                    stage.backward(&mut own.conv1d, schedule, output, of_x, gradients);
                }
                Stage::Embedding(layer) => {
                    embedding::backward(layer, &part.ids[..rows], output, gradients);
                }
                Stage::Nonlinearity(layer) => {
                    layer.backward(self.widths[at], &own.output[..output.len()], output);
                    if wanted {
                        of_x.copy_from_slice(output);
                    }
                }
                Stage::Rowwise(layer) => layer.backward(x, output, of_x, gradients),
                Stage::Dropout(_) => {
                    own.mask.apply(output);
                    if wanted {
                        of_x.copy_from_slice(output);
                    }
                }
            }
            core::mem::swap(&mut above, &mut below);
        }
        (part.above, part.below) = (above, below);
    }

    /// The gradient of x of the last way back that was told to leave one.
    pub fn x_gradient(&self, part: &Part, out: &mut [f32]) {
        let rows = &part.above[..part.rows * self.input_size];
        if self.sequences {
            part.schedules[0].scatter(rows, self.input_size, cells(out));
        } else {
            out.copy_from_slice(rows);
        }
    }

    /// What of a pass is the first that is not finite: the input, a layer's parameters, or its output.
    pub fn culprit(&self, part: &Part, values: &[f32]) -> Option<String> {
        let strange = |values: &[f32]| values.iter().any(|value| !value.is_finite());
        if !self.takes_ids && strange(&part.x[..part.rows * self.input_size]) {
            return Some("x".into());
        }
        (0..self.stages.len()).find_map(|at| {
            let name = self.stage_name(at);
            let rows = self.rows_behind(part, at);
            if strange(&values[self.ranges[at].clone()]) {
                Some(text!["the parameters of ", name])
            } else if strange(self.output(&part.passes[at], at, rows)) {
                Some(text!["the output of ", name])
            } else {
                None
            }
        })
    }

    /// The layer of the first gradient that is not finite, looking from the output down.
    pub fn culprit_back(&self, gradients: &[f32]) -> Option<String> {
        let strange =
            |at: &usize| gradients[self.ranges[*at].clone()].iter().any(|value| !value.is_finite());
        let at = (0..self.stages.len()).rev().find(strange)?;
        Some(text!["the gradient of ", self.stage_name(at)])
    }

    fn stage_name(&self, at: usize) -> String {
        let kind = match &self.stages[at] {
            Stage::Recurrent(stage) => stage.layer.config.name(),
            Stage::Linear(_) => "linear",
            Stage::Conv1d(_) => "conv1d",
            Stage::Embedding(_) => "embedding",
            Stage::Nonlinearity(_) => "nonlinearity",
            Stage::Rowwise(layer) => layer.name(),
            Stage::Dropout(_) => "dropout",
        };
        if self.sequential { text!["layers[", at, "] (", kind, ")"] } else { kind.into() }
    }
}
