//! A recurrent layer: stacked directions, their state and scratch.

use crate::config::{Config, Form, RecurrentOptions, WeightForm};
use crate::error::{Code, Error, Result, dims_text};
use crate::memory::{Aligned, cells, fit, product, put, zeros};
use crate::schedule::{Schedule, SequenceDims};
use crate::text::text;
use crate::threads::{self, each, worth};
use crate::weights::{Packed, Weights};
use cellgate_kernels::layer::{Gru, Lstm, Rnn};
use cellgate_kernels::noise::{Kept, Noise, Zoned, noise_len};
use cellgate_kernels::norm::Norm;
use cellgate_kernels::rows::Rows;
use cellgate_kernels::sequence::{InputWeights, Run, Sequence, projected_len};
use cellgate_simd::Isa;
use std::cell::Cell;
use std::convert::Infallible;

/// A recurrent layer with its weights.
pub(crate) struct Recurrent {
    pub config: Config,
    pub isa: Isa,
    weights: Weights,
    packed: Vec<Packed>,
    /// Memory of a run; those of the last one are `used`, on `threads`.
    parts: Vec<Part>,
    used: usize,
    threads: usize,
}

/// Parameters of a layer, ready to replace its own.
pub(crate) struct NewValues {
    values: Vec<f32>,
    packed: Vec<Packed>,
}

/// What a run of a layer reads and writes. `state` is `[h of all | c of all]`, empty for zeros.
pub(crate) struct Buffers<'a> {
    pub x: &'a [f32],
    pub state: &'a [f32],
    pub output: &'a mut [f32],
    pub state_out: &'a mut [f32],
    /// Receives the traced values, or empty.
    pub trace: &'a mut [f32],
}

/// Sequences that are worth a thread: a single one takes almost as long as two, which load the same weights.
const PART: usize = 2;

/// Some sequences of a batch, with all that they need while they run.
#[derive(Default)]
struct Part {
    schedule: Schedule,
    /// Input rows of a layer, packed by time.
    rows: Vec<f32>,
    hidden: [Vec<f32>; 2],
    sides: [Side; 2],
}

/// What a direction needs, so that both can run at the same time.
#[derive(Default)]
struct Side {
    initial: Vec<f32>,
    cell: Aligned,
    tape: Aligned,
    steps: StepScratch,
}

impl Part {
    /// Makes room for the sequences that are laid out.
    fn fit(&mut self, layer: &Recurrent, place: &str, traced: bool) -> Result<()> {
        let config = &layer.config;
        let (rows, count) = (self.schedule.rows(), self.schedule.count());
        fit(
            place,
            &mut self.rows,
            product(place, &[rows, config.input_size.max(config.row_size())])?,
        )?;
        for (hidden, side) in self.hidden.iter_mut().zip(&mut self.sides).take(config.directions())
        {
            let Side { initial, cell, tape, steps } = side;
            steps.fit(config, layer.lanes(), rows, count)?;
            fit(place, hidden, product(place, &[rows, config.output_size()])?)?;
            fit(place, initial, product(place, &[count, config.output_size()])?)?;
            cell.fit(place, product(place, &[count, layer.padded()])?)?;
            if traced {
                tape.fit(place, product(place, &[rows, layer.tape_row()])?)?;
            }
        }
        Ok(())
    }
}

/// A run that all parts share.
struct Work<'a> {
    x: &'a [f32],
    state: &'a [f32],
    output: &'a [Cell<f32>],
    state_out: &'a [Cell<f32>],
    trace: &'a [Cell<f32>],
    /// Threads of each part.
    threads: usize,
}

// SAFETY: only cells are not Sync. None is read, and a part writes those of its own sequences: every sequence
// is in one part (`Schedule::lay_out_part`), and no two of them share a row of the output, of the state
// or of the trace. Both directions of a part write different rows of the state and of the trace, none of the output.
unsafe impl Sync for Work<'_> {}

/// What one direction needs while it runs.
#[derive(Default)]
pub(crate) struct StepScratch {
    projected: Aligned,
    sums: Aligned,
    units: Vec<f32>,
    noise: Vec<f32>,
}

