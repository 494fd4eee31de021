//! A linear map backwards.

use super::{Products, add_rows};
use crate::linear::multiply_rows;
use crate::panel::panels_len;
use crate::rows::Rows;
use crate::tile::{Operand, Start, Sums};
use cellgate_simd::{Kernel, Simd, lanes};

/// Rows that are multiplied at once.
const ROWS: usize = 128;

/// Gradients of `output = x * W^T + bias`, those of the weights added to what they hold.
pub struct LinearGradient<'a> {
    pub x: Rows<'a>,
    /// Gradient of the output.
    pub output: Rows<'a>,
    /// Transposed panels with a column for every float of a padded row of outputs.
    pub transposed: &'a [f32],
    /// `[column][block][lane]`
    pub weights: &'a mut [f32],
    /// `[block][lane]`
    pub bias: &'a mut [f32],
    /// Receives the gradient of x, or empty.
    pub x_gradient: &'a mut [f32],
    /// Of [`linear_scratch_len`].
    pub scratch: &'a mut [f32],
}

/// Floats of scratch, for outputs padded to whole vectors.
pub fn linear_scratch_len(padded: usize, inputs: usize, lanes: usize) -> usize {
    panels_len(padded, ROWS, lanes) + ROWS * (padded + inputs)
}

impl Kernel for LinearGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { x, output, transposed, weights, bias, x_gradient, scratch } = self;
        let padded = output.width.next_multiple_of(lanes::<S>());
        let (panels, scratch) = scratch.split_at_mut(panels_len(padded, ROWS, lanes::<S>()));
        let (rows, columns) = scratch.split_at_mut(ROWS * padded);
        let mut products = Products { panels, columns };
        let inputs = x.data.chunks(ROWS * x.width);
        for (part, (x, output)) in inputs.zip(output.data.chunks(ROWS * output.width)).enumerate() {
            let count = x.len() / self.x.width;
            let rows = &mut rows[..count * padded];
            let sources = output.chunks_exact(self.output.width);
            for (target, source) in rows.chunks_exact_mut(padded).zip(sources) {
                let (values, padding) = target.split_at_mut(source.len());
                values.copy_from_slice(source);
                padding.fill(0.0);
            }
            let rows = Rows { data: rows, width: padded };
            products.outer(simd, rows, Rows { data: x, width: self.x.width }, weights);
            if !bias.is_empty() {
                add_rows(simd, rows, bias);
            }
            if !x_gradient.is_empty() {
                let out = &mut x_gradient[part * ROWS * self.x.width..][..x.len()];
                let sums = Sums { start: Start::Zero, out, width: self.x.width };
                multiply_rows(simd, Operand::new(rows, transposed), sums);
            }
        }
    }
}
