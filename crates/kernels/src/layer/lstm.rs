//! The LSTM in one direction of a layer.

use crate::cell::lstm::{LSTM_TAPE, LstmForm, LstmValues, PEEPHOLES, PlainLstm};
use crate::cell::{From, Keep, Plain, keep_sums, plain_sums};
use crate::gate::lstm::COUNT;
use crate::norm::{Layout, Norm, normalise};
use crate::rows::{Rows, load, load_block, store, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use crate::tile::{Operand, Product, run};
use cellgate_simd::{Kernel, Simd, lanes};
use core::ops::Range;

/// Packed weights and state of an LSTM layer in one direction.
pub struct Lstm<'a> {
    pub form: LstmForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    /// Recurrent panels.
    pub recurrent: &'a [f32],
    /// `[block][PEEPHOLES][lane]`, or empty.
    pub peephole: &'a [f32],
    /// Normalisation of the input product (whose shift includes the bias), the
    /// recurrent product, and the cell state.
    pub norms: Option<[Norm<'a>; 3]>,
    /// Panels of the projection, or empty.
    pub projection: &'a [f32],
    /// c, `[batch][blocks * lanes]`.
    pub cell: &'a mut [f32],
    /// `[batch][units]`: h before its projection; needed with one.
    pub unprojected: &'a mut [f32],
    /// `[batch][block][gate][lane]`: needed unless [`Lstm::fused`].
    pub sums: &'a mut [f32],
}

impl Lstm<'_> {
    /// Whether this is the form that finishes in registers.
    pub fn fused(form: &LstmForm, projected: bool) -> bool {
        *form == LstmForm::PLAIN && !projected
    }
}

impl Kernel for Run<'_, Lstm<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Run { mut layer, sequence } = self;
        if Lstm::fused(&layer.form, !layer.projection.is_empty()) {
            return drive(simd, &mut Fused { layer }, sequence);
        }
        match layer.form.gates() {
            COUNT => drive::<S, _, COUNT>(simd, &mut layer, sequence),
            3 => drive::<S, _, 3>(simd, &mut layer, sequence),
            2 => drive::<S, _, 2>(simd, &mut layer, sequence),
            _ => drive::<S, _, 1>(simd, &mut layer, sequence),
        }
    }
}

struct Fused<'a> {
    layer: Lstm<'a>,
}

impl<S: Simd> Recurrence<S, COUNT> for Fused<'_> {
    const TAPE: usize = LSTM_TAPE;

    #[inline(always)]
    fn units(&self) -> usize {
        self.layer.units
    }

    #[inline(always)]
    fn input(&self) -> InputWeights<'_> {
        self.layer.input
    }

    #[inline(always)]
    fn cell_state(&mut self) -> &mut [f32] {
        self.layer.cell
    }

    #[inline(always)]
    fn step(&mut self, simd: S, step: Step) {
        let Lstm { units, recurrent, input: weights, .. } = self.layer;
        let (x, start) = step.input.split(weights, COUNT);
        let product = step.product::<S>(x, recurrent, units);
        let cell = &mut *self.layer.cell;
        let Step { hidden, tape, .. } = step;
        fused_step(simd, &product, PlainLstm { start, cell, hidden, tape, units });
    }
}

#[inline(never)]
fn fused_step<S: Simd>(simd: S, product: &Product, mut cell: PlainLstm) {
    simd.vectorize(
        #[inline(always)]
        || run(simd, product, &mut cell),
    );
}

