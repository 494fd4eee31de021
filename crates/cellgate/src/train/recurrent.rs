//! A recurrent layer in training: its run, which keeps what the way back needs, and the way back.

use crate::config::{Config, Form};
use crate::error::Result;
use crate::memory::{Aligned, cells, fit, product};
use crate::recurrent::{Pass, Recurrent, StepScratch, join};
use crate::schedule::Schedule;
use crate::train::dropout::Mask;
use crate::weights::{Role, peepholes};
use cellgate_kernels::backward::{
    Backward, Flow, GruGradient, History, Job, LstmGradient, NormsGradient, ProjectionGradient,
    RnnGradient, ScratchSizes, Transposed, WeightGradients, scratch_len,
};
use cellgate_kernels::cell::lstm::{LstmForm, PEEPHOLES};
use cellgate_kernels::gate::gru;
use cellgate_kernels::noise::{Kept, Noise, Zoned, noise_len};
use cellgate_kernels::norm::{Norm, NormGradient};
use cellgate_kernels::panel::{
    Shape, pack_columns, pack_transposed, panels_len, row_len, unpack_columns,
};
use cellgate_kernels::rows::Rows;

/// A layer with its weights packed for both ways.
pub(super) struct RecurrentStage {
    pub layer: Recurrent,
    transposed: Vec<TransposedWeights>,
}

#[derive(Default)]
struct TransposedWeights {
    input: Aligned,
    recurrent: Aligned,
    /// GRU, reset before: the candidate's recurrent weights, which `recurrent` lacks.
    candidate: Aligned,
    projection: Aligned,
    /// Rows of the recurrent weights of which some gates are blanked.
    rows: Vec<f32>,
}

/// What a run keeps.
#[derive(Default)]
pub(super) struct RecurrentPass {
    stacks: Vec<StackPass>,
    /// Output rows of each layer where they are not those of its only direction: both side by side, or some dropped.
    joined: Vec<Vec<f32>>,
    /// Dropout between layers, one for each but the last.
    masks: Vec<Mask>,
    /// One direction's part of an output gradient.
    split: Vec<f32>,
    /// Gradients of the output of the layer at hand, and of its input.
    above: Vec<f32>,
    below: Vec<f32>,
    steps: StepScratch,
    scratch: Aligned,
    /// What some cells need beside that.
    own_scratch: Aligned,
    noise_scratch: Vec<f32>,
}

/// One direction of one layer.
#[derive(Default)]
struct StackPass {
    hidden: Vec<f32>,
    tape: Aligned,
    initial: Vec<f32>,
    /// c before the first step and after the last.
    start: Aligned,
    cell: Aligned,
    hidden_gradient: Vec<f32>,
    cell_gradient: Aligned,
    gradients: PackedGradients,
    noise: StackNoise,
}

/// What acted between the steps of a run.
#[derive(Default)]
struct StackNoise {
    /// Recurrent dropout, `[batch][width]`.
    dropped: Mask,
    /// Shares of h and c that stayed, where they were drawn.
    hidden: Vec<f32>,
    cell: Vec<f32>,
    drawn: bool,
    /// As in [`Zoned`].
    zoned: Aligned,
    fresh: Vec<f32>,
}

impl StackNoise {
    /// Draws for a run in training, and makes all memory of one with zoneout.
    fn draw(
        &mut self,
        layer: &Recurrent,
        rows: usize,
        batch: usize,
        mut rng: Option<&mut fastrand::Rng>,
    ) -> Result<()> {
        let config = &layer.config;
        let (place, width, padded) = (config.name(), config.output_size(), layer.padded());
        let dropped = batch * width;
        self.dropped.draw(place, dropped, config.recurrent_dropout, rng.as_deref_mut())?;
        self.drawn = config.zones() && rng.is_some();
        if !config.zones() {
            return Ok(());
        }
        self.zoned.fit(place, product(place, &[rows, padded])?)?;
        fit(place, &mut self.fresh, product(place, &[rows, width])?)?;
        if let Some(rng) = rng {
            for (shares, width, probability) in [
                (&mut self.hidden, width, config.zoneout),
                (&mut self.cell, padded, config.zoneout_cell),
            ] {
                fit(place, shares, product(place, &[rows, width])?)?;
                for share in &mut shares[..rows * width] {
                    *share = if rng.f32() < probability { 1.0 } else { 0.0 };
                }
            }
        }
        Ok(())
    }