impl StepScratch {
    /// Makes room for `rows` packed rows of a batch.
    pub fn fit(&mut self, config: &Config, lanes: usize, rows: usize, batch: usize) -> Result<()> {
        let place = config.name();
        let row = config.hidden_size.next_multiple_of(lanes) * config.gates();
        product(place, &[rows.max(batch), row])?;
        self.projected.fit(place, projected_len(rows, batch, row))?;
        self.sums.fit(place, product(place, &[batch, row])?)?;
        if config.is_noisy() {
            let padded = config.cell_size().next_multiple_of(lanes);
            let len = noise_len(batch, config.output_size(), padded);
            fit(place, &mut self.noise, product(place, &[len])?)?;
        }
        fit(place, &mut self.units, product(place, &[batch, config.hidden_size])?)
    }
}

/// One direction of one layer over packed rows.
pub(crate) struct Pass<'a> {
    pub x: &'a [f32],
    pub offsets: &'a [usize],
    pub initial: &'a [f32],
    pub cell: &'a mut [f32],
    pub hidden: &'a mut [f32],
    pub tape: &'a mut [f32],
    pub noise: Noise<'a>,
    pub zoned: Zoned<'a>,
}

impl Recurrent {
    pub fn new(isa: Isa, options: &RecurrentOptions) -> Result<Self> {
        let config = Config::new(options)?;
        let weights = Weights::new(&config)?;
        let packed = weights.pack(&config, &weights.values, isa)?;
        Ok(Self { config, isa, weights, packed, parts: Vec::new(), used: 0, threads: 1 })
    }

    /// A layer of its own with the same parameters, for training: held as f32.
    pub fn copy(&self) -> Result<Self> {
        let config = Config { weights: WeightForm::F32, ..self.config.clone() };
        let (isa, weights) = (self.isa, self.weights.copy()?);
        let packed = weights.pack(&config, &weights.values, isa)?;
        Ok(Self { config, isa, weights, packed, parts: Vec::new(), used: 0, threads: 1 })
    }

    pub fn packed(&self, stack: usize) -> &Packed {
        &self.packed[stack]
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Does all of replacing the parameters that can fail.
    pub fn prepare_values(&self, values: &[f32]) -> Result<NewValues> {
        let packed = self.weights.pack(&self.config, values, self.isa)?;
        let mut copy = zeros(self.config.name(), values.len())?;
        copy.copy_from_slice(values);
        Ok(NewValues { values: copy, packed })
    }

    /// Replaces the parameters.
    pub fn set_values(&mut self, NewValues { values, packed }: NewValues) {
        (self.weights.values, self.packed) = (values, packed);
    }

    /// The same in place, where a failure may leave the layer half changed.
    pub fn refresh(&mut self, values: &[f32]) -> Result<()> {
        self.weights.values.copy_from_slice(values);
        self.weights.pack_into(&self.config, values, self.isa, &mut self.packed)
    }

    /// Takes the parameters of a copy of this layer.
    pub fn take_from(&mut self, copy: &Self) {
        // The memory is there, and packing needs nothing else.
        let _ = self.refresh(&copy.weights.values);
    }

    /// Floats of a state of `batch` sequences: h of all, then c of all.
    pub fn state_len(&self, batch: usize) -> usize {
        self.config.stacks() * batch * (self.config.output_size() + self.config.cell_size())
    }

    /// Floats of one padded row of c.
    pub fn padded(&self) -> usize {
        self.config.cell_size().next_multiple_of(self.isa.lanes())
    }

    pub fn lanes(&self) -> usize {
        self.isa.lanes()
    }

    /// Floats of a trace of `rows` output rows.
    fn trace_len(&self, rows: usize) -> usize {
        let Config { hidden_size, .. } = self.config;
        self.config.stacks()
            * rows
            * (self.config.traced() * hidden_size + self.config.output_size())
    }

    /// What acts between steps outside of training: the mean of zoneout.
    pub fn mean_noise(&self) -> Noise<'static> {
        let kept = |share| if share > 0.0 { Kept::Share(share) } else { Kept::Nothing };
        let Config { zoneout, zoneout_cell, .. } = self.config;
        Noise { hidden: kept(zoneout), cell: kept(zoneout_cell), ..Noise::NONE }
    }

