//! The LSTM and its variants backwards.

use super::{Backward, Gradient, Products, StepBack, Stretch, drive_back};
use crate::activation::{Slope, splat};
use crate::cell::lstm::{
    LSTM_TAPE, LSTM_TAPE_CELL, LstmForm, PEEPHOLE_FORGET, PEEPHOLE_INPUT, PEEPHOLE_OUTPUT,
    PEEPHOLES,
};
use crate::gate::lstm::{CANDIDATE, FORGET, INPUT, OUTPUT};
use crate::linear::multiply_rows;
use crate::noise::Kept;
use crate::norm::{Layout, Norm, NormGradient, normalise, normalise_back};
use crate::rows::{Rows, load, load_block, store};
use crate::tile::{Operand, Start, Sums};
use cellgate_simd::{Kernel, Simd, Vector, lanes, prelude::*};

/// What an LSTM layer in one direction needs to run backwards.
pub struct LstmGradient<'a> {
    pub form: LstmForm,
    pub units: usize,
    pub tape: &'a [f32],
    /// c before the first step, `[batch][blocks * lanes]`.
    pub initial: &'a [f32],
    /// `[batch][blocks * lanes]`: gradient of the last c on entry, of the initial c in the end.
    pub cell: &'a mut [f32],
    /// As in [`crate::layer::Lstm`], or empty.
    pub peephole: &'a [f32],
    /// Gradient of the peepholes, packed like them.
    pub peephole_weights: &'a mut [f32],
    /// Shares of c that stayed from step to step, and c as the next step saw it if any did, else empty.
    pub kept: Kept<'a>,
    pub zoned: &'a [f32],
    pub projection: Option<ProjectionGradient<'a>>,
    pub norms: Option<NormsGradient<'a>>,
}

/// The projection of h: transposed panels, the gradient `[projected unit][block][lane]`, and scratch.
pub struct ProjectionGradient<'a> {
    pub transposed: &'a [f32],
    pub weights: &'a mut [f32],
    pub width: usize,
    /// `[rows of a stretch]` of `width` and of `blocks * lanes`, and `[batch + 1][units]`.
    pub scratch: &'a mut [f32],
    pub capacity: usize,
}

/// Layer normalisation: what is needed to compute the raw sums again, and the gradients.
pub struct NormsGradient<'a> {
    pub input: &'a [f32],
    pub recurrent: &'a [f32],
    /// As in [`crate::layer::Lstm`].
    pub norms: [Norm<'a>; 3],
    pub gradients: [NormGradient<'a>; 3],
    /// Raw sums of a stretch, of x and of h, and three rows of c.
    pub scratch: &'a mut [f32],
    pub capacity: usize,
}

impl Kernel for Backward<'_, LstmGradient<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { mut layer, job } = self;
        drive_back(simd, &mut layer, job);
    }
}

/// A row of the batch at one step.
struct Row<'a> {
    row: usize,
    /// Gradients of h that add up.
    gradients: [&'a [f32]; 2],
    /// Receives h before its projection, or empty.
    raw: &'a mut [f32],
}

/// Derivatives of the activations.
struct Slopes {
    gate: Slope,
    candidate: Slope,
    output: Slope,
}