    /// What acts, and what there is to record.
    fn split(&mut self, layer: &Recurrent, rows: usize, batch: usize) -> (Noise<'_>, Zoned<'_>) {
        let config = &layer.config;
        let (width, padded) = (config.output_size(), layer.padded());
        let Self { dropped, hidden, cell, drawn, zoned, fresh } = self;
        let mut noise = Noise {
            dropped: Rows { data: dropped.factors(batch * width), width },
            ..layer.mean_noise()
        };
        if *drawn {
            noise.hidden = Kept::Rows(&hidden[..rows * width]);
            noise.cell = Kept::Rows(&cell[..rows * padded]);
        }
        if !config.zones() {
            return (noise, Zoned::default());
        }
        // Where nothing of c stays, the way back finds it on the tape.
        let zoned: &mut [f32] =
            if matches!(noise.cell, Kept::Nothing) { &mut [] } else { &mut zoned[..rows * padded] };
        let zoned = Zoned { cell: zoned, fresh: &mut fresh[..rows * width] };
        (noise, zoned)
    }
}

/// Gradients in packed form.
#[derive(Default)]
struct PackedGradients {
    input: Aligned,
    recurrent: Aligned,
    bias: Aligned,
    inner_bias: Aligned,
    candidate: Aligned,
    peephole: Aligned,
    projection: Aligned,
    /// Weight and bias of each normalisation.
    norms: [[Aligned; 2]; 3],
}

/// What goes into a run.
pub(super) struct RecurrentInput<'a> {
    pub schedule: &'a Schedule,
    /// Packed rows.
    pub x: &'a [f32],
    /// `[h of all | c of all]` in the user's order, or empty for zeros.
    pub state: &'a [f32],
}

/// What goes into the way back and comes out of it.
pub(super) struct RecurrentFlow<'a> {
    /// Gradient of the output, packed rows.
    pub output: &'a [f32],
    /// Gradient of the final state like [`RecurrentInput::state`], or empty.
    pub state: &'a [f32],
    /// Receives that of x, or empty.
    pub x: &'a mut [f32],
    /// Receives that of the initial state, or empty.
    pub initial: &'a mut [f32],
    /// Receives those of the parameters.
    pub values: &'a mut [f32],
}

impl RecurrentStage {
    pub fn new(layer: Recurrent) -> Result<Self> {
        let mut transposed = Vec::new();
        transposed.resize_with(layer.config.stacks(), TransposedWeights::default);
        let mut stage = Self { layer, transposed };
        stage.transpose()?;
        Ok(stage)
    }

    /// Replaces the weights, whose memory is there.
    pub fn refresh(&mut self, values: &[f32]) -> Result<()> {
        self.layer.refresh(values)?;
        self.transpose()
    }

    fn gate_shape(&self, width: usize) -> Shape {
        let config = &self.layer.config;
        Shape { units: config.hidden_size, gates: config.gates(), width }
    }

