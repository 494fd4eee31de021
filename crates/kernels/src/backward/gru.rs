//! The GRU backwards.

use super::{Backward, Gradient, Products, StepBack, Stretch, drive_back};
use crate::activation::{Slope, splat};
use crate::cell::gru::{GRU_TAPE, GRU_TAPE_INNER, GruForm};
use crate::gate::gru::{CANDIDATE, COUNT, RESET, UPDATE};
use crate::linear::multiply_rows;
use crate::rows::{Rows, load, load_block, store, store_block};
use crate::tile::{Operand, Start, Sums};
use cellgate_simd::{Kernel, Simd, Vector, lanes, prelude::*};

/// What a GRU layer in one direction needs to run backwards.
pub struct GruGradient<'a> {
    pub form: GruForm,
    pub units: usize,
    /// h of every step and before the first, as in [`super::History`].
    pub hidden: Rows<'a>,
    pub initial: Rows<'a>,
    pub tape: &'a [f32],
    /// As in [`crate::noise::Noise`].
    pub dropped: Rows<'a>,
    /// Reset before, and else empty: transposed panels of the candidate's recurrent weights, with
    /// columns for all gates of which those of the others are zero.
    pub candidate: &'a [f32],
    /// Reset before: gradient of the product of `r * h`, of which the candidate's counts.
    pub candidate_weights: &'a mut [f32],
    /// Reset before: `[rows of a stretch][units]` twice.
    pub scratch: &'a mut [f32],
}

impl Kernel for Backward<'_, GruGradient<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { mut layer, job } = self;
        drive_back(simd, &mut layer, job);
    }
}

impl GruGradient<'_> {
    /// h(t-1) of a row.
    #[inline(always)]
    fn before(&self, step: &StepBack, row: usize) -> Rows<'_> {
        let data = if row < step.now.continued {
            self.hidden.row(step.now.before + row)
        } else {
            self.initial.row(row)
        };
        Rows { data, width: self.units }
    }
}

impl GruGradient<'_> {
    #[inline(always)]
    fn undo<S: Simd>(&mut self, simd: S, step: StepBack) {
        let blocks = self.units.div_ceil(lanes::<S>());
        let gate = Slope::new(simd, self.form.gate, self.form.clip);
        let candidate = Slope::new(simd, self.form.candidate, self.form.clip);
        for row in 0..step.now.rows {
            for block in 0..blocks {
                let h = load_block(simd, self.before(&step, row).row(0), block);
                let at = ((step.now.first + row) * blocks + block) * GRU_TAPE;
                let r = load(simd, self.tape, at + RESET);
                let z = load(simd, self.tape, at + UPDATE);
                let n = load(simd, self.tape, at + CANDIDATE);
                let inner = load(simd, self.tape, at + GRU_TAPE_INNER);
                let hidden = &mut step.hidden[row * self.units..][..self.units];
                let gradient =
                    load_block(simd, hidden, block) + load_block(simd, step.output.row(row), block);
                let rest = splat(simd, 1.0) - z;
                let (kept, written, towards) =
                    if self.form.update_keeps { (z, rest, h - n) } else { (rest, z, n - h) };
                store_block::<S>(gradient * kept, hidden, block);
                let update = gradient * towards * gate.at(simd, z);
                let new = gradient * written * candidate.at(simd, n);
                let at = (row * blocks + block) * COUNT;
                store::<S>(update, step.sums, at + UPDATE);
                store::<S>(new, step.sums, at + CANDIDATE);
                if self.form.reset_after {
                    let reset = new * inner * gate.at(simd, r);
                    store::<S>(reset, step.sums, at + RESET);
                    store::<S>(reset, step.recurrent, at + RESET);
                    store::<S>(update, step.recurrent, at + UPDATE);
                    store::<S>(new * r, step.recurrent, at + CANDIDATE);
                } else {
                    store::<S>(splat(simd, 0.0), step.sums, at + RESET);
                }
            }
        }
        if !self.form.reset_after {
            self.reset(simd, step, gate);
        }
    }
}

impl<S: Simd> Gradient<S> for GruGradient<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        COUNT
    }

    fn is_two_sided(&self) -> bool {
        self.form.reset_after
    }

    fn step(&mut self, simd: S, step: StepBack) {
        simd.vectorize(
            #[inline(always)]
            || self.undo(simd, step),
        );
    }

    fn end(&mut self, simd: S, stretch: &Stretch, sums: &[f32], products: &mut Products) {
        if self.form.reset_after {
            return;
        }
        let blocks = self.units.div_ceil(lanes::<S>());
        let count = stretch.rows.len();
        let reset = &mut self.scratch[..count * self.units];
        simd.vectorize(
            #[inline(always)]
            || {
                for row in 0..count {
                    for block in 0..blocks {
                        let at = ((stretch.rows.start + row) * blocks + block) * GRU_TAPE;
                        let r: Vector<S> = load(simd, self.tape, at + RESET);
                        let h = load_block(simd, stretch.before.row(row), block);
                        let target = &mut reset[row * self.units..][..self.units];
                        store_block::<S>(r * h, target, block);
                    }
                }
            },
        );
        let sums = Rows { data: sums, width: blocks * COUNT * lanes::<S>() };
        products.outer(simd, sums, Rows { data: reset, width: self.units }, self.candidate_weights);
    }
}

impl GruGradient<'_> {
    /// Reset before: from the candidate's gradients through the product of `r * h`.
    #[inline(always)]
    fn reset<S: Simd>(&mut self, simd: S, step: StepBack, gate: Slope) {
        let blocks = self.units.div_ceil(lanes::<S>());
        let rows = step.now.rows;
        let mut scratch = core::mem::take(&mut self.scratch);
        let products = &mut scratch[..rows * self.units];
        let row_len = blocks * COUNT * lanes::<S>();
        let new = Operand::new(Rows { data: step.sums, width: row_len }, self.candidate);
        let sums = Sums { start: Start::Zero, out: &mut *products, width: self.units };
        multiply_rows(simd, new, sums);
        for row in 0..rows {
            for block in 0..blocks {
                let mut h: Vector<S> = load_block(simd, self.before(&step, row).row(0), block);
                let factor = if self.dropped.data.is_empty() {
                    splat(simd, 1.0)
                } else {
                    load_block(simd, self.dropped.row(row), block)
                };
                h *= factor;
                let tape = ((step.now.first + row) * blocks + block) * GRU_TAPE;
                let r = load(simd, self.tape, tape + RESET);
                let product = load_block(simd, &products[row * self.units..][..self.units], block);
                let reset = product * h * gate.at(simd, r);
                store::<S>(reset, step.sums, (row * blocks + block) * COUNT + RESET);
                let hidden = &mut step.hidden[row * self.units..][..self.units];
                let kept = load_block(simd, hidden, block);
                store_block::<S>(product.mul_add(r * factor, kept), hidden, block);
            }
        }
        self.scratch = core::mem::take(&mut scratch);
    }
}
