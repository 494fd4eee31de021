//! Products with weights of eight bits.
//!
//! Each row of weights (a gate of a unit) is held as whole multiples of a 127th of its largest size. A row
//! of inputs is rounded in the same way when it comes, so that sums are of whole numbers, exact, and the same
//! whatever the instruction set.
//!
//! ```text
//! [vector][group of columns][lane][column of the group]      vector = block * gates + gate
//! ```
//!
//! Vectors stand for themselves: whatever the number of gates, four of them are multiplied at once.

use crate::panel::{PANEL, Shape, row_len};
use crate::rows::{load, load_block, store_block};
use crate::tile::Product;
use cellgate_simd::{
    DotLayout, Integers, Quantised, Simd, Vector, dot, dot_layout, lanes, prelude::*, quantise,
    registers, walk,
};

/// Vectors that are multiplied at once.
const VECTORS: usize = PANEL;

/// Columns that inputs are rounded for at once.
const PART: usize = 1024;

/// Words of [`PART`] columns, of which at least two share one.
const WORDS: usize = PART / 2;

/// The largest weight.
const LARGEST: f32 = 127.0;

/// A packed matrix of whole numbers.
#[derive(Clone, Copy)]
pub struct Bytes<'a> {
    pub weights: &'a [i8],
    /// What one is worth, `[vector][lane]`.
    pub scales: &'a [f32],
}

/// Bytes and scales of a packed matrix.
pub const fn bytes_len(shape: Shape, lanes: usize, layout: DotLayout) -> (usize, usize) {
    let Shape { units, gates, width } = shape;
    let len = row_len(units, gates, lanes).next_multiple_of(VECTORS * lanes);
    (len * width.next_multiple_of(layout.group), len)
}

/// Packs row-major `weights` of `[gates * units, width]`. Rows with a weight that is not finite become NaN.
pub fn pack_bytes(
    shape: Shape,
    lanes: usize,
    layout: DotLayout,
    weights: &[f32],
    (packed, scales): (&mut [i8], &mut [f32]),
) {
    let Shape { units, gates, width } = shape;
    let DotLayout { group, flip } = layout;
    debug_assert_eq!((packed.len(), scales.len()), bytes_len(shape, lanes, layout));
    packed.fill(flip as i8);
    scales.fill(0.0);
    let panel = width.next_multiple_of(group) * lanes;
    for (row, weights) in weights.chunks_exact(width.max(1)).enumerate() {
        let (gate, unit) = (row / units, row % units);
        let (vector, lane) = (unit / lanes * gates + gate, unit % lanes);
        // A maximum by itself would drop NaN.
        let finite = weights.iter().all(|weight| weight.is_finite());
        let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let largest = if finite { largest } else { f32::NAN };
        // Below, the inverse would not be finite.
        if largest < 1e-30 {
            continue;
        }
        scales[vector * lanes + lane] = largest / LARGEST;
        let target = &mut packed[vector * panel..][..panel];
        for (column, weight) in weights.iter().enumerate() {
            let whole = (weight * (LARGEST / largest)).round_ties_even() as i8;
            let at = (column / group * lanes + lane) * group + column % group;
            target[at] = whole ^ flip as i8;
        }
    }
}

/// Adds rows times `bytes` to `out`, rows of `stride` floats.
#[inline(never)]
pub(crate) fn add_product<S: Simd>(
    simd: S,
    product: &Product,
    bytes: Bytes,
    out: &mut [f32],
    stride: usize,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            // On WebAssembly more rows at once are hardly faster, and a copy of the code.
            if product.rows == 1 || cfg!(target_arch = "wasm32") {
                add_rows::<S, 1>(simd, product, bytes, out, stride);
            } else if registers::<S>() == 32 {
                add_rows::<S, 4>(simd, product, bytes, out, stride);
            } else {
                add_rows::<S, 2>(simd, product, bytes, out, stride);
            }
        },
    );
}

/// `ROWS` rows at a time pass all panels.
#[inline(always)]
fn add_rows<S: Simd, const ROWS: usize>(
    simd: S,
    product: &Product,
    bytes: Bytes,
    out: &mut [f32],
    stride: usize,
) {
    let width = product.operand.rows.width;
    let mut words = [[0; WORDS]; ROWS];
    for first in (0..width).step_by(PART) {
        let columns = PART.min(width - first);
        for row in (0..product.rows).step_by(ROWS) {
            let mut quantised = [Quantised { scale: 0.0, start: 0 }; ROWS];
            let count = ROWS.min(product.rows - row);
            for at in 0..count {
                let inputs = product.operand.row(row + at, &(first..first + columns));
                quantised[at] = quantise(simd, inputs, &mut words[at]);
            }
            let rows = &mut out[(product.first_row + row) * stride..][..count * stride];
            let part = Part { bytes, first, columns, width, words: &words, quantised };
            part.add(simd, rows, stride);
        }
    }
}