    fn transpose(&mut self) -> Result<()> {
        let config = &self.layer.config;
        let (units, width, lanes) = (config.hidden_size, config.output_size(), self.layer.lanes());
        let (weights, recurrent) = (self.layer.weights(), self.gate_shape(width));
        let mut transposed = core::mem::take(&mut self.transposed);
        for (stack, transposed) in transposed.iter_mut().enumerate() {
            let values = |role| &weights.values[weights.range(stack, role)];
            let input = self.gate_shape(config.layer_input(stack / config.directions()));
            let pack = |shape: Shape, values: &[f32], packed: &mut Aligned| {
                packed.fit(config.name(), shape.transposed_len(lanes))?;
                pack_transposed(shape, lanes, values, packed);
                Ok(())
            };
            let TransposedWeights { rows, .. } = transposed;
            pack(input, values(Role::WeightIh), &mut transposed.input)?;
            let own = values(Role::WeightHh);
            match &config.form {
                Form::Gru(form) if !form.reset_after => {
                    let candidate = gru::CANDIDATE * units * width;
                    fit(config.name(), rows, own.len())?;
                    rows.copy_from_slice(own);
                    rows[candidate..].fill(0.0);
                    pack(recurrent, rows, &mut transposed.recurrent)?;
                    rows.copy_from_slice(own);
                    rows[..candidate].fill(0.0);
                    pack(recurrent, rows, &mut transposed.candidate)?;
                }
                _ => pack(recurrent, own, &mut transposed.recurrent)?,
            }
            if config.projection_size > 0 {
                // Rows of projected units come unpadded.
                let len = panels_len(row_len(units, 1, lanes), width, lanes);
                transposed.projection.fit(config.name(), len)?;
                let rows = values(Role::WeightHr);
                pack_columns(units, lanes, width, &mut transposed.projection, |row| {
                    Some(&rows[row * units..][..units])
                });
            }
        }
        self.transposed = transposed;
        Ok(())
    }

    /// Makes all memory of both ways.
    fn fit(&self, pass: &mut RecurrentPass, schedule: &Schedule) -> Result<()> {
        let (layer, config) = (&self.layer, &self.layer.config);
        let (place, rows, batch) = (config.name(), schedule.rows(), schedule.batch);
        let (units, width, padded) = (config.hidden_size, config.output_size(), layer.padded());
        let (lanes, gates) = (layer.lanes(), config.gates());
        let row_len = units.next_multiple_of(lanes) * gates;
        let output = product(place, &[rows, config.row_size()])?;
        pass.stacks.resize_with(config.stacks(), StackPass::default);
        pass.joined.resize_with(config.layers, Vec::new);
        pass.masks.resize_with(config.layers - 1, Mask::default);
        pass.steps.fit(config, lanes, rows, batch)?;
        let widest = config.input_size.max(config.row_size());
        let lanes = self.layer.isa.lanes();
        let sizes = ScratchSizes { rows, batch, row_len, x_width: widest, width, lanes };
        pass.scratch.fit(place, product(place, &[scratch_len(sizes)])?)?;
        pass.own_scratch.fit(place, self.own_scratch_len(sizes))?;
        if config.is_noisy() {
            let len = product(place, &[noise_len(batch, width, padded)])?;
            fit(place, &mut pass.noise_scratch, len)?;
        }
        for buffer in [&mut pass.above, &mut pass.below] {
            fit(place, buffer, output)?;
        }
        if config.directions() == 2 {
            fit(place, &mut pass.split, product(place, &[rows, width])?)?;
        }
        for (at, joined) in pass.joined.iter_mut().enumerate() {
            if is_joined(config, at) {
                fit(place, joined, output)?;
            }
        }
        for (stack, own) in pass.stacks.iter_mut().enumerate() {
            fit(place, &mut own.hidden, product(place, &[rows, width])?)?;
            own.tape.fit(place, product(place, &[rows, layer.tape_row()])?)?;
            for buffer in [&mut own.initial, &mut own.hidden_gradient] {
                fit(place, buffer, product(place, &[batch, width])?)?;
            }
            for buffer in [&mut own.start, &mut own.cell, &mut own.cell_gradient] {
                buffer.fit(place, product(place, &[batch, padded])?)?;
            }
            let input = config.layer_input(stack / config.directions());
            own.gradients.fit(config, lanes, input)?;
        }
        Ok(())
    }

    /// Floats that some cells need beside [`scratch_len`].
    fn own_scratch_len(&self, sizes: ScratchSizes) -> usize {
        let config = &self.layer.config;
        let (units, padded) = (config.hidden_size, self.layer.padded());
        let capacity = sizes.capacity();
        match &config.form {
            Form::Gru(form) if !form.reset_after => capacity * units,
            Form::Lstm(form) => {
                let norms = norm_scratch(form, capacity, sizes.row_len, padded);
                let projected = config.projection_size > 0;
                norms
                    + if projected { projection_scratch(capacity, sizes, padded, units) } else { 0 }
            }
            Form::Rnn(_) | Form::Gru(_) => 0,
        }
    }

