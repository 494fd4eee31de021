//! Products of many rows with one packed matrix.

use crate::panel::Panels;
use crate::rows::Rows;
use crate::tile::{Operand, Product, Start, Sums, multiply};
use cellgate_simd::{Kernel, Simd};

/// Columns of a panel that stay in the first-level cache while all rows pass: those of four
/// vectors are 16 KiB, and 32 with 512 bits.
pub(crate) const CACHED_COLUMNS: usize = if cfg!(target_arch = "wasm32") { 256 } else { 128 };

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

/// All rows of `x` times its panels, a part of the columns at a time.
#[inline(always)]
pub(crate) fn multiply_rows<S: Simd>(simd: S, x: Operand, sums: Sums) {
    let Sums { mut start, out, width } = sums;
    let rows = x.count();
    for (first, columns) in parts_of(&x, rows) {
        let product =
            Product { operand: x.part(first, columns), first_row: 0, rows, from_end: false };
        multiply(simd, &product, Sums { start, out: &mut *out, width });
        start = Start::Out;
    }
}

/// Parts of the columns of `x` that stay in cache, where tiles pass them for each row. Bytes look after that.
#[inline(always)]
fn parts_of(x: &Operand, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let all = rows == 1 || matches!(x.panels, Panels::Bytes(_));
    column_parts(x.rows.width, if all { x.rows.width } else { CACHED_COLUMNS })
}

/// First column and number of columns of each part of `width`.
#[inline(always)]
pub(crate) fn column_parts(width: usize, part: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..width).step_by(part.max(1)).map(move |first| (first, part.min(width - first)))
}
