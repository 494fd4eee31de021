//! The plain recurrent cell, `h' = act(W x + R h + b)` (Elman 1990).

use super::settle;
use crate::activation::{Activation, clamp};
use cellgate_simd::{Simd, Vector};

/// Which variant of the cell runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RnnForm {
    pub nonlinearity: Activation,
    /// Bound of the nonlinearity's input; infinite for none.
    pub clip: f32,
}

impl RnnForm {
    /// h(t) from the sum of its inputs.
    #[inline(always)]
    pub(crate) fn hidden<S: Simd>(&self, simd: S, sum: Vector<S>) -> Vector<S> {
        let clip = self.clip;
        let sum = if clip < f32::INFINITY { clamp(simd, sum, -clip, clip) } else { sum };
        settle(simd, self.nonlinearity.apply(simd, sum))
    }
}