    /// Runs direction and layer `stack`.
    pub fn pass(&self, stack: usize, steps: &mut StepScratch, pass: Pass) {
        let Config { ref form, hidden_size: units, .. } = self.config;
        let packed = &self.packed[stack];
        let width = self.config.layer_input(stack / self.config.directions());
        let Pass { x, offsets, initial, cell, hidden, tape, noise, zoned } = pass;
        let StepScratch { projected, sums, units: unit_rows, noise: noise_scratch } = steps;
        let sequence = Sequence {
            offsets,
            reverse: self.config.is_reverse(stack),
            x: Rows { data: x, width },
            initial: Rows { data: initial, width: self.config.output_size() },
            hidden,
            projected,
            tape,
            noise,
            zoned,
            noise_scratch,
        };
        let input = InputWeights { panels: packed.input.panels(), bias: &packed.bias };
        let recurrent = packed.recurrent.panels();
        match *form {
            Form::Rnn(form) => {
                let layer = Rnn { form, units, input, recurrent, sums };
                Run { layer, sequence }.on(self.isa);
            }
            Form::Gru(form) => {
                let layer = Gru {
                    form,
                    units,
                    input,
                    recurrent,
                    candidate: packed.candidate.panels(),
                    inner_bias: &packed.inner_bias,
                    sums,
                    reset_hidden: unit_rows,
                };
                Run { layer, sequence }.on(self.isa);
            }
            Form::Lstm(form) => {
                let layer = Lstm {
                    form,
                    units,
                    input,
                    recurrent,
                    peephole: &packed.peephole,
                    norms: packed.norms.as_ref().map(|norms| {
                        norms.each_ref().map(|norm| Norm { weight: &norm.weight, bias: &norm.bias })
                    }),
                    projection: packed.projection.panels(),
                    cell,
                    unprojected: unit_rows,
                    sums,
                };
                Run { layer, sequence }.on(self.isa);
            }
        }
    }

    /// Runs a whole batch of sequences through all layers.
    pub fn forward(&mut self, place: &str, dims: &SequenceDims, buffers: Buffers) -> Result<()> {
        self.check(place, dims, &buffers)?;
        self.make_room(place, dims, !buffers.trace.is_empty())?;
        self.run(buffers);
        Ok(())
    }

    fn check(&self, place: &str, dims: &SequenceDims, buffers: &Buffers) -> Result<()> {
        let Buffers { x, state, output, state_out, trace } = buffers;
        let (batch, steps) = dims.check(place)?;
        let state_len = self.state_len(batch);
        if !state.is_empty() && state.len() != state_len {
            return Err(self.wrong_state(place, batch, state.len()));
        }
        let rows = batch * steps;
        exact(place, "x", x.len(), rows * self.config.input_size)?;
        exact(place, "output", output.len(), product(place, &[rows, self.config.row_size()])?)?;
        exact(place, "state", state_out.len(), state_len)?;
        if !trace.is_empty() {
            exact(place, "trace", trace.len(), self.trace_len(rows))?;
        }
        Ok(())
    }

    /// How many threads a batch of so many sequences with so many steps in all is worth, and parts.
    fn shares(&self, batch: usize, rows: usize) -> (usize, usize) {
        let threads = worth(rows * self.weights.values.len());
        (threads, threads.min(batch / PART).max(1))
    }

    /// Whether [`Recurrent::make_room`] cuts such a batch into parts.
    pub fn is_cut(&self, batch: usize, rows: usize) -> bool {
        self.shares(batch, rows).1 > 1
    }

    /// Cuts checked dimensions into parts, and makes all memory of a run.
    pub fn make_room(&mut self, place: &str, dims: &SequenceDims, traced: bool) -> Result<()> {
        let (batch, steps) = dims.check(place)?;
        let rows = dims
            .lengths
            .map_or(batch * steps, |lengths| lengths.iter().map(|&length| length as usize).sum());
        (self.threads, self.used) = self.shares(batch, rows);
        if self.parts.len() < self.used {
            self.parts.resize_with(self.used, Part::default);
        }
        let mut parts = core::mem::take(&mut self.parts);
        let mut fit = parts[..self.used].iter_mut().enumerate();
        let result = fit.try_for_each(|(at, part)| {
            part.schedule.lay_out_part(place, dims, at, self.used)?;
            part.fit(self, place, traced)
        });
        self.parts = parts;
        result
    }