/// Some columns of some rows. Rows that are not there have zeros of earlier ones, and no sums.
struct Part<'a, const ROWS: usize> {
    bytes: Bytes<'a>,
    first: usize,
    columns: usize,
    width: usize,
    words: &'a [[i32; WORDS]; ROWS],
    quantised: [Quantised; ROWS],
}

impl<const ROWS: usize> Part<'_, ROWS> {
    #[inline(always)]
    fn add<S: Simd>(&self, simd: S, out: &mut [f32], stride: usize) {
        let lanes = lanes::<S>();
        let DotLayout { group, .. } = dot_layout(simd);
        let (groups, first) = (self.columns.div_ceil(group), self.first / group);
        let panel = self.width.div_ceil(group);
        let chunk = lanes * group;
        let mut rows: [&[i32]; ROWS] = [&[]; ROWS];
        for row in 0..ROWS {
            rows[row] = &self.words[row][..groups];
        }
        let vectors = stride.div_ceil(lanes);
        for vector in (0..vectors).step_by(VECTORS) {
            let mut panels: [&[i8]; VECTORS] = [&[]; VECTORS];
            for at in 0..VECTORS {
                let start = ((vector + at) * panel + first) * chunk;
                panels[at] = &self.bytes.weights[start..][..groups * chunk];
            }
            let mut sums = [[Integers::<S>::splat(simd, 0); VECTORS]; ROWS];
            for row in 0..ROWS {
                sums[row] = [Integers::<S>::splat(simd, self.quantised[row].start); VECTORS];
            }
            walk(
                groups,
                chunk,
                panels,
                rows,
                #[inline(always)]
                |columns, words| {
                    for at in 0..VECTORS {
                        for row in 0..ROWS {
                            sums[row][at] = dot(simd, columns[at], words[row], sums[row][at]);
                        }
                    }
                },
            );
            for at in 0..VECTORS.min(vectors - vector) {
                let scale = load(simd, self.bytes.scales, vector + at);
                for row in 0..ROWS {
                    if let Some(out) = out.get_mut(row * stride..(row + 1) * stride) {
                        let scale = scale * Vector::<S>::splat(simd, self.quantised[row].scale);
                        let before = load_block(simd, out, vector + at);
                        let sum: Vector<S> = sums[row][at].to_float();
                        store_block::<S>(sum.mul_add(scale, before), out, vector + at);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_group_lie_in_one_lane_and_padding_is_zero() {
        let shape = Shape { units: 3, gates: 1, width: 3 };
        let layout = DotLayout { group: 2, flip: 0 };
        let (bytes, scales) = bytes_len(shape, 2, layout);
        let (mut packed, mut worth) = (vec![99; bytes], vec![f32::NAN; scales]);
        let weights = [127.0, -1.0, 2.0, 0.0, 0.0, 0.0, 63.5, 0.5, -0.25];
        pack_bytes(shape, 2, layout, &weights, (&mut packed, &mut worth));
        assert_eq!(packed[..16], [127, -1, 0, 0, 2, 0, 0, 0, 127, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(packed[16..], [0; 16]);
        assert_eq!(worth, [1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn rows_that_are_not_finite_become_nan_and_leave_the_others() {
        let shape = Shape { units: 2, gates: 1, width: 2 };
        let layout = DotLayout { group: 4, flip: 0x80 };
        let (bytes, scales) = bytes_len(shape, 2, layout);
        for row in [[1.0, f32::INFINITY], [f32::NAN, 1.0], [f32::NEG_INFINITY, 1.0]] {
            let (mut packed, mut worth) = (vec![99; bytes], vec![0.0; scales]);
            let weights = [row[0], row[1], 254.0, 1.0];
            pack_bytes(shape, 2, layout, &weights, (&mut packed, &mut worth));
            assert!(worth[0].is_nan(), "{row:?}");
            assert_eq!(worth[1], 2.0);
            let second: Vec<i8> = packed[4..8].iter().map(|byte| byte ^ -128).collect();
            assert_eq!(second, [127, 0, 0, 0]);
        }
    }
}