impl LstmGradient<'_> {
    /// Vectors of a block of a row of sums.
    #[inline(always)]
    fn sums<S: Simd>(&self) -> usize {
        self.form.gates() * self.units.div_ceil(lanes::<S>()) * lanes::<S>()
    }

    #[inline(always)]
    fn slopes<S: Simd>(simd: S, form: &LstmForm) -> Slopes {
        Slopes {
            gate: Slope::new(simd, form.gate, form.clip),
            candidate: Slope::new(simd, form.candidate, form.clip),
            output: Slope::new(simd, form.output, f32::INFINITY),
        }
    }

    /// One row of the batch.
    #[inline(always)]
    fn undo_row<S: Simd>(
        &mut self,
        simd: S,
        form: &LstmForm,
        slopes: &Slopes,
        step: &mut StepBack,
        undone: Row,
    ) {
        let Row { row, gradients: [hidden, output], raw } = undone;
        let blocks = self.units.div_ceil(lanes::<S>());
        let now = step.now;
        let gates = form.gates();
        let weighted = form.weighted();
        let one = splat(simd, 1.0);
        self.undo_cell_norm(simd, form, slopes, now.first + row, [hidden, output]);
        for block in 0..blocks {
            let gradient = load_block(simd, hidden, block) + load_block(simd, output, block);
            let at = ((now.first + row) * blocks + block) * LSTM_TAPE;
            let i = load(simd, self.tape, at + INPUT);
            let f = load(simd, self.tape, at + FORGET);
            let g = load(simd, self.tape, at + CANDIDATE);
            let o = load(simd, self.tape, at + OUTPUT);
            let c: Vector<S> = load(simd, self.tape, at + LSTM_TAPE_CELL);
            let before = if row < now.continued && !self.zoned.is_empty() {
                load(simd, self.zoned, (now.before + row) * blocks + block)
            } else if row < now.continued {
                let at = ((now.before + row) * blocks + block) * LSTM_TAPE;
                load(simd, self.tape, at + LSTM_TAPE_CELL)
            } else {
                load(simd, self.initial, row * blocks + block)
            };
            let state = &mut self.cell[row * blocks * lanes::<S>()..];
            let mut cell: Vector<S> = load(simd, state, block);
            let kept = match self.kept {
                Kept::Nothing => splat(simd, 0.0),
                Kept::Share(share) => cell * splat(simd, share),
                Kept::Rows(shares) => cell * load(simd, shares, (now.first + row) * blocks + block),
            };
            cell -= kept;
            let shown = match &self.norms {
                // Left there by `undo_cell_norm`.
                Some(norms) => {
                    let [shown, direct] = norms.cell_rows::<S>(blocks);
                    cell += load(simd, direct, block);
                    load(simd, shown, block)
                }
                None => {
                    let shown = form.output.apply(simd, c);
                    cell = (gradient * o).mul_add(slopes.output.at(simd, shown), cell);
                    shown
                }
            };
            if !raw.is_empty() {
                store::<S>(o * shown, raw, block);
            }
            let mut peephole = [one; PEEPHOLES];
            if form.peephole && !self.peephole.is_empty() {
                for at in 0..PEEPHOLES {
                    peephole[at] = load(simd, self.peephole, block * PEEPHOLES + at);
                }
            }
            let to_output = gradient * shown * slopes.gate.at(simd, o);
            if form.peephole && weighted[OUTPUT] {
                cell = to_output.mul_add(peephole[PEEPHOLE_OUTPUT], cell);
                let at = block * PEEPHOLES + PEEPHOLE_OUTPUT;
                let sum = to_output.mul_add(c, load(simd, self.peephole_weights, at));
                store::<S>(sum, self.peephole_weights, at);
            }
            if form.cell_clip < f32::INFINITY {
                let inside = c.abs().simd_lt(splat(simd, form.cell_clip));
                cell = inside.select(cell, splat(simd, 0.0));
            }
            let to_candidate = cell * i * slopes.candidate.at(simd, g);
            let seen = if form.coupled { before - g } else { before };
            let to_forget = cell * seen * slopes.gate.at(simd, f);
            let to_input = cell * g * slopes.gate.at(simd, i);
            let mut earlier = cell * f;
            if form.peephole {
                for (gate, place, value) in
                    [(INPUT, PEEPHOLE_INPUT, to_input), (FORGET, PEEPHOLE_FORGET, to_forget)]
                {
                    if weighted[gate] {
                        earlier = value.mul_add(peephole[place], earlier);
                        let at = block * PEEPHOLES + place;
                        let sum = value.mul_add(before, load(simd, self.peephole_weights, at));
                        store::<S>(sum, self.peephole_weights, at);
                    }
                }
            }
            store::<S>(earlier + kept, state, block);
            let mut next = (row * blocks + block) * gates;
            if weighted[INPUT] {
                store::<S>(to_input, step.sums, next);
                next += 1;
            }
            if weighted[FORGET] {
                store::<S>(to_forget, step.sums, next);
                next += 1;
            }
            store::<S>(to_candidate, step.sums, next);
            if weighted[OUTPUT] {
                store::<S>(to_output, step.sums, next + 1);
            }
        }
    }

    /// Layer normalisation of c: leaves `act(norm(c))` and the gradient of c that passes through it.
    #[inline(always)]
    fn undo_cell_norm<S: Simd>(
        &mut self,
        simd: S,
        form: &LstmForm,
        slopes: &Slopes,
        row: usize,
        [hidden, output]: [&[f32]; 2],
    ) {
        let Some(norms) = &mut self.norms else {
            return;
        };
        let layout = Layout { units: self.units, gates: 1, lanes: lanes::<S>() };
        let len = layout.row_len();
        let blocks = len / lanes::<S>();
        let start = norms.scratch.len() - 3 * len;
        let (shown, rest) = norms.scratch[start..].split_at_mut(len);
        let (direct, cell) = rest.split_at_mut(len);
        for block in 0..blocks {
            let at = (row * blocks + block) * LSTM_TAPE + LSTM_TAPE_CELL;
            store::<S>(load(simd, self.tape, at), cell, block);
        }
        shown.copy_from_slice(cell);
        normalise(layout, norms.norms[2], shown);
        for block in 0..blocks {
            let gradient = load_block(simd, hidden, block) + load_block(simd, output, block);
            let o = load(simd, self.tape, (row * blocks + block) * LSTM_TAPE + OUTPUT);
            let value = form.output.apply(simd, load(simd, shown, block));
            store::<S>(value, shown, block);
            store::<S>(gradient * o * slopes.output.at(simd, value), direct, block);
        }
        let weight = norms.norms[2].weight;
        normalise_back(layout, weight, cell, direct, &mut norms.gradients[2]);
    }
}

impl NormsGradient<'_> {
    /// `act(norm(c))` of the present row, and the gradient of c behind it.
    #[inline(always)]
    fn cell_rows<S: Simd>(&self, blocks: usize) -> [&[f32]; 2] {
        let len = blocks * lanes::<S>();
        let rows = &self.scratch[self.scratch.len() - 3 * len..];
        [&rows[..len], &rows[len..][..len]]
    }
}