    /// Runs all layers. Leaves the final state in `state_out`.
    pub fn forward(
        &self,
        pass: &mut RecurrentPass,
        input: &RecurrentInput,
        mut rng: Option<&mut fastrand::Rng>,
        state_out: &mut [f32],
    ) -> Result<()> {
        let RecurrentInput { schedule, x, state } = *input;
        self.fit(pass, schedule)?;
        let (layer, config) = (&self.layer, &self.layer.config);
        let (rows, batch, width) = (schedule.rows(), schedule.batch, config.output_size());
        let directions = config.directions();
        for at in 0..config.layers {
            for direction in 0..directions {
                let stack = at * directions + direction;
                let (below, rest) = pass.stacks.split_at_mut(at * directions);
                let own = &mut rest[direction];
                let initial = &mut own.initial[..batch * width];
                let cell = &mut own.cell[..batch * layer.padded()];
                layer.load_state(schedule, stack, state, initial, cell);
                own.start[..cell.len()].copy_from_slice(cell);
                let x =
                    if at == 0 { x } else { output_of(config, below, &pass.joined, at - 1, rows) };
                let (offsets, hidden) = (&*schedule.offsets, &mut own.hidden[..rows * width]);
                let tape = &mut own.tape[..rows * layer.tape_row()];
                own.noise.draw(layer, rows, batch, rng.as_deref_mut())?;
                let (noise, zoned) = own.noise.split(layer, rows, batch);
                let run = Pass { x, offsets, initial, cell, hidden, tape, noise, zoned };
                layer.pass(stack, &mut pass.steps, run);
                layer.store_state(schedule, stack, hidden, initial, cell, cells(state_out));
            }
            if is_joined(config, at) {
                let joined = &mut pass.joined[at];
                match &pass.stacks[at * directions..][..directions] {
                    [forward, reverse] => {
                        join(&forward.hidden, &reverse.hidden, width, rows, joined);
                    }
                    own => joined[..rows * width].copy_from_slice(&own[0].hidden[..rows * width]),
                }
                if let Some(mask) = pass.masks.get_mut(at) {
                    let len = rows * config.row_size();
                    mask.draw(config.name(), len, config.dropout, rng.as_deref_mut())?;
                    mask.apply(&mut joined[..len]);
                }
            }
        }
        Ok(())
    }

