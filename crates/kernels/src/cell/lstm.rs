//! The LSTM cell and its variants.
//!
//! ```text
//! i = σ(a_i + p_i * c)    f = σ(a_f + p_f * c)    g = tanh(a_g)
//! c' = f * c + i * g      o = σ(a_o + p_o * c')   h = o * tanh(c')
//! ```
//!
//! Hochreiter & Schmidhuber 1997, Gers et al. 2000; variants after Greff et al. 2015.

use super::settle;
use crate::activation::{Activation, clamp, splat};
use crate::gate::lstm::{CANDIDATE, COUNT, FORGET, INPUT, OUTPUT};
use crate::rows::store;
use cellgate_simd::{Simd, Vector, prelude::*};

/// Which variant of the cell runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LstmForm {
    pub input_gate: bool,
    pub forget_gate: bool,
    pub output_gate: bool,
    /// `i = 1 - f`; the input gate has no weights.
    pub coupled: bool,
    pub peephole: bool,
    pub layer_norm: bool,
    /// Bound of the gates' and the candidate's inputs; infinite for none.
    pub clip: f32,
    /// Bound of a new cell state; infinite for none.
    pub cell_clip: f32,
    pub gate: Activation,
    pub candidate: Activation,
    pub output: Activation,
}

impl LstmForm {
    /// The common LSTM.
    pub const PLAIN: Self = Self {
        input_gate: true,
        forget_gate: true,
        output_gate: true,
        coupled: false,
        peephole: false,
        layer_norm: false,
        clip: f32::INFINITY,
        cell_clip: f32::INFINITY,
        gate: Activation::Sigmoid,
        candidate: Activation::Tanh,
        output: Activation::Tanh,
    };

    /// Whether input, forget, candidate and output have weights, in gate order.
    pub const fn weighted(&self) -> [bool; COUNT] {
        [self.input_gate && !self.coupled, self.forget_gate, true, self.output_gate]
    }

    /// How many gates have weights.
    pub fn gates(&self) -> usize {
        self.weighted().into_iter().filter(|&gate| gate).count()
    }
}

/// Vectors per block of a tape: the gates and the new cell state.
pub const LSTM_TAPE: usize = COUNT + 1;
/// Where the cell state is among them.
pub(crate) const LSTM_TAPE_CELL: usize = COUNT;

/// Vectors per block of packed peepholes.
pub const PEEPHOLES: usize = 3;
/// Order of packed peepholes.
pub const PEEPHOLE_INPUT: usize = 0;
/// See [`PEEPHOLE_INPUT`].
pub const PEEPHOLE_FORGET: usize = 1;
/// See [`PEEPHOLE_INPUT`].
pub const PEEPHOLE_OUTPUT: usize = 2;

/// What one block of units goes through in one step.
pub(crate) struct LstmValues<S: Simd> {
    pub input: Vector<S>,
    pub forget: Vector<S>,
    pub candidate: Vector<S>,
    pub output: Vector<S>,
    pub cell: Vector<S>,
}

impl<S: Simd> LstmValues<S> {
    /// Writes block `index` of a tape that is not empty.
    #[inline(always)]
    pub fn record(&self, tape: &mut [f32], index: usize) {
        if tape.is_empty() {
            return;
        }
        let Self { input, forget, candidate, output, cell } = *self;
        let at = index * LSTM_TAPE;
        store::<S>(input, tape, at);
        store::<S>(forget, tape, at + 1);
        store::<S>(candidate, tape, at + 2);
        store::<S>(output, tape, at + 3);
        store::<S>(cell, tape, at + LSTM_TAPE_CELL);
    }
}

impl LstmForm {
    #[inline(always)]
    fn bound<S: Simd>(&self, simd: S, sum: Vector<S>) -> Vector<S> {
        if self.clip < f32::INFINITY { clamp(simd, sum, -self.clip, self.clip) } else { sum }
    }

    #[inline(always)]
    fn gate<S: Simd>(
        &self,
        simd: S,
        sum: Vector<S>,
        peephole: Vector<S>,
        seen: Vector<S>,
    ) -> Vector<S> {
        let sum = if self.peephole { peephole.mul_add(seen, sum) } else { sum };
        self.gate.apply(simd, self.bound(simd, sum))
    }

    /// The cell's equations: `sums` of the gates that have weights, `before` is c(t-1).
    #[inline(always)]
    pub(crate) fn cell<S: Simd>(
        &self,
        simd: S,
        sums: [Option<Vector<S>>; COUNT],
        before: Vector<S>,
        peepholes: [Vector<S>; PEEPHOLES],
    ) -> LstmValues<S> {
        let one = splat(simd, 1.0);
        let forget = match sums[FORGET] {
            Some(sum) => self.gate(simd, sum, peepholes[PEEPHOLE_FORGET], before),
            None => one,
        };
        let input = match sums[INPUT] {
            Some(sum) => self.gate(simd, sum, peepholes[PEEPHOLE_INPUT], before),
            None if self.coupled => one - forget,
            None => one,
        };
        let candidate = match sums[CANDIDATE] {
            Some(sum) => self.candidate.apply(simd, self.bound(simd, sum)),
            None => one,
        };
        let mut cell = forget.mul_add(before, input * candidate);
        if self.cell_clip < f32::INFINITY {
            cell = clamp(simd, cell, -self.cell_clip, self.cell_clip);
        }
        let cell = settle(simd, cell);
        let output = match sums[OUTPUT] {
            Some(sum) => self.gate(simd, sum, peepholes[PEEPHOLE_OUTPUT], cell),
            None => one,
        };
        LstmValues { input, forget, candidate, output, cell }
    }

    /// `h = o * act(c)`
    #[inline(always)]
    pub(crate) fn hidden<S: Simd>(&self, simd: S, output: Vector<S>, cell: Vector<S>) -> Vector<S> {
        settle(simd, output * self.output.apply(simd, cell))
    }
}
