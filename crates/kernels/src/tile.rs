//! Products of rows with packed matrices, in register tiles: a panel or several times one row or several.
//!
//! Vectors only pass through functions and closures that are `#[inline(always)]`: a closure
//! given to `array::from_fn` or `Option::map` is compiled without the instruction set's
//! features first, and then its vector operations stay calls (ten times slower, measured).

use crate::bytes::add_product;
use crate::panel::{PANEL, Panels};
use crate::rows::{Rows, load, store};
use cellgate_simd::{
    MOST_LANES, Simd, Vector, lanes, load_halves, loads_halves, prelude::*, registers, walk,
};
use core::ops::Range;

/// Columns of a panel that stay in the first-level cache while all rows pass: those of four
/// vectors are 16 KiB, and 32 with 512 bits.
const CACHED_COLUMNS: usize = if cfg!(target_arch = "wasm32") { 256 } else { 128 };

/// What sums start from.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    Zero,
    /// A packed row for all: a bias.
    Row(&'a [f32]),
    /// A packed row for each.
    Rows(Rows<'a>),
    /// What is there already.
    Out,
}

impl<'a> Start<'a> {
    /// A row, or zeros where there is none.
    #[inline(always)]
    pub fn bias(row: &'a [f32]) -> Self {
        if row.is_empty() { Self::Zero } else { Self::Row(row) }
    }

    /// What `row` starts from; none for zeros.
    #[inline(always)]
    fn row<'b>(&self, row: usize, out: &'b [f32], width: usize) -> Option<&'b [f32]>
    where
        'a: 'b,
    {
        match *self {
            Self::Zero => None,
            Self::Row(data) => Some(data),
            Self::Rows(rows) => Some(&rows.data[row * rows.width..]),
            Self::Out => Some(&out[row * width..]),
        }
    }
}

/// Where sums go: rows of `width` floats.
pub(crate) struct Sums<'a> {
    pub start: Start<'a>,
    pub out: &'a mut [f32],
    pub width: usize,
}

/// A weight as panels hold it.
pub(crate) trait Weight: Copy {
    /// The first vector of `weights`.
    fn load<S: Simd>(simd: S, weights: &[Self]) -> Vector<S>;
}

impl Weight for f32 {
    #[inline(always)]
    fn load<S: Simd>(simd: S, weights: &[Self]) -> Vector<S> {
        Vector::<S>::from_slice(simd, &weights[..lanes::<S>()])
    }
}

/// A half.
impl Weight for u16 {
    #[inline(always)]
    fn load<S: Simd>(simd: S, weights: &[Self]) -> Vector<S> {
        load_halves(simd, weights)
    }
}

/// Input rows and the panels that they are multiplied with.
#[derive(Clone, Copy)]
pub struct Operand<'a, P = Panels<'a>> {
    pub rows: Rows<'a>,
    /// Floats from the start of a row to that of the next; fewer than a row has where rows overlap.
    pub stride: usize,
    /// Packed as in [`crate::panel`], with `rows.width` columns.
    pub panels: P,
}

impl<'a> Operand<'a> {
    /// All columns.
    #[inline(always)]
    pub fn new(rows: Rows<'a>, panels: impl Into<Panels<'a>>) -> Self {
        let Rows { width, .. } = rows;
        Self { rows, stride: width, panels: panels.into() }
    }

    /// Rows that begin `stride` floats apart.
    #[inline(always)]
    pub fn apart(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// How many whole rows there are.
    #[inline(always)]
    pub fn count(&self) -> usize {
        (self.rows.data.len() + self.stride).saturating_sub(self.rows.width) / self.stride
    }
}

impl<'a, P> Operand<'a, P> {
    /// Some columns of a row.
    #[inline(always)]
    pub fn row(&self, row: usize, columns: &Range<usize>) -> &'a [f32] {
        &self.rows.data[row * self.stride..][..self.rows.width][columns.clone()]
    }
}

impl<'a, W> Operand<'a, &'a [W]> {
    /// Some columns of a panel, `column` weights each.
    #[inline(always)]
    fn panel(&self, panel: usize, column: usize, columns: &Range<usize>) -> &'a [W] {
        let first = panel * self.rows.width + columns.start;
        &self.panels[first * column..][..columns.len() * column]
    }
}

/// Rows times panels. Row `first_row + n` of the sums is that of row `n` of the operand.
#[derive(Clone, Copy)]
pub struct Product<'a, P = Panels<'a>> {
    pub operand: Operand<'a, P>,
    pub first_row: usize,
    pub rows: usize,
    /// Whether to walk from the last panel to the first: what the step before left in a cache that
    /// cannot hold all panels is then used before it is replaced (5 % at 256 units on a 1 MiB cache).
    pub from_end: bool,
}

