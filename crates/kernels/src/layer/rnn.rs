//! The plain recurrent network in one direction of a layer.

use crate::cell::rnn::RnnForm;
use crate::cell::{From, Keep, keep_sums};
use crate::rows::{load, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use cellgate_simd::{Kernel, Simd, lanes};

/// Packed weights and scratch of a plain recurrent layer in one direction.
pub struct Rnn<'a> {
    pub form: RnnForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    pub recurrent: &'a [f32],
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

impl<S: Simd> Recurrence<S, 1> for Rnn<'_> {
    const TAPE: usize = 0;

    #[inline(always)]
    fn units(&self) -> usize {
        self.units
    }

    #[inline(always)]
    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    #[inline(always)]
    fn step(&mut self, simd: S, step: Step) {
        let (x, start) = step.input.split(self.input, 1);
        let product = step.product::<S>(x, self.recurrent, self.units);
        let stride = product.blocks * lanes::<S>();
        let keep = Keep { from: From::Start(start), out: &mut *self.sums, stride };
        keep_sums::<S, 1>(simd, &product, keep);
        for row in product.all_rows() {
            let hidden = &mut step.hidden[row * self.units..][..self.units];
            for block in 0..product.blocks {
                let sum = load(simd, &self.sums[row * stride..], block);
                store_block::<S>(self.form.hidden(simd, sum), hidden, block);
            }
        }
    }
}