    /// Floats of a row of a tape.
    pub fn tape_row(&self) -> usize {
        self.config.hidden_size.next_multiple_of(self.lanes()) * self.config.taped()
    }

    /// Runs what there is room for.
    pub fn run(&mut self, buffers: Buffers) {
        let Buffers { x, state, output, state_out, trace } = buffers;
        let mut parts = core::mem::take(&mut self.parts);
        let (state_out, trace) = (cells(state_out), cells(trace));
        let threads = self.threads / self.used;
        let mut work = Work { x, state, output: &[], state_out, trace, threads };
        match &mut parts[..self.used] {
            // The last output can be written in place where rows need no reordering.
            [part] if part.schedule.is_direct() && self.config.directions() == 1 => {
                self.run_part(part, &work, Some(output));
            }
            parts => {
                work.output = cells(output);
                let Ok(()) = each(self.used, 0, parts, &|_, part| {
                    self.run_part(part, &work, None);
                    Ok::<_, Infallible>(())
                });
            }
        }
        self.parts = parts;
    }

    fn run_part(&self, part: &mut Part, work: &Work, mut in_place: Option<&mut [f32]>) {
        let config = &self.config;
        let Part { schedule, rows: inputs, hidden: [first, second], sides: [side, other] } = part;
        let (rows, width, directions) =
            (schedule.rows(), config.output_size(), config.directions());
        let direct = schedule.is_direct();
        if !direct {
            schedule.gather(work.x, config.input_size, inputs);
        }
        for layer in 0..config.layers {
            let x = match layer {
                0 if direct => work.x,
                _ => &inputs[..rows * config.layer_input(layer)],
            };
            let stack = layer * directions;
            if directions == 2 {
                let (first, second) = (&mut first[..rows * width], &mut second[..rows * width]);
                threads::join(
                    work.threads,
                    || self.run_stack(stack, schedule, x, first, side, work),
                    || self.run_stack(stack + 1, schedule, x, second, other, work),
                );
                join(first, second, width, rows, inputs);
            } else {
                let is_last = layer + 1 == config.layers;
                let output = in_place.as_deref_mut().filter(|_| is_last);
                let moves = output.is_none();
                let hidden = output.unwrap_or(&mut first[..rows * width]);
                self.run_stack(stack, schedule, x, hidden, side, work);
                if moves {
                    core::mem::swap(inputs, first);
                }
            }
        }
        if in_place.is_none() {
            let row_size = config.row_size();
            schedule.scatter(&inputs[..rows * row_size], row_size, work.output);
        }
    }

    /// Runs one direction of a layer from its initial state to its final one.
    #[inline(never)]
    fn run_stack(
        &self,
        stack: usize,
        schedule: &Schedule,
        x: &[f32],
        hidden: &mut [f32],
        side: &mut Side,
        work: &Work,
    ) {
        let Side { initial, cell, tape, steps } = side;
        let traced = !work.trace.is_empty();
        let tape_len = if traced { schedule.rows() * self.tape_row() } else { 0 };
        let tape = &mut tape[..tape_len];
        self.load_state(schedule, stack, work.state, initial, cell);
        let pass = Pass {
            x,
            offsets: &schedule.offsets,
            initial,
            cell,
            hidden,
            tape,
            noise: self.mean_noise(),
            zoned: Zoned::default(),
        };
        self.pass(stack, steps, pass);
        self.store_state(schedule, stack, hidden, initial, cell, work.state_out);
        if traced {
            let len = work.trace.len() / self.config.stacks();
            self.show(schedule, tape, hidden, &work.trace[stack * len..][..len]);
        }
    }