impl<'a> Product<'a> {
    /// The rows of the batch that take part.
    #[inline(always)]
    pub fn all_rows(&self) -> Range<usize> {
        self.first_row..self.first_row + self.rows
    }

    #[inline(always)]
    fn with<P>(&self, panels: P) -> Product<'a, P> {
        let Operand { rows, stride, .. } = self.operand;
        let Self { first_row, rows: count, from_end, .. } = *self;
        Product { operand: Operand { rows, stride, panels }, first_row, rows: count, from_end }
    }
}

/// Runs all tiles of a product; compiled once, whoever needs it.
#[inline(never)]
pub(crate) fn multiply<S: Simd>(simd: S, product: &Product, mut sums: Sums) {
    if let Panels::Bytes(bytes) = product.operand.panels {
        begin_rows(product.all_rows(), &mut sums);
        return add_product(simd, product, bytes, sums.out, sums.width);
    }
    simd.vectorize(
        #[inline(always)]
        || match product.operand.panels {
            Panels::Floats(panels) => run_tiles(simd, &product.with(panels), &mut sums),
            Panels::Halves(panels) if loads_halves(simd) => {
                run_tiles(simd, &product.with(panels), &mut sums);
            }
            Panels::Halves(_) | Panels::Bytes(_) => unreachable!("panels are of another set"),
        },
    );
}

/// Puts what sums start from where they will be.
fn begin_rows(rows: Range<usize>, sums: &mut Sums) {
    let Sums { start, out, width } = sums;
    for row in rows {
        let target = &mut out[row * *width..][..*width];
        match start {
            Start::Out => return,
            Start::Zero => target.fill(0.0),
            Start::Row(data) => target.copy_from_slice(&data[..*width]),
            Start::Rows(rows) => target.copy_from_slice(&rows.row(row)[..*width]),
        }
    }
}

/// A single row has shapes of its own.
#[inline(always)]
fn run_tiles<S: Simd, W: Weight>(simd: S, product: &Product<&[W]>, sums: &mut Sums) {
    let panels = sums.width.div_ceil(PANEL * lanes::<S>());
    if product.rows == 1 {
        run_single(simd, product, panels, sums);
    } else {
        for panel in 0..panels {
            let panel = if product.from_end { panels - 1 - panel } else { panel };
            run_rows(simd, product, panel, sums);
        }
    }
}

/// One row: several panels side by side, for at least eight independent accumulators.
#[inline(always)]
fn run_single<S: Simd, W: Weight>(
    simd: S,
    product: &Product<&[W]>,
    panels: usize,
    sums: &mut Sums,
) {
    let columns = 0..product.operand.rows.width;
    let mut done = 0;
    while done < panels {
        let count = share(panels - done, 3);
        let panel = if product.from_end { panels - done - count } else { done };
        let at = Place { panel, row: 0, columns: columns.clone() };
        match count {
            3 => tile::<S, W, 3, 1>(simd, product, at, sums),
            2 => tile::<S, W, 2, 1>(simd, product, at, sums),
            _ => tile::<S, W, 1, 1>(simd, product, at, sums),
        }
        done += count;
    }
}

/// Several rows of one panel, of which a part stays in the first-level cache while all rows pass it.
#[inline(always)]
fn run_rows<S: Simd, W: Weight>(simd: S, product: &Product<&[W]>, panel: usize, sums: &mut Sums) {
    // Four rows keep two multiply-add units of 32 registers busy.
    let most = match registers::<S>() {
        32 => 4,
        16 => 3,
        _ => 2,
    };
    let width = product.operand.rows.width;
    let part = if product.rows > most { CACHED_COLUMNS } else { width };
    let mut first = 0;
    loop {
        let columns = first..width.min(first + part);
        let start = if first == 0 { sums.start } else { Start::Out };
        let mut sums = Sums { start, out: &mut *sums.out, width: sums.width };
        let mut row = 0;
        while row < product.rows {
            let count = share(product.rows - row, most);
            let at = Place { panel, row, columns: columns.clone() };
            match count {
                4 if most == 4 => tile::<S, W, 1, 4>(simd, product, at, &mut sums),
                3 if most >= 3 => tile::<S, W, 1, 3>(simd, product, at, &mut sums),
                2 => tile::<S, W, 1, 2>(simd, product, at, &mut sums),
                _ => tile::<S, W, 1, 1>(simd, product, at, &mut sums),
            }
            row += count;
        }
        first = columns.end;
        // Behind the first part: a product of no columns still is what its sums start from.
        if first == width {
            break;
        }
    }
}

