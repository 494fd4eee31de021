//! The plain recurrent network backwards.

use super::{Backward, Gradient, StepBack, drive_back};
use crate::activation::Slope;
use crate::cell::rnn::RnnForm;
use crate::rows::{Rows, load_block, store};
use cellgate_simd::{Kernel, Simd, lanes};

/// What a plain recurrent layer in one direction needs to run backwards.
pub struct RnnGradient<'a> {
    pub form: RnnForm,
    pub units: usize,
    /// h of every step before zoneout, `[packed row][units]`.
    pub hidden: Rows<'a>,
}

impl Kernel for Backward<'_, RnnGradient<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { mut layer, job } = self;
        drive_back(simd, &mut layer, job);
    }
}

impl RnnGradient<'_> {
    #[inline(always)]
    fn undo<S: Simd>(&mut self, simd: S, step: StepBack) {
        let StepBack { now, output, hidden, sums, .. } = step;
        let blocks = self.units.div_ceil(lanes::<S>());
        let slope = Slope::new(simd, self.form.nonlinearity, self.form.clip);
        for row in 0..now.rows {
            let hidden = &mut hidden[row * self.units..][..self.units];
            let values = self.hidden.row(now.first + row);
            for block in 0..blocks {
                let gradient =
                    load_block(simd, hidden, block) + load_block(simd, output.row(row), block);
                let sum = gradient * slope.at(simd, load_block(simd, values, block));
                store::<S>(sum, sums, row * blocks + block);
            }
            hidden.fill(0.0);
        }
    }
}

impl<S: Simd> Gradient<S> for RnnGradient<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        1
    }

    fn is_two_sided(&self) -> bool {
        false
    }

    fn step(&mut self, simd: S, step: StepBack) {
        simd.vectorize(
            #[inline(always)]
            || self.undo(simd, step),
        );
    }
}