    /// Initial h in packed order, and c in padded rows.
    pub fn load_state(
        &self,
        schedule: &Schedule,
        stack: usize,
        state: &[f32],
        initial: &mut [f32],
        cell: &mut [f32],
    ) {
        let (width, units, padded) =
            (self.config.output_size(), self.config.cell_size(), self.padded());
        let (batch, count) = (schedule.batch, schedule.count());
        cell[..count * padded].fill(0.0);
        if state.is_empty() {
            initial[..count * width].fill(0.0);
            return;
        }
        let (h, c) = state.split_at(self.config.stacks() * batch * width);
        for (at, index) in schedule.order.iter().enumerate() {
            let row = stack * batch + index;
            initial[at * width..][..width].copy_from_slice(&h[row * width..][..width]);
            cell[at * padded..][..units].copy_from_slice(&c[row * units..][..units]);
        }
    }

    pub fn store_state(
        &self,
        schedule: &Schedule,
        stack: usize,
        hidden: &[f32],
        initial: &[f32],
        cell: &[f32],
        state: &[Cell<f32>],
    ) {
        let (width, units, padded) =
            (self.config.output_size(), self.config.cell_size(), self.padded());
        let batch = schedule.batch;
        let (h, c) = state.split_at(self.config.stacks() * batch * width);
        for (at, index) in schedule.order.iter().enumerate() {
            let row = stack * batch + index;
            let last = match schedule.last_row(at, self.config.is_reverse(stack)) {
                Some(last) => &hidden[last * width..][..width],
                None => &initial[at * width..][..width],
            };
            put(last, &h[row * width..]);
            put(&cell[at * padded..][..units], &c[row * units..]);
        }
    }

    /// Writes the trace of one direction.
    fn show(&self, schedule: &Schedule, tape: &[f32], hidden: &[f32], trace: &[Cell<f32>]) {
        let (units, width, slots) =
            (self.config.hidden_size, self.config.output_size(), self.config.traced());
        let (lanes, tape_row, taped) = (self.lanes(), self.tape_row(), self.config.taped());
        let user_rows = schedule.batch * schedule.steps;
        let (values, shown) = trace.split_at(slots * user_rows * units);
        let target =
            |slot: usize, user: usize| &values[(slot * user_rows + user) * units..][..units];
        schedule.for_each_missing_row(|user| {
            (0..slots).flat_map(|slot| target(slot, user)).for_each(|cell| cell.set(0.0));
        });
        schedule.for_each_row(|packed, user| {
            let row = &tape[packed * tape_row..][..tape_row];
            for slot in 0..slots {
                for (unit, cell) in target(slot, user).iter().enumerate() {
                    cell.set(row[(unit / lanes * taped + slot) * lanes + unit % lanes]);
                }
            }
        });
        schedule.scatter(hidden, width, shown);
    }

    pub fn wrong_state(&self, place: &str, batch: usize, got: usize) -> Error {
        let (stacks, width, units) =
            (self.config.stacks(), self.config.output_size(), self.config.cell_size());
        let mut expected = text![
            "state.h must be [layers * directions, batch, ",
            width,
            "] = ",
            dims_text(&[stacks, batch, width])
        ];
        if units > 0 {
            expected += &text![" and state.c ", dims_text(&[stacks, batch, units])];
        }
        Error::new(Code::State, place, expected, text![got, " values"])
    }
}

/// Outputs of both directions side by side.
pub(crate) fn join(
    forward: &[f32],
    reverse: &[f32],
    width: usize,
    rows: usize,
    joined: &mut [f32],
) {
    let sources = forward.chunks_exact(width).zip(reverse.chunks_exact(width)).take(rows);
    for (target, (forward, reverse)) in joined.chunks_exact_mut(2 * width).zip(sources) {
        target[..width].copy_from_slice(forward);
        target[width..].copy_from_slice(reverse);
    }
}

/// The buffers of a call have the length that their dimensions say, unless the caller changed them meanwhile.
pub(crate) fn exact(place: &str, name: &str, got: usize, want: usize) -> Result<()> {
    if got == want {
        return Ok(());
    }
    Err(Error::new(Code::Shape, place, text![name, " must hold ", want, " values"], text![got]))
}