impl LstmGradient<'_> {
    #[inline(always)]
    fn undo<S: Simd>(&mut self, simd: S, mut step: StepBack) {
        let (form, units, rows) = (self.form, self.units, step.now.rows);
        let padded = units.next_multiple_of(lanes::<S>());
        let plain = form == LstmForm::PLAIN;
        let slopes = Self::slopes(simd, &form);
        let plain_slopes = Self::slopes(simd, &LstmForm::PLAIN);
        let hidden = core::mem::take(&mut step.hidden);
        let output = step.output;
        let mut projection = self.projection.take();
        // Of h before its projection: its rows to keep, and its gradients with zeros behind them.
        let mut wide = projection.as_mut().map(|projection| {
            let ProjectionGradient { transposed, width, capacity, .. } = *projection;
            let first = step.first_of_stretch;
            let (narrow, rest) = projection.scratch.split_at_mut(capacity * width);
            let (raw, wide) = rest.split_at_mut(capacity * padded);
            let narrow = &mut narrow[first * width..][..rows * width];
            for ((target, hidden), output) in narrow.iter_mut().zip(&mut *hidden).zip(output.data) {
                *target = *hidden + output;
            }
            let operand = Operand::new(Rows { data: narrow, width }, transposed);
            let sums = Sums { start: Start::Zero, out: &mut *wide, width: units };
            multiply_rows(simd, operand, sums);
            wide[rows * units..][..units].fill(0.0);
            (&mut raw[first * padded..], &*wide)
        });
        for row in 0..rows {
            let (gradients, raw) = match &mut wide {
                Some((raw, wide)) => (
                    [&wide[row * units..][..units], &wide[rows * units..][..units]],
                    &mut raw[row * padded..][..padded],
                ),
                None => ([&hidden[row * units..][..units], output.row(row)], &mut [][..]),
            };
            let undone = Row { row, gradients, raw };
            if plain {
                self.undo_row(simd, &LstmForm::PLAIN, &plain_slopes, &mut step, undone);
            } else {
                self.undo_row(simd, &form, &slopes, &mut step, undone);
            }
        }
        hidden[..rows * output.width].fill(0.0);
        self.projection = projection;
        self.undo_norms::<S>(&mut step);
    }

    /// Layer normalisation of both products.
    #[inline(always)]
    fn undo_norms<S: Simd>(&mut self, step: &mut StepBack) {
        let row_len = self.sums::<S>();
        let gates = self.form.gates();
        let Some(norms) = &mut self.norms else {
            return;
        };
        let layout = Layout { units: self.units, gates, lanes: lanes::<S>() };
        step.recurrent.copy_from_slice(step.sums);
        let (of_x, of_h) = norms.scratch.split_at(norms.capacity * row_len);
        let [for_x, for_h, _] = &mut norms.gradients;
        let [norm_x, norm_h, _] = &norms.norms;
        for (norm, raw, gradient, target) in
            [(norm_x, of_x, for_x, &mut *step.sums), (norm_h, of_h, for_h, &mut *step.recurrent)]
        {
            for (row, target) in target.chunks_exact_mut(row_len).enumerate() {
                let raw = &raw[(step.first_of_stretch + row) * row_len..][..row_len];
                normalise_back(layout, norm.weight, raw, target, gradient);
            }
        }
    }
}

impl<S: Simd> Gradient<S> for LstmGradient<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        self.form.gates()
    }

    fn is_two_sided(&self) -> bool {
        self.norms.is_some()
    }

    fn begin(&mut self, simd: S, stretch: &Stretch) {
        let row_len = self.sums::<S>();
        let Some(NormsGradient { input, recurrent, scratch, capacity, .. }) = &mut self.norms
        else {
            return;
        };
        let count = stretch.rows.len();
        let (of_x, of_h) = scratch.split_at_mut(*capacity * row_len);
        for (rows, panels, out) in
            [(stretch.x, &**input, of_x), (stretch.before, &**recurrent, of_h)]
        {
            let out = &mut out[..count * row_len];
            let sums = Sums { start: Start::Zero, out, width: row_len };
            multiply_rows(simd, Operand::new(rows, panels), sums);
        }
    }

    fn step(&mut self, simd: S, step: StepBack) {
        simd.vectorize(
            #[inline(always)]
            || self.undo(simd, step),
        );
    }

    fn end(&mut self, simd: S, stretch: &Stretch, _: &[f32], products: &mut Products) {
        let Some(projection) = &mut self.projection else {
            return;
        };
        let count = stretch.rows.len();
        let padded = self.units.next_multiple_of(lanes::<S>());
        let (narrow, rest) = projection.scratch.split_at(projection.capacity * projection.width);
        let narrow = Rows { data: &narrow[..count * projection.width], width: projection.width };
        let raw = Rows { data: &rest[..count * padded], width: padded };
        products.outer(simd, raw, narrow, projection.weights);
    }
}
