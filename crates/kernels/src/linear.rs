//! Products of many rows with one packed matrix.

use crate::cell::{From, Keep, Plain, Start, plain_sums, sum_gates};
use crate::panel::{Panels, blocks};
use crate::rows::Rows;
use crate::tile::{Operand, Product};
use cellgate_simd::{Kernel, Simd, lanes};

/// Columns of a panel that stay in the first-level cache while all rows pass: those of four
/// vectors are 16 KiB, and 32 with 512 bits.
pub(crate) const CACHED_COLUMNS: usize = if cfg!(target_arch = "wasm32") { 256 } else { 128 };

/// `out = x * W + bias`, rows of `width` outputs; `panels` packed with one gate,
/// `bias` packed or empty.
pub struct Linear<'a> {
    pub x: Rows<'a>,
    pub panels: Panels<'a>,
    pub bias: &'a [f32],
    pub out: &'a mut [f32],
    pub width: usize,
}

impl Kernel for Linear<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Linear { x, panels, bias, out, width } = self;
        let rows = x.data.len() / x.width;
        multiply(simd, Operand::new(x, panels), rows, Plain { bias, out, width, add: false });
    }
}

/// `plain = x * W` into plain rows.
#[inline(always)]
pub(crate) fn multiply<S: Simd>(simd: S, x: Operand, rows: usize, plain: Plain) {
    let Plain { bias, out, width, mut add } = plain;
    let blocks = blocks(width, lanes::<S>());
    for (first, columns) in parts_of(&x, rows) {
        let operand = x.part(first, columns);
        let product = Product { operand, blocks, first_row: 0, rows, from_end: false };
        plain_sums(simd, &product, Plain { bias, out: &mut *out, width, add });
        add = true;
    }
}

/// Input projection: `out` gets packed rows `[block][gate][lane]`, bias included.
pub(crate) fn project<S: Simd>(simd: S, gates: usize, x: Operand, bias: &[f32], out: &mut [f32]) {
    let rows = x.rows.data.len() / x.rows.width;
    let stride = out.len() / rows.max(1);
    let blocks = stride / (gates * lanes::<S>());
    let bias = Start { data: bias, stride: 0, per_block: gates, skip: 0 };
    let mut from = From::Start(bias);
    for (first, columns) in parts_of(&x, rows) {
        let operand = x.part(first, columns);
        let product = Product { operand, blocks, first_row: 0, rows, from_end: false };
        sum_gates(simd, gates, &product, Keep { from, out, stride });
        from = From::Out;
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