    /// Output rows of the last layer.
    pub fn output<'a>(&self, pass: &'a RecurrentPass, rows: usize) -> &'a [f32] {
        let config = &self.layer.config;
        output_of(config, &pass.stacks, &pass.joined, config.layers - 1, rows)
    }

    /// The last steps of the last layer in packed order, directions side by side: `[batch, row]`.
    pub fn last_steps(&self, pass: &RecurrentPass, schedule: &Schedule, out: &mut [f32]) {
        let config = &self.layer.config;
        let width = config.output_size();
        let stacks = &pass.stacks[(config.layers - 1) * config.directions()..];
        for (at, row) in out.chunks_exact_mut(config.row_size()).enumerate() {
            for (direction, part) in row.chunks_exact_mut(width).enumerate() {
                let own = &stacks[direction];
                let last = schedule.last_row(at, self.is_reverse(direction));
                part.copy_from_slice(match last {
                    Some(last) => &own.hidden[last * width..][..width],
                    None => &own.initial[at * width..][..width],
                });
            }
        }
    }

    /// Gradients of the last steps, in packed order, as gradients of all output rows.
    pub fn spread_last(&self, schedule: &Schedule, last_steps: &[f32], rows: &mut [f32]) {
        let config = &self.layer.config;
        let (width, row_size) = (config.output_size(), config.row_size());
        rows.fill(0.0);
        for (at, row) in last_steps.chunks_exact(row_size).enumerate() {
            for (direction, part) in row.chunks_exact(width).enumerate() {
                if let Some(last) = schedule.last_row(at, self.is_reverse(direction)) {
                    rows[last * row_size + direction * width..][..width].copy_from_slice(part);
                }
            }
        }
    }

    fn is_reverse(&self, direction: usize) -> bool {
        self.layer.config.is_reverse(direction)
    }

    /// The way back of the run that `pass` keeps.
    pub fn backward(&self, pass: &mut RecurrentPass, input: &RecurrentInput, flow: RecurrentFlow) {
        let RecurrentInput { schedule, x, .. } = *input;
        let RecurrentFlow { output, state, x: x_gradient, initial, values } = flow;
        let config = &self.layer.config;
        let (rows, directions) = (schedule.rows(), config.directions());
        let (width, row_size) = (config.output_size(), config.row_size());
        let mut above = core::mem::take(&mut pass.above);
        let mut below = core::mem::take(&mut pass.below);
        for at in (0..config.layers).rev() {
            let last = at + 1 == config.layers;
            for direction in 0..directions {
                let (lower, rest) = pass.stacks.split_at_mut(at * directions);
                let own = &mut rest[direction];
                let x =
                    if at == 0 { x } else { output_of(config, lower, &pass.joined, at - 1, rows) };
                let whole = if last { output } else { &above[..rows * row_size] };
                let output = if directions == 1 {
                    whole
                } else {
                    let parts = whole.chunks_exact(row_size);
                    for (target, row) in pass.split.chunks_exact_mut(width).zip(parts) {
                        target.copy_from_slice(&row[direction * width..][..width]);
                    }
                    &pass.split[..rows * width]
                };
                let stack = at * directions + direction;
                let x_gradient =
                    if at == 0 { &mut *x_gradient } else { &mut below[..rows * row_size] };
                let add = direction == 1;
                let scratch =
                    [&mut *pass.scratch, &mut *pass.own_scratch, &mut *pass.noise_scratch];
                let job = StackFlow { stack, schedule, x, output, state, x_gradient, add, scratch };
                self.undo(own, job);
                own.gradients.unpack(self, stack, values);
                if !initial.is_empty() {
                    self.store_initial(own, schedule, stack, initial);
                }
            }
            if at > 0 {
                pass.masks[at - 1].apply(&mut below[..rows * row_size]);
                core::mem::swap(&mut above, &mut below);
            }
        }
        (pass.above, pass.below) = (above, below);
    }

    fn store_initial(
        &self,
        own: &StackPass,
        schedule: &Schedule,
        stack: usize,
        initial: &mut [f32],
    ) {
        let config = &self.layer.config;
        let (width, units, padded) =
            (config.output_size(), config.cell_size(), self.layer.padded());
        let (h, c) = initial.split_at_mut(config.stacks() * schedule.batch * width);
        for (at, index) in schedule.order.iter().enumerate() {
            let row = stack * schedule.batch + index;
            h[row * width..][..width].copy_from_slice(&own.hidden_gradient[at * width..][..width]);
            c[row * units..][..units].copy_from_slice(&own.cell_gradient[at * padded..][..units]);
        }
    }

    fn undo(&self, own: &mut StackPass, job: StackFlow) {
        let (layer, config) = (&self.layer, &self.layer.config);
        let StackFlow { stack, schedule, x, output, state, x_gradient, add, scratch } = job;
        let [scratch, own_scratch, noise_scratch] = scratch;
        let (rows, batch, units) = (schedule.rows(), schedule.batch, config.hidden_size);
        let (width, padded) = (config.output_size(), layer.padded());
        let x_width = config.layer_input(stack / config.directions());
        let hidden_gradient = &mut own.hidden_gradient[..batch * width];
        let cell_gradient = &mut own.cell_gradient[..batch * padded];
        layer.load_state(schedule, stack, state, hidden_gradient, cell_gradient);
        own.gradients.clear();
        let (packed, transposed) = (layer.packed(stack), &self.transposed[stack]);
        let gradients = &mut own.gradients;
        let hidden = Rows { data: &own.hidden[..rows * width], width };
        let initial = Rows { data: &own.initial[..batch * width], width };
        let tape = &own.tape[..rows * layer.tape_row()];
        let lanes = layer.lanes();
        let row_len = row_len(units, config.gates(), lanes);
        let capacity = ScratchSizes { rows, batch, row_len, x_width, width, lanes }.capacity();
        let (noise, zoned) = own.noise.split(layer, rows, batch);
        let history = History {
            offsets: &schedule.offsets,
            reverse: config.is_reverse(stack),
            x: Rows { data: x, width: x_width },
            initial,
            hidden,
            tape,
        };
        let output = Rows { data: output, width };
        let flow = Flow { output, hidden: hidden_gradient, x: x_gradient, add };
        let weights = WeightGradients {
            input: &mut gradients.input,
            recurrent: &mut gradients.recurrent,
            bias: &mut gradients.bias,
            inner_bias: &mut gradients.inner_bias,
        };
        let panels = Transposed { input: &transposed.input, recurrent: &transposed.recurrent };
        let job = Job { history, flow, transposed: panels, weights, scratch, noise, noise_scratch };
        let isa = layer.isa;
        match config.form {
            Form::Rnn(form) => {
                let fresh = if config.zones() { Rows { data: zoned.fresh, width } } else { hidden };
                Backward { layer: RnnGradient { form, units, hidden: fresh }, job }.on(isa);
            }
            Form::Gru(form) => {
                let gradient = GruGradient {
                    form,
                    units,
                    hidden,
                    initial,
                    tape,
                    dropped: noise.dropped,
                    candidate: &transposed.candidate,
                    candidate_weights: &mut gradients.candidate,
                    scratch: own_scratch,
                };
                Backward { layer: gradient, job }.on(isa);
            }
            Form::Lstm(form) => {
                let (norms, rest) =
                    own_scratch.split_at_mut(norm_scratch(&form, capacity, row_len, padded));
                let [of_x, of_h, of_cell] = &mut gradients.norms;
                let gradient = LstmGradient {
                    form,
                    units,
                    tape,
                    initial: &own.start[..batch * padded],
                    cell: cell_gradient,
                    peephole: &packed.peephole,
                    peephole_weights: &mut gradients.peephole,
                    kept: noise.cell,
                    zoned: zoned.cell,
                    projection: (config.projection_size > 0).then_some(ProjectionGradient {
                        transposed: &transposed.projection,
                        weights: &mut gradients.projection,
                        width,
                        scratch: rest,
                        capacity,
                    }),
                    norms: packed.norms.as_ref().map(|norms_of| NormsGradient {
                        input: packed.input.floats(),
                        recurrent: packed.recurrent.floats(),
                        norms: norms_of
                            .each_ref()
                            .map(|norm| Norm { weight: &norm.weight, bias: &norm.bias }),
                        gradients: [of_x, of_h, of_cell]
                            .map(|[weight, bias]| NormGradient { weight, bias }),
                        scratch: norms,
                        capacity,
                    }),
                };
                Backward { layer: gradient, job }.on(isa);
            }
        }
    }
}

