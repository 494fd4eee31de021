//! A recurrent layer: stacked directions, their state and scratch.

use crate::config::{Config, Form, RecurrentOptions, WeightForm};
use crate::error::{Code, Error, Result, dims_text};
use crate::memory::{Aligned, fit, product, zeros};
use crate::schedule::{Schedule, SequenceDims};
use crate::weights::{Packed, Weights};
use cellgate_kernels::layer::{Gru, Lstm, Rnn};
use cellgate_kernels::noise::{Kept, Noise, Zoned, noise_len};
use cellgate_kernels::norm::Norm;
use cellgate_kernels::rows::Rows;
use cellgate_kernels::sequence::{InputWeights, Run, Sequence, projected_len};
use cellgate_simd::Isa;

/// A recurrent layer with its weights.
pub(crate) struct Recurrent {
    pub config: Config,
    pub isa: Isa,
    weights: Weights,
    packed: Vec<Packed>,
    scratch: Scratch,
}

/// Parameters of a layer, ready to replace its own.
pub(crate) struct NewValues {
    values: Vec<f32>,
    packed: Vec<Packed>,
}

/// One call of a layer. `state` is `[h of all | c of all]`, empty for zeros.
pub(crate) struct LayerCall<'a> {
    pub place: &'a str,
    pub x: &'a [f32],
    pub dims: SequenceDims<'a>,
    pub state: &'a [f32],
    pub output: &'a mut [f32],
    pub state_out: &'a mut [f32],
    /// Receives the traced values, or empty.
    pub trace: &'a mut [f32],
}

