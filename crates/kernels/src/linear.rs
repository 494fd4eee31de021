//! Products of many rows with one packed matrix.

use crate::panel::Panels;
use crate::rows::Rows;
use crate::tile::{Operand, Product, Start, Sums, multiply};
use cellgate_simd::{Kernel, Simd};

/// `out = x * W + bias`, rows of `width` outputs; `panels` packed with one gate,
/// `bias` packed or empty.
pub struct Linear<'a> {
    pub x: Rows<'a>,
    /// Floats between the starts of two rows of x: its width, or less where they overlap, as the windows of a
    /// convolution do.
    pub stride: usize,
    pub panels: Panels<'a>,
    pub bias: &'a [f32],
    pub out: &'a mut [f32],
    pub width: usize,
}

impl Kernel for Linear<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Linear { x, stride, panels, bias, out, width } = self;
        let operand = Operand::new(x, panels).apart(stride);
        multiply_rows(simd, operand, Sums { start: Start::bias(bias), out, width });
    }
}

/// All rows of `x` times its panels.
#[inline(always)]
pub(crate) fn multiply_rows<S: Simd>(simd: S, x: Operand, sums: Sums) {
    let product = Product { operand: x, first_row: 0, rows: x.count(), from_end: false };
    multiply(simd, &product, sums);
}
