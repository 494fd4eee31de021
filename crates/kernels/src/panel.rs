//! Packed weights.
//!
//! The rows of a matrix of `gates * units` rows are put into vectors, `lanes` units of one gate each, and the
//! vectors into panels of four:
//!
//! ```text
//! vectors      [block][gate]                unit = block * lanes + lane, row = gate * units + unit
//! panels       [panel][column][vector of the panel][lane]
//! ```
//!
//! so a tile that walks the columns of a panel ends with sums that lie side by side in a packed row
//! `[block][gate][lane]`, and need not know of gates. Lanes past the last unit hold zeros, and so do vectors past
//! the last block. Biases, peepholes and such are packed rows.
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

/// Vectors of a panel: with them the accumulators of one to four rows, or of one row and three panels, fit the
/// registers of every instruction set.
pub const PANEL: usize = 4;

/// Floats of a packed row.
pub const fn row_len(units: usize, gates: usize, lanes: usize) -> usize {
    blocks(units, lanes) * gates * lanes
}

/// Floats of panels for rows of `row_len` floats and so many columns.
pub const fn panels_len(row_len: usize, columns: usize, lanes: usize) -> usize {
    row_len.next_multiple_of(PANEL * lanes) * columns
}

/// Shape of a matrix that is packed.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub units: usize,
    pub gates: usize,
    pub width: usize,
}

impl Shape {
    /// Floats of the packed matrix.
    pub const fn packed_len(&self, lanes: usize) -> usize {
        panels_len(row_len(self.units, self.gates, lanes), self.width, lanes)
    }

    /// Floats of the packed transposed matrix.
    pub const fn transposed_len(&self, lanes: usize) -> usize {
        let columns = row_len(self.units, self.gates, lanes);
        panels_len(row_len(self.width, 1, lanes), columns, lanes)
    }

    /// The row of weights that a lane of a vector holds.
    fn row(&self, lanes: usize, vector: usize, lane: usize) -> Option<usize> {
        let (gate, unit) = (vector % self.gates, vector / self.gates * lanes + lane);
        (unit < self.units).then_some(gate * self.units + unit)
    }
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
    debug_assert_eq!(packed.len(), shape.packed_len(lanes));
    let column = PANEL * lanes;
    for (panel, packed) in packed.chunks_exact_mut((width * column).max(1)).enumerate() {
        for at in 0..column {
            let targets = packed[at..].iter_mut().step_by(column);
            if let Some(row) = shape.row(lanes, panel * PANEL + at / lanes, at % lanes) {
                let row = &weights[row * width..][..width];
                targets.zip(row).for_each(|(target, value)| *target = convert(*value));
            } else {
                targets.for_each(|target| *target = convert(0.0));
            }
        }
    }
}

/// Packs `values` of `[gates * units]` as a row.
pub fn pack_row(units: usize, gates: usize, lanes: usize, values: &[f32], packed: &mut [f32]) {
    let shape = Shape { units, gates, width: 1 };
    debug_assert_eq!(values.len(), gates * units);
    debug_assert_eq!(packed.len(), row_len(units, gates, lanes));
    for (at, target) in packed.iter_mut().enumerate() {
        *target = shape.row(lanes, at / lanes, at % lanes).map_or(0.0, |row| values[row]);
    }
}

/// Packs the transposed weights: `width` units, with a column for every float of a row
/// `[block][gate][lane]`. Columns of padding lanes are zero.
pub fn pack_transposed(shape: Shape, lanes: usize, weights: &[f32], packed: &mut [f32]) {
    debug_assert_eq!(packed.len(), shape.transposed_len(lanes));
    let columns = row_len(shape.units, shape.gates, lanes);
    pack_columns(shape.width, lanes, columns, packed, |column| {
        let row = shape.row(lanes, column / lanes, column % lanes)?;
        Some(&weights[row * shape.width..][..shape.width])
    });
}

/// Packs columns that are given whole; zeros for those that are not there.
pub fn pack_columns<'a>(
    width: usize,
    lanes: usize,
    columns: usize,
    packed: &mut [f32],
    column: impl Fn(usize) -> Option<&'a [f32]>,
) {
    let len = PANEL * lanes;
    for (panel, packed) in packed.chunks_exact_mut((columns * len).max(1)).enumerate() {
        let first = panel * len;
        let count = len.min(width - first);
        for (at, target) in packed.chunks_exact_mut(len).enumerate() {
            let (values, padding) = target.split_at_mut(count);
            match column(at) {
                Some(source) => values.copy_from_slice(&source[first..][..count]),
                None => values.fill(0.0),
            }
            padding.fill(0.0);
        }
    }
}

/// Rows from `first` on of row-major `[gates * units, width]`, from `[column][block][gate][lane]` as
/// gradients are summed.
pub fn unpack_columns(shape: Shape, lanes: usize, packed: &[f32], first: usize, rows: &mut [f32]) {
    /// Columns at once: their cache lines stay in the first-level cache while all rows of a vector read them.
    const COLUMNS: usize = 16;
    let Shape { units, gates, width } = shape;
    let row_len = row_len(units, gates, lanes);
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
    fn vectors_of_a_panel_lie_side_by_side_and_padding_is_zero() {
        let shape = Shape { units: 3, gates: 2, width: 2 };
        let weights: Vec<f32> = (1..=12).map(|value| value as f32).collect();
        let mut packed = vec![f32::NAN; shape.packed_len(2)];
        pack(shape, 2, &weights, &mut packed);
        let first = [1.0, 3.0, 7.0, 9.0, 5.0, 0.0, 11.0, 0.0];
        let second = [2.0, 4.0, 8.0, 10.0, 6.0, 0.0, 12.0, 0.0];
        assert_eq!(packed, [first, second].concat());
        let mut row = vec![f32::NAN; row_len(3, 2, 2)];
        pack_row(3, 2, 2, &[1.0, 3.0, 5.0, 7.0, 9.0, 11.0], &mut row);
        assert_eq!(row, first);
    }

    #[test]
    fn transposed_weights_have_a_column_for_each_lane() {
        let shape = Shape { units: 3, gates: 1, width: 2 };
        let mut packed = vec![f32::NAN; shape.transposed_len(2)];
        pack_transposed(shape, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut packed);
        let columns = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [0.0; 2]];
        assert_eq!(packed, columns.map(|[a, b]| [a, b, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).concat());
    }

    #[test]
    fn nothing_packs_into_nothing() {
        pack(Shape { units: 3, gates: 2, width: 0 }, 4, &[], &mut []);
    }
}