/// How many of `left` to take next: `most`, but no small rest behind it.
#[inline(always)]
fn share(left: usize, most: usize) -> usize {
    if left > most && left < 2 * most { left.div_ceil(2) } else { left.min(most) }
}

struct Place {
    panel: usize,
    row: usize,
    columns: Range<usize>,
}

/// A tile where it is; at the end of rows that are no whole panels, by way of a copy.
#[inline(always)]
fn tile<S: Simd, W: Weight, const PANELS: usize, const ROWS: usize>(
    simd: S,
    product: &Product<&[W]>,
    at: Place,
    sums: &mut Sums,
) {
    let first = at.panel * PANEL * lanes::<S>();
    let row = product.first_row + at.row;
    if first + PANELS * PANEL * lanes::<S>() <= sums.width {
        whole_tile::<S, W, PANELS, ROWS>(simd, product, &at, sums, (row, first));
    } else {
        ragged_tile::<S, W, PANELS, ROWS>(simd, product, &at, sums, (row, first));
    }
}

#[inline(never)]
fn ragged_tile<S: Simd, W: Weight, const PANELS: usize, const ROWS: usize>(
    simd: S,
    product: &Product<&[W]>,
    at: &Place,
    sums: &mut Sums,
    (row, first): (usize, usize),
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let width = PANELS * PANEL * lanes::<S>();
            let mut copy = [[[[0.0; MOST_LANES]; PANEL]; PANELS]; ROWS];
            let copy = copy.as_flattened_mut().as_flattened_mut().as_flattened_mut();
            let rest = sums.width - first;
            for at in 0..ROWS {
                if let Some(start) = sums.start.row(row + at, sums.out, sums.width) {
                    copy[at * width..][..rest].copy_from_slice(&start[first..][..rest]);
                }
            }
            let mut own = Sums { start: Start::Out, out: copy, width };
            whole_tile::<S, W, PANELS, ROWS>(simd, product, at, &mut own, (0, 0));
            for at in 0..ROWS {
                let out = &mut sums.out[(row + at) * sums.width + first..][..rest];
                out.copy_from_slice(&own.out[at * width..][..rest]);
            }
        },
    );
}

/// `sums += rows * panels` over columns one after the other, at a row and a float of it: the sums of a row have
/// the same bits in a tile of any shape, and over any parts of the columns.
///
/// On WebAssembly a function of its own, which keeps the registers of V8 to itself: no slower, and much
/// smaller.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn whole_tile<S: Simd, W: Weight, const PANELS: usize, const ROWS: usize>(
    simd: S,
    product: &Product<&[W]>,
    at: &Place,
    sums: &mut Sums,
    (first_row, first): (usize, usize),
) {
    let column = PANEL * lanes::<S>();
    let mut tile = [[[Vector::<S>::splat(simd, 0.0); PANEL]; PANELS]; ROWS];
    for row in 0..ROWS {
        if let Some(start) = sums.start.row(first_row + row, sums.out, sums.width) {
            let start = &start[first..][..PANELS * column];
            for panel in 0..PANELS {
                for vector in 0..PANEL {
                    tile[row][panel][vector] = load(simd, start, panel * PANEL + vector);
                }
            }
        }
    }
    let operand = &product.operand;
    let panels: [&[W]; PANELS] = core::array::from_fn(
        #[inline(always)]
        |panel| operand.panel(at.panel + panel, column, &at.columns),
    );
    let rows: [&[f32]; ROWS] = core::array::from_fn(
        #[inline(always)]
        |row| operand.row(at.row + row, &at.columns),
    );
    walk(
        at.columns.len(),
        column,
        panels,
        rows,
        #[inline(always)]
        |columns, values| {
            for panel in 0..PANELS {
                for vector in 0..PANEL {
                    let weight = W::load(simd, &columns[panel][vector * lanes::<S>()..]);
                    for row in 0..ROWS {
                        let value = Vector::<S>::splat(simd, values[row]);
                        tile[row][panel][vector] = weight.mul_add(value, tile[row][panel][vector]);
                    }
                }
            }
        },
    );
    for row in 0..ROWS {
        let out = &mut sums.out[(first_row + row) * sums.width + first..][..PANELS * column];
        for panel in 0..PANELS {
            for vector in 0..PANEL {
                store::<S>(tile[row][panel][vector], out, panel * PANEL + vector);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_leave_no_small_rest() {
        assert_eq!(share(4, 3), 2);
        assert_eq!(share(5, 3), 3);
        assert_eq!(share(6, 3), 3);
        assert_eq!(share(3, 3), 3);
        assert_eq!(share(1, 3), 1);
    }
}
