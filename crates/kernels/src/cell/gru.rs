//! The GRU cell in both forms.
//!
//! ```text
//! r = σ(a_r)    z = σ(a_z)
//! reset after:  n = tanh(a_n + b_n + r * (U_n h + c_n))    (cuDNN, PyTorch)
//! reset before: n = tanh(a_n + U_n (r * h) + b_n)          (Cho et al. 2014)
//! keep:  h' = (1 - z) * n + z * h        write: h' = (1 - z) * h + z * n
//! ```

use super::settle;
use crate::activation::{Activation, clamp};
use crate::gate::gru::COUNT;
use crate::rows::Rows;
use cellgate_simd::{Simd, Vector, constant, prelude::*};

/// Which variant of the cell runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GruForm {
    pub reset_after: bool,
    /// Whether z keeps the old state (PyTorch, Keras, ONNX) or writes the new one.
    pub update_keeps: bool,
    /// Bound of the gates' and the candidate's inputs; infinite for none.
    pub clip: f32,
    pub gate: Activation,
    pub candidate: Activation,
}

impl GruForm {
    /// PyTorch's GRU.
    pub const PLAIN: Self = Self {
        reset_after: true,
        update_keeps: true,
        clip: f32::INFINITY,
        gate: Activation::Sigmoid,
        candidate: Activation::Tanh,
    };
}

/// Vectors per block of a tape: reset, update, candidate, and the sum that reset acts on if that is
/// after the product, else reset again.
pub const GRU_TAPE: usize = COUNT + 1;
/// Where that sum is among them.
pub(crate) const GRU_TAPE_INNER: usize = COUNT;

/// h(t-1) of the rows from `first_row` on.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    pub rows: Rows<'a>,
    pub first_row: usize,
}

impl<'a> Before<'a> {
    #[inline(always)]
    pub fn row(&self, row: usize) -> &'a [f32] {
        self.rows.row(row - self.first_row)
    }
}

impl GruForm {
    #[inline(always)]
    fn bound<S: Simd>(&self, simd: S, sum: Vector<S>) -> Vector<S> {
        if self.clip < f32::INFINITY { clamp(simd, sum, -self.clip, self.clip) } else { sum }
    }

    /// r or z.
    #[inline(always)]
    pub(crate) fn gate<S: Simd>(&self, simd: S, sum: Vector<S>) -> Vector<S> {
        self.gate.apply(simd, self.bound(simd, sum))
    }

    /// n.
    #[inline(always)]
    pub(crate) fn candidate<S: Simd>(&self, simd: S, sum: Vector<S>) -> Vector<S> {
        self.candidate.apply(simd, self.bound(simd, sum))
    }

    /// h(t) from z, n and h(t-1).
    #[inline(always)]
    pub(crate) fn mix<S: Simd>(
        &self,
        simd: S,
        z: Vector<S>,
        n: Vector<S>,
        h: Vector<S>,
    ) -> Vector<S> {
        let (at_one, at_zero) = if self.update_keeps { (h, n) } else { (n, h) };
        // Exact at z = 0 and z = 1, which the form with one product less is not.
        settle(simd, z.mul_add(at_one, (constant(simd, &1.0) - z) * at_zero))
    }
}
