//! The LSTM in one direction of a layer.

use crate::cell::lstm::{LSTM_TAPE, LstmForm, LstmValues, PEEPHOLES};
use crate::gate::lstm::COUNT;
use crate::norm::{Layout, Norm, normalise};
use crate::panel::Panels;
use crate::rows::{Rows, load, load_block, store, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use crate::tile::{Operand, Product, Start, Sums, multiply};
use cellgate_simd::{Kernel, Simd, lanes};
use core::ops::Range;

/// Packed weights and state of an LSTM layer in one direction.
pub struct Lstm<'a> {
    pub form: LstmForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    /// Recurrent panels.
    pub recurrent: Panels<'a>,
    /// `[block][PEEPHOLES][lane]`, or empty.
    pub peephole: &'a [f32],
    /// Normalisation of the input product (whose shift includes the bias), the
    /// recurrent product, and the cell state.
    pub norms: Option<[Norm<'a>; 3]>,
    /// Panels of the projection, or empty.
    pub projection: Panels<'a>,
    /// c, `[batch][blocks * lanes]`.
    pub cell: &'a mut [f32],
    /// `[batch][units]`: h before its projection; needed with one.
    pub unprojected: &'a mut [f32],
    /// `[batch][block][gate][lane]`
    pub sums: &'a mut [f32],
}

impl Kernel for Run<'_, Lstm<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Run { mut layer, sequence } = self;
        drive(simd, &mut layer, sequence);
    }
}

impl<S: Simd> Recurrence<S> for Lstm<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        self.form.gates()
    }

    fn tape(&self) -> usize {
        LSTM_TAPE
    }

    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    fn cell_state(&mut self) -> &mut [f32] {
        self.cell
    }

    fn adjust_projected(&self, rows: &mut [f32]) {
        if let Some([norm, _, _]) = self.norms {
            let layout =
                Layout { units: self.units, gates: self.form.gates(), lanes: lanes::<S>() };
            for row in rows.chunks_exact_mut(layout.row_len()) {
                normalise(layout, norm, row);
            }
        }
    }

    fn step(&mut self, simd: S, step: Step) {
        let product = step.product(self.recurrent);
        let gates = self.form.gates();
        let layout = Layout { units: self.units, gates, lanes: lanes::<S>() };
        let stride = layout.row_len();
        let start = if self.norms.is_some() { Start::Zero } else { Start::Rows(step.projected) };
        multiply(simd, &product, Sums { start, out: self.sums, width: stride });
        if let Some([_, norm, _]) = self.norms {
            for row in product.all_rows() {
                let sums = &mut self.sums[row * stride..][..stride];
                normalise(layout, norm, sums);
                sums.iter_mut().zip(step.projected.row(row)).for_each(|(sum, x)| *sum += x);
            }
        }
        let direct = self.projection.is_empty();
        let finish = Finish {
            units: self.units,
            gates,
            peephole: self.peephole,
            cell_norm: self.norms.map(|[_, _, norm]| norm),
            sums: self.sums,
            cell: self.cell,
            hidden: if direct { &mut *step.hidden } else { &mut *self.unprojected },
            tape: step.tape,
        };
        finish_rows(simd, finish, &self.form, product.all_rows());
        if !direct {
            let Step { hidden, first_row, rows, before, from_end, .. } = step;
            let raw = Rows { data: &self.unprojected[first_row * self.units..], width: self.units };
            let operand = Operand::new(raw, self.projection);
            let product = Product { operand, first_row, rows, from_end };
            let sums = Sums { start: Start::Zero, out: hidden, width: before.width };
            multiply(simd, &product, sums);
        }
    }
}

/// What the cell reads and writes once the gates are summed.
struct Finish<'a> {
    units: usize,
    gates: usize,
    peephole: &'a [f32],
    cell_norm: Option<Norm<'a>>,
    sums: &'a mut [f32],
    cell: &'a mut [f32],
    hidden: &'a mut [f32],
    tape: &'a mut [f32],
}

/// The common form is compiled by itself.
#[inline(never)]
fn finish_rows<S: Simd>(simd: S, mut finish: Finish, form: &LstmForm, rows: Range<usize>) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in rows {
                if *form == LstmForm::PLAIN {
                    finish.row(simd, &LstmForm::PLAIN, COUNT, row);
                } else {
                    finish.row(simd, form, finish.gates, row);
                }
            }
        },
    );
}

impl Finish<'_> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, simd: S, form: &LstmForm, gates: usize, row: usize) {
        let layout = Layout { units: self.units, gates: 1, lanes: lanes::<S>() };
        let padded = layout.row_len();
        let blocks = padded / lanes::<S>();
        let sums = &mut self.sums[row * gates * padded..][..gates * padded];
        let state = &mut self.cell[row * padded..][..padded];
        let hidden = &mut self.hidden[row * self.units..][..self.units];
        let weighted = form.weighted();
        for block in 0..blocks {
            let before = load(simd, state, block);
            let mut block_sums = [None; COUNT];
            let mut next = block * gates;
            for (sum, weighted) in block_sums.iter_mut().zip(weighted) {
                if weighted {
                    *sum = Some(load(simd, sums, next));
                    next += 1;
                }
            }
            let mut peepholes = [before; PEEPHOLES];
            if form.peephole && !self.peephole.is_empty() {
                for (at, peephole) in peepholes.iter_mut().enumerate() {
                    *peephole = load(simd, self.peephole, block * PEEPHOLES + at);
                }
            }
            let values = form.cell(simd, block_sums, before, peepholes);
            let LstmValues { output, cell, .. } = values;
            store::<S>(cell, state, block);
            // The output gate waits for the second loop.
            if form.layer_norm {
                store_block::<S>(output, hidden, block);
            } else {
                store::<S>(output, sums, block * gates);
            }
            values.record(self.tape, row * blocks + block);
        }
        if let Some(norm) = self.cell_norm.filter(|_| form.layer_norm) {
            let normal = &mut sums[..padded];
            normal.copy_from_slice(state);
            normalise(layout, norm, normal);
            for block in 0..blocks {
                let output = load_block(simd, hidden, block);
                let h = form.hidden(simd, output, load(simd, normal, block));
                store_block::<S>(h, hidden, block);
            }
        } else {
            for block in 0..blocks {
                let output = load(simd, sums, block * gates);
                let h = form.hidden(simd, output, load(simd, state, block));
                store_block::<S>(h, hidden, block);
            }
        }
    }
}