#[derive(Default)]
struct Scratch {
    schedule: Schedule,
    /// Input rows of a layer, packed by time.
    rows: Vec<f32>,
    hidden: [Vec<f32>; 2],
    initial: Vec<f32>,
    cell: Aligned,
    tape: Aligned,
    steps: StepScratch,
}

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
        Ok(Self { config, isa, weights, packed, scratch: Scratch::default() })
    }

    /// A layer of its own with the same parameters, for training: held as f32.
    pub fn copy(&self) -> Result<Self> {
        let config = Config { weights: WeightForm::F32, ..self.config.clone() };
        let (isa, weights) = (self.isa, self.weights.copy()?);
        let packed = weights.pack(&config, &weights.values, isa)?;
        Ok(Self { config, isa, weights, packed, scratch: Scratch::default() })
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
                self.isa.run(Run { layer, sequence });
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
                self.isa.run(Run { layer, sequence });
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
                self.isa.run(Run { layer, sequence });
            }
        }
    }

    /// Runs a whole batch of sequences through all layers.
    pub fn forward(&mut self, call: LayerCall) -> Result<()> {
        let mut scratch = core::mem::take(&mut self.scratch);
        let result = self.prepare(&mut scratch, &call).map(|()| self.run(&mut scratch, call));
        self.scratch = scratch;
        result
    }

    /// All checks and all memory of a call.
    fn prepare(&self, scratch: &mut Scratch, call: &LayerCall) -> Result<()> {
        let LayerCall { place, x, dims, state, output, state_out, trace } = call;
        let config = &self.config;
        scratch.schedule.lay_out(place, dims)?;
        let Schedule { batch, steps, .. } = scratch.schedule;
        let state_len = self.state_len(batch);
        if !state.is_empty() && state.len() != state_len {
            return Err(self.wrong_state(place, batch, state.len()));
        }
        let rows = batch * steps;
        let row_size = config.row_size();
        exact(place, "x", x.len(), rows * config.input_size)?;
        exact(place, "output", output.len(), product(place, &[rows, row_size])?)?;
        exact(place, "state", state_out.len(), state_len)?;
        if !trace.is_empty() {
            exact(place, "trace", trace.len(), self.trace_len(rows))?;
        }
        let Scratch { rows: inputs, hidden, initial, cell, tape, steps: step, schedule } = scratch;
        let rows = schedule.rows();
        step.fit(config, self.lanes(), rows, batch)?;
        fit(place, inputs, product(place, &[rows, config.input_size.max(row_size)])?)?;
        for hidden in &mut hidden[..config.directions()] {
            fit(place, hidden, product(place, &[rows, config.output_size()])?)?;
        }
        fit(place, initial, product(place, &[batch, config.output_size()])?)?;
        cell.fit(place, product(place, &[batch, self.padded()])?)?;
        if !trace.is_empty() {
            tape.fit(place, product(place, &[rows, self.tape_row()])?)?;
        }
        Ok(())
    }

    /// Floats of a row of a tape.
    pub fn tape_row(&self) -> usize {
        self.config.hidden_size.next_multiple_of(self.lanes()) * self.config.taped()
    }

    fn run(&self, scratch: &mut Scratch, call: LayerCall) {
        let LayerCall { x, state, output, state_out, mut trace, .. } = call;
        let config = &self.config;
        let Scratch { schedule, rows: inputs, hidden, initial, cell, tape, steps } = scratch;
        let (rows, width, directions) =
            (schedule.rows(), config.output_size(), config.directions());
        let direct = schedule.is_direct();
        if !direct {
            schedule.gather(x, config.input_size, inputs);
        }
        let tape_len = if trace.is_empty() { 0 } else { rows * self.tape_row() };
        for layer in 0..config.layers {
            let last = layer + 1 == config.layers;
            for direction in 0..directions {
                let stack = layer * directions + direction;
                self.load_state(schedule, stack, state, initial, cell);
                let x = if layer == 0 && direct {
                    x
                } else {
                    &inputs[..rows * config.layer_input(layer)]
                };
                // The last output can be written in place where rows need no reordering.
                let in_place = last && direct && directions == 1;
                let hidden =
                    if in_place { &mut *output } else { &mut hidden[direction][..rows * width] };
                let (offsets, tape) = (schedule.offsets.as_slice(), &mut tape[..tape_len]);
                let (noise, zoned) = (self.mean_noise(), Zoned::default());
                let pass = Pass { x, offsets, initial, cell, hidden, tape, noise, zoned };
                self.pass(stack, steps, pass);
                self.store_state(schedule, stack, hidden, initial, cell, state_out);
                if !trace.is_empty() {
                    trace = self.show(schedule, tape, hidden, trace);
                }
            }
            if directions == 2 {
                join(&hidden[0], &hidden[1], width, rows, inputs);
            } else if !(last && direct) {
                core::mem::swap(inputs, &mut hidden[0]);
            }
        }
        if directions == 2 || !direct {
            schedule.scatter(&inputs[..rows * config.row_size()], config.row_size(), output);
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
        let batch = schedule.batch;
        cell[..batch * padded].fill(0.0);
        if state.is_empty() {
            initial[..batch * width].fill(0.0);
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
        state: &mut [f32],
    ) {
        let (width, units, padded) =
            (self.config.output_size(), self.config.cell_size(), self.padded());
        let batch = schedule.batch;
        let (h, c) = state.split_at_mut(self.config.stacks() * batch * width);
        for (at, index) in schedule.order.iter().enumerate() {
            let row = stack * batch + index;
            let last = match schedule.last_row(at, self.config.is_reverse(stack)) {
                Some(last) => &hidden[last * width..][..width],
                None => &initial[at * width..][..width],
            };
            h[row * width..][..width].copy_from_slice(last);
            c[row * units..][..units].copy_from_slice(&cell[at * padded..][..units]);
        }
    }

    /// Writes the trace of one direction; returns what is left of `trace`.
    fn show<'a>(
        &self,
        schedule: &Schedule,
        tape: &[f32],
        hidden: &[f32],
        trace: &'a mut [f32],
    ) -> &'a mut [f32] {
        let (units, width, slots) =
            (self.config.hidden_size, self.config.output_size(), self.config.traced());
        let (lanes, tape_row, taped) = (self.lanes(), self.tape_row(), self.config.taped());
        let user_rows = schedule.batch * schedule.steps;
        let (values, trace) = trace.split_at_mut(slots * user_rows * units);
        let (shown, trace) = trace.split_at_mut(user_rows * width);
        values.fill(0.0);
        schedule.for_each_row(|packed, user| {
            let row = &tape[packed * tape_row..][..tape_row];
            for slot in 0..slots {
                let target = &mut values[(slot * user_rows + user) * units..][..units];
                for (unit, value) in target.iter_mut().enumerate() {
                    *value = row[(unit / lanes * taped + slot) * lanes + unit % lanes];
                }
            }
        });
        schedule.scatter(hidden, width, shown);
        trace
    }

    pub fn wrong_state(&self, place: &str, batch: usize, got: usize) -> Error {
        let (stacks, width, units) =
            (self.config.stacks(), self.config.output_size(), self.config.cell_size());
        let mut expected = format!(
            "state.h must be [layers * directions, batch, {width}] = {}",
            dims_text(&[stacks, batch, width])
        );
        if units > 0 {
            expected += &format!(" and state.c {}", dims_text(&[stacks, batch, units]));
        }
        Error::new(Code::State, place, expected, format!("{got} values"))
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
    Err(Error::new(Code::Shape, place, format!("{name} must hold {want} values"), got.to_string()))
}
