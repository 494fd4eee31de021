//! Products of many rows with one packed matrix.

use crate::cell::{From, Keep, Plain, Start, keep_sums, plain_sums};
use crate::panel::blocks;
use crate::rows::Rows;
use crate::tile::{Operand, Product};
use cellgate_simd::{Kernel, Simd, lanes};

/// Columns of a panel that stay in the first-level cache while all rows pass:
/// 128 columns of four 256-bit vectors are 16 KiB.
const CACHED_COLUMNS: usize = 128;

/// `out = x * W + bias`, rows of `width` outputs; `panels` packed with one gate,
/// `bias` packed or empty.
pub struct Linear<'a> {
    pub x: Rows<'a>,
    pub panels: &'a [f32],
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
        let blocks = blocks(width, lanes::<S>());
        let mut add = false;
        for (first, columns) in column_parts(x.width, rows) {
            let h = Operand::new(x, panels).part(first, columns);
            let product = Product { x: Operand::NONE, h, blocks, first_row: 0, rows };
            plain_sums(simd, &product, Plain { bias, out: &mut *out, width, add });
            add = true;
        }
    }
}

/// Input projection: `out` gets packed rows `[block][gate][lane]`, bias included.
#[inline(always)]
pub(crate) fn project<S: Simd, const G: usize>(
    simd: S,
    x: Operand,
    rows: usize,
    bias: &[f32],
    out: &mut [f32],
) {
    let stride = out.len() / rows.max(1);
    let blocks = stride / (G * lanes::<S>());
    let bias = Start { data: bias, stride: 0, per_block: G, skip: 0 };
    let mut from = From::Start(bias);
    for (first, columns) in column_parts(x.rows.width, rows) {
        let h = x.part(first, columns);
        let product = Product { x: Operand::NONE, h, blocks, first_row: 0, rows };
        keep_sums::<S, G>(simd, &product, Keep { from, out, stride });
        from = From::Out;
    }
}

/// First column and number of columns of each part.
#[inline(always)]
fn column_parts(width: usize, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let part = if rows == 1 { width } else { CACHED_COLUMNS };
    (0..width).step_by(part.max(1)).map(move |first| (first, part.min(width - first)))
}
