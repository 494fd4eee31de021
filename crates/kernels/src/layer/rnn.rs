//! The plain recurrent network in one direction of a layer.

use crate::cell::rnn::RnnForm;
use crate::panel::Panels;
use crate::rows::{load, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use crate::tile::{Start, Sums, multiply};
use cellgate_simd::{Kernel, Simd, lanes};
use core::ops::Range;

/// Packed weights and scratch of a plain recurrent layer in one direction.
pub struct Rnn<'a> {
    pub form: RnnForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    pub recurrent: Panels<'a>,
    /// `[batch][blocks * lanes]`
    pub sums: &'a mut [f32],
}

impl Kernel for Run<'_, Rnn<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Run { mut layer, sequence } = self;
        drive(simd, &mut layer, sequence);
    }
}

impl<S: Simd> Recurrence<S> for Rnn<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        1
    }

    fn tape(&self) -> usize {
        0
    }

    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    fn step(&mut self, simd: S, step: Step) {
        let product = step.product(self.recurrent);
        let width = step.projected.width;
        let start = Start::Rows(step.projected);
        multiply(simd, &product, Sums { start, out: self.sums, width });
        simd.vectorize(
            #[inline(always)]
            || self.finish(simd, product.all_rows(), width, step.hidden),
        );
    }
}

impl Rnn<'_> {
    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S, rows: Range<usize>, stride: usize, hidden: &mut [f32]) {
        for row in rows {
            let sums = &self.sums[row * stride..][..stride];
            let hidden = &mut hidden[row * self.units..][..self.units];
            for block in 0..stride / lanes::<S>() {
                store_block::<S>(self.form.hidden(simd, load(simd, sums, block)), hidden, block);
            }
        }
    }
}