/// One direction of one layer on the way back.
struct StackFlow<'a> {
    stack: usize,
    schedule: &'a Schedule,
    x: &'a [f32],
    output: &'a [f32],
    state: &'a [f32],
    x_gradient: &'a mut [f32],
    add: bool,
    scratch: [&'a mut [f32]; 3],
}

fn norm_scratch(form: &LstmForm, capacity: usize, row_len: usize, padded: usize) -> usize {
    if form.layer_norm { 2 * capacity * row_len + 3 * padded } else { 0 }
}

fn projection_scratch(capacity: usize, sizes: ScratchSizes, padded: usize, units: usize) -> usize {
    capacity * (sizes.width + padded) + (sizes.batch + 1) * units
}

/// Output rows of a layer; `stacks` may end with it.
fn output_of<'a>(
    config: &Config,
    stacks: &'a [StackPass],
    joined: &'a [Vec<f32>],
    layer: usize,
    rows: usize,
) -> &'a [f32] {
    if is_joined(config, layer) {
        &joined[layer][..rows * config.row_size()]
    } else {
        &stacks[layer].hidden[..rows * config.output_size()]
    }
}

fn is_joined(config: &Config, layer: usize) -> bool {
    config.directions() == 2 || (config.dropout > 0.0 && layer + 1 < config.layers)
}