impl<S: Simd, const G: usize> Recurrence<S, G> for Lstm<'_> {
    const TAPE: usize = LSTM_TAPE;

    #[inline(always)]
    fn units(&self) -> usize {
        self.units
    }

    #[inline(always)]
    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    #[inline(always)]
    fn cell_state(&mut self) -> &mut [f32] {
        self.cell
    }

    #[inline(always)]
    fn one_pass(&self) -> bool {
        self.norms.is_none()
    }

    #[inline(always)]
    fn adjust_projected(&self, rows: &mut [f32]) {
        if let Some([norm, _, _]) = self.norms {
            let layout = Layout { units: self.units, gates: G, lanes: lanes::<S>() };
            for row in rows.chunks_exact_mut(layout.row_len()) {
                normalise(layout, norm, row);
            }
        }
    }

    #[inline(always)]
    fn step(&mut self, simd: S, step: Step) {
        let (x, start) = step.input.split(self.input, G);
        let product = step.product::<S>(x, self.recurrent, self.units);
        let layout = Layout { units: self.units, gates: G, lanes: lanes::<S>() };
        let stride = layout.row_len();
        let from = if self.norms.is_some() { From::Zero } else { From::Start(start) };
        keep_sums::<S, G>(simd, &product, Keep { from, out: self.sums, stride });
        if let Some([_, norm, _]) = self.norms {
            for row in product.all_rows() {
                let sums = &mut self.sums[row * stride..][..stride];
                normalise(layout, norm, sums);
                let projected = &start.data[row * start.stride..][..stride];
                sums.iter_mut().zip(projected).for_each(|(sum, x)| *sum += x);
            }
        }
        let direct = self.projection.is_empty();
        let hidden = if direct { &mut *step.hidden } else { &mut *self.unprojected };
        let mut unfused = Unfused {
            form: &self.form,
            units: self.units,
            peephole: self.peephole,
            cell_norm: self.norms.map(|[_, _, norm]| norm),
            sums: self.sums,
            stride,
            cell: self.cell,
            hidden,
            tape: step.tape,
        };
        finish_rows(simd, &mut unfused, product.all_rows());
        if !direct {
            let Step { hidden, first_row, rows, before, .. } = step;
            let raw = Rows { data: &self.unprojected[first_row * self.units..], width: self.units };
            let blocks = before.width.div_ceil(lanes::<S>());
            let h = Operand::new(raw, self.projection);
            let product = Product { x: Operand::NONE, h, blocks, first_row, rows };
            let plain = Plain { bias: &[], out: hidden, width: before.width, add: false };
            plain_sums(simd, &product, plain);
        }
    }
}

/// The cell of any form, on sums that lie in memory.
struct Unfused<'a> {
    form: &'a LstmForm,
    units: usize,
    peephole: &'a [f32],
    cell_norm: Option<Norm<'a>>,
    sums: &'a mut [f32],
    stride: usize,
    cell: &'a mut [f32],
    hidden: &'a mut [f32],
    tape: &'a mut [f32],
}

/// Compiled once, not for each number of gates.
#[inline(never)]
fn finish_rows<S: Simd>(simd: S, unfused: &mut Unfused, rows: Range<usize>) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in rows {
                unfused.finish_row(simd, row);
            }
        },
    );
}

impl Unfused<'_> {
    #[inline(always)]
    fn finish_row<S: Simd>(&mut self, simd: S, row: usize) {
        let layout = Layout { units: self.units, gates: 1, lanes: lanes::<S>() };
        let blocks = layout.row_len() / lanes::<S>();
        let sums = &mut self.sums[row * self.stride..][..self.stride];
        let state = &mut self.cell[row * layout.row_len()..][..layout.row_len()];
        let hidden = &mut self.hidden[row * self.units..][..self.units];
        let weighted = self.form.weighted();
        let gates = self.stride / layout.row_len();
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
            if !self.peephole.is_empty() {
                for (at, peephole) in peepholes.iter_mut().enumerate() {
                    *peephole = load(simd, self.peephole, block * PEEPHOLES + at);
                }
            }
            let values = self.form.cell(simd, block_sums, before, peepholes);
            let LstmValues { output, cell, .. } = values;
            store::<S>(cell, state, block);
            let h = if self.cell_norm.is_some() {
                output
            } else {
                self.form.hidden(simd, output, cell)
            };
            store_block::<S>(h, hidden, block);
            values.record(self.tape, row * blocks + block);
        }
        if let Some(norm) = self.cell_norm {
            let normal = &mut sums[..layout.row_len()];
            normal.copy_from_slice(state);
            normalise(layout, norm, normal);
            for block in 0..blocks {
                let output = load_block(simd, hidden, block);
                let h = self.form.hidden(simd, output, load(simd, normal, block));
                store_block::<S>(h, hidden, block);
            }
        }
    }
}
