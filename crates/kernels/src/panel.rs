//! Packed weights.
//!
//! A matrix of `gates * units` rows and `width` columns becomes one panel per block of
//! `lanes` units:
//!
//! ```text
//! [block][column][gate][lane]      unit = block * lanes + lane, row = gate * units + unit
//! ```
//!
//! so one column of a panel is `gates` vectors that belong to the same units: a tile
//! that walks the columns ends with all gates of its units in registers. Lanes past
//! the last unit hold zeros. Vectors (biases, peepholes) have the same form with one column.
//!
//! The same panels may hold halves. Whole numbers have a layout of their own, in [`crate::bytes`].

use crate::bytes::Bytes;
use cellgate_simd::to_half;

/// A packed matrix, in the form that its weights are held in.
#[derive(Clone, Copy)]
pub enum Panels<'a> {
    Floats(&'a [f32]),
    /// For instruction sets that load halves.
    Halves(&'a [u16]),
    Bytes(Bytes<'a>),
}

impl Panels<'_> {
    pub const NONE: Self = Self::Floats(&[]);

    /// Whether there is no matrix.
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Floats(panels) => panels.is_empty(),
            Self::Halves(panels) => panels.is_empty(),
            Self::Bytes(bytes) => bytes.weights.is_empty(),
        }
    }
}

impl<'a> From<&'a [f32]> for Panels<'a> {
    fn from(panels: &'a [f32]) -> Self {
        Self::Floats(panels)
    }
}

/// Blocks of `lanes` that hold `units`.
pub const fn blocks(units: usize, lanes: usize) -> usize {
    units.div_ceil(lanes)
}

/// Floats of a packed matrix.
pub const fn packed_len(units: usize, gates: usize, width: usize, lanes: usize) -> usize {
    blocks(units, lanes) * width * gates * lanes
}

/// Shape of a matrix that is packed.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub units: usize,
    pub gates: usize,
    pub width: usize,
}

/// Packs row-major `weights` of `[gates * units, width]` into `packed`.
pub fn pack(shape: Shape, lanes: usize, weights: &[f32], packed: &mut [f32]) {
    pack_as(shape, lanes, weights, packed, |value| value);
}

/// The same as halves.
pub fn pack_halves(shape: Shape, lanes: usize, weights: &[f32], packed: &mut [u16]) {
    pack_as(shape, lanes, weights, packed, to_half);
}

fn pack_as<T>(
    shape: Shape,
    lanes: usize,
    weights: &[f32],
    packed: &mut [T],
    convert: impl Fn(f32) -> T,
) {
    let Shape { units, gates, width } = shape;
    debug_assert_eq!(weights.len(), gates * units * width);
    debug_assert_eq!(packed.len(), packed_len(units, gates, width, lanes));
    for (block, panel) in packed.chunks_exact_mut((width * gates * lanes).max(1)).enumerate() {
        for at in 0..gates * lanes {
            let (gate, unit) = (at / lanes, block * lanes + at % lanes);
            let targets = panel[at..].iter_mut().step_by(gates * lanes);
            if unit < units {
                let row = &weights[(gate * units + unit) * width..][..width];
                targets.zip(row).for_each(|(target, value)| *target = convert(*value));
            } else {
                targets.for_each(|target| *target = convert(0.0));
            }
        }
    }
}

/// Floats of packed transposed weights.
pub const fn transposed_len(shape: Shape, lanes: usize) -> usize {
    let Shape { units, gates, width } = shape;
    packed_len(width, 1, blocks(units, lanes) * gates * lanes, lanes)
}

/// Packs the transposed weights: `width` units, with a column for every float of a row
/// `[block][gate][lane]`. Columns of padding lanes are zero.
pub fn pack_transposed(shape: Shape, lanes: usize, weights: &[f32], packed: &mut [f32]) {
    let Shape { units, gates, width } = shape;
    debug_assert_eq!(packed.len(), transposed_len(shape, lanes));
    let columns = blocks(units, lanes) * gates * lanes;
    for (block, panel) in packed.chunks_exact_mut(columns * lanes).enumerate() {
        let first = block * lanes;
        let count = lanes.min(width - first);
        for (column, target) in panel.chunks_exact_mut(lanes).enumerate() {
            let (vector, lane) = (column / lanes, column % lanes);
            let (gate, unit) = (vector % gates, vector / gates * lanes + lane);
            if unit < units {
                let row = &weights[(gate * units + unit) * width..][..width];
                target[..count].copy_from_slice(&row[first..][..count]);
            } else {
                target.fill(0.0);
            }
        }
    }
}

/// Rows from `first` on of row-major `[gates * units, width]`, from `[column][block][gate][lane]` as
/// gradients are summed.
pub fn unpack_columns(shape: Shape, lanes: usize, packed: &[f32], first: usize, rows: &mut [f32]) {
    /// Columns at once: their cache lines stay in the first-level cache while all rows of a vector read them.
    const COLUMNS: usize = 16;
    let Shape { units, gates, width } = shape;
    let row_len = blocks(units, lanes) * gates * lanes;
    for column in (0..width).step_by(COLUMNS) {
        let packed = &packed[column * row_len..];
        for (row, target) in rows.chunks_exact_mut(width).enumerate() {
            let (gate, unit) = ((first + row) / units, (first + row) % units);
            let at = (unit / lanes * gates + gate) * lanes + unit % lanes;
            let source = packed[at..].iter().step_by(row_len);
            let target = target[column..].iter_mut().take(COLUMNS);
            target.zip(source).for_each(|(target, value)| *target = *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_of_one_unit_lie_one_vector_apart_and_padding_is_zero() {
        let shape = Shape { units: 3, gates: 2, width: 2 };
        let weights: Vec<f32> = (1..=12).map(|value| value as f32).collect();
        let mut packed = vec![f32::NAN; packed_len(3, 2, 2, 2)];
        pack(shape, 2, &weights, &mut packed);
        let first = [1.0, 3.0, 7.0, 9.0, 2.0, 4.0, 8.0, 10.0];
        let second = [5.0, 0.0, 11.0, 0.0, 6.0, 0.0, 12.0, 0.0];
        assert_eq!(packed, [first, second].concat());
    }

    #[test]
    fn nothing_packs_into_nothing() {
        pack(Shape { units: 3, gates: 2, width: 0 }, 4, &[], &mut []);
    }
}