impl PackedGradients {
    fn fit(&mut self, config: &Config, lanes: usize, input: usize) -> Result<()> {
        let place = config.name();
        let row_len = config.hidden_size.next_multiple_of(lanes) * config.gates();
        let width = config.output_size();
        let padded = config.hidden_size.next_multiple_of(lanes);
        self.input.fit(place, product(place, &[input, row_len])?)?;
        self.recurrent.fit(place, product(place, &[width, row_len])?)?;
        self.bias.fit(place, row_len)?;
        match &config.form {
            Form::Rnn(_) => {}
            Form::Gru(form) if form.reset_after => self.inner_bias.fit(place, row_len)?,
            Form::Gru(_) => self.candidate.fit(place, product(place, &[width, row_len])?)?,
            Form::Lstm(form) => {
                if form.peephole {
                    self.peephole.fit(place, PEEPHOLES * padded)?;
                }
                if config.projection_size > 0 {
                    self.projection.fit(place, product(place, &[width, padded])?)?;
                }
                if form.layer_norm {
                    self.inner_bias.fit(place, row_len)?;
                    for (norm, len) in self.norms.iter_mut().zip([row_len, row_len, padded]) {
                        norm.iter_mut().try_for_each(|part| part.fit(place, len))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        let Self {
            input, recurrent, bias, inner_bias, candidate, peephole, projection, norms, ..
        } = self;
        let own = [input, recurrent, bias, inner_bias, candidate, peephole, projection];
        own.into_iter().chain(norms.as_flattened_mut()).for_each(|buffer| buffer.fill(0.0));
    }

    /// Writes the gradients of one direction of one layer in the order of its parameters.
    fn unpack(&self, stage: &RecurrentStage, stack: usize, values: &mut [f32]) {
        let (config, weights) = (&stage.layer.config, stage.layer.weights());
        let (units, gates, lanes) = (config.hidden_size, config.gates(), stage.layer.lanes());
        let width = config.output_size();
        let input = config.layer_input(stack / config.directions());
        let vector = Shape { units, gates, width: 1 };
        let single = Shape { units, gates: 1, width: 1 };
        let mut part = |role, shape: Shape, packed: &[f32]| {
            let rows = &mut values[weights.range(stack, role)];
            if !rows.is_empty() {
                unpack_columns(shape, lanes, packed, 0, rows);
            }
        };
        part(Role::WeightIh, stage.gate_shape(input), &self.input);
        part(Role::WeightHh, stage.gate_shape(width), &self.recurrent);
        let [of_x, of_h, of_cell] = &self.norms;
        let normed = matches!(&config.form, Form::Lstm(form) if form.layer_norm);
        // The bias is added behind the normalisation of x, as that one's own is.
        let bias = if normed { &of_x[1] } else { &self.bias };
        let is_inner = matches!(&config.form, Form::Gru(form) if form.reset_after);
        part(Role::BiasIh, vector, bias);
        part(Role::BiasHh, vector, if is_inner { &self.inner_bias } else { bias });
        part(Role::NormIhWeight, vector, &of_x[0]);
        part(Role::NormIhBias, vector, &of_x[1]);
        part(Role::NormHhWeight, vector, &of_h[0]);
        part(Role::NormHhBias, vector, &of_h[1]);
        part(Role::NormCellWeight, single, &of_cell[0]);
        part(Role::NormCellBias, single, &of_cell[1]);
        if !self.candidate.is_empty() {
            let first = gru::CANDIDATE * units;
            let rows = &mut values[weights.range(stack, Role::WeightHh)][first * width..];
            unpack_columns(stage.gate_shape(width), lanes, &self.candidate, first, rows);
        }
        let rows = &mut values[weights.range(stack, Role::Peephole)];
        for (row, place) in rows.chunks_exact_mut(units).zip(peepholes(config)) {
            let shape = Shape { units, gates: PEEPHOLES, width: 1 };
            unpack_columns(shape, lanes, &self.peephole, place * units, row);
        }
        let rows = &mut values[weights.range(stack, Role::WeightHr)];
        let padded = units.next_multiple_of(lanes);
        for (row, packed) in rows.chunks_exact_mut(units).zip(self.projection.chunks(padded)) {
            row.copy_from_slice(&packed[..units]);
        }
    }
}
