//! Products of rows with packed matrices, in register tiles: a panel or several times one row or several.
//!
//! Vectors only pass through functions and closures that are `#[inline(always)]`: a closure
//! given to `array::from_fn` or `Option::map` is compiled without the instruction set's
//! features first, and then its vector operations stay calls (ten times slower, measured).

use crate::bytes::add_product;
use crate::panel::{PANEL, Panels};
use crate::rows::{Rows, load, store, store_block};
use cellgate_simd::{
    MOST_LANES, Simd, Vector, lanes, load_halves, loads_halves, prelude::*, registers, walk,
};
use core::ops::Range;

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

    /// What `row` starts from, at its place in `data` or before it; none for zeros.
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

impl Sums<'_> {
    #[inline(always)]
    fn begin<S: Simd>(&self, simd: S, row: usize, at: usize) -> [Vector<S>; PANEL] {
        match self.start.row(row, self.out, self.width) {
            None => [Vector::<S>::splat(simd, 0.0); PANEL],
            Some(row) => load_panel(simd, &row[at..]),
        }
    }

    #[inline(always)]
    fn finish<S: Simd>(&mut self, row: usize, at: usize, sums: [Vector<S>; PANEL]) {
        store_panel::<S>(sums, &mut self.out[row * self.width..][at..self.width]);
    }
}

/// As many floats as there are for a panel, and zeros.
#[inline(always)]
fn load_panel<S: Simd>(simd: S, data: &[f32]) -> [Vector<S>; PANEL] {
    if data.len() < PANEL * lanes::<S>() {
        let mut whole = [0.0; PANEL * MOST_LANES];
        whole[..data.len()].copy_from_slice(data);
        return load_all(simd, &whole);
    }
    load_all(simd, data)
}

#[inline(always)]
fn load_all<S: Simd>(simd: S, data: &[f32]) -> [Vector<S>; PANEL] {
    let mut vectors = [Vector::<S>::splat(simd, 0.0); PANEL];
    for at in 0..PANEL {
        vectors[at] = load(simd, data, at);
    }
    vectors
}

/// Stores as many as `out` has room for.
#[inline(always)]
fn store_panel<S: Simd>(sums: [Vector<S>; PANEL], out: &mut [f32]) {
    if out.len() < PANEL * lanes::<S>() {
        // With indices that are known, sums stay in registers.
        for at in 0..PANEL {
            if out.len() > at * lanes::<S>() {
                store_block::<S>(sums[at], out, at);
            }
        }
        return;
    }
    for at in 0..PANEL {
        store::<S>(sums[at], out, at);
    }
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
    /// The columns to multiply now.
    pub first: usize,
    pub columns: usize,
}

impl<'a> Operand<'a> {
    /// All columns.
    #[inline(always)]
    pub fn new(rows: Rows<'a>, panels: impl Into<Panels<'a>>) -> Self {
        let Rows { width, .. } = rows;
        Self { rows, stride: width, panels: panels.into(), first: 0, columns: width }
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

    /// `columns` columns from `first` on.
    #[inline(always)]
    pub fn part(self, first: usize, columns: usize) -> Self {
        Self { first, columns, ..self }
    }
}

impl<'a, P> Operand<'a, P> {
    /// The columns of a row to multiply now.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.rows.data[row * self.stride + self.first..][..self.columns]
    }
}

impl<'a, W> Operand<'a, &'a [W]> {
    /// `column` weights of a panel make one column.
    #[inline(always)]
    fn panel(&self, panel: usize, column: usize) -> &'a [W] {
        &self.panels[(panel * self.rows.width + self.first) * column..][..self.columns * column]
    }
}

/// Rows times panels. Row `first_row + n` of the sums is that of row `n` of the operand.
#[derive(Clone, Copy)]
pub struct Product<'a, P = Panels<'a>> {
    pub operand: Operand<'a, P>,
    pub first_row: usize,
    pub rows: usize,
    /// Whether a single row walks from the last panel to the first: what the step before left in a cache that
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
        let Operand { rows, stride, first, columns, .. } = self.operand;
        let Self { first_row, rows: count, from_end, .. } = *self;
        Product {
            operand: Operand { rows, stride, panels, first, columns },
            first_row,
            rows: count,
            from_end,
        }
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
        // A panel stays in the first-level cache while all rows pass it.
        for panel in 0..panels {
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
    let mut done = 0;
    while done < panels {
        let count = share(panels - done, 3);
        let panel = if product.from_end { panels - done - count } else { done };
        let at = Place { panel, row: 0 };
        match count {
            3 => tile::<S, W, 3, 1>(simd, product, at, sums),
            2 => tile::<S, W, 2, 1>(simd, product, at, sums),
            _ => tile::<S, W, 1, 1>(simd, product, at, sums),
        }
        done += count;
    }
}

/// Several rows of one panel.
#[inline(always)]
fn run_rows<S: Simd, W: Weight>(simd: S, product: &Product<&[W]>, panel: usize, sums: &mut Sums) {
    // On WebAssembly V8 spills from about twelve accumulators on. Four rows keep two multiply-add units of
    // 32 registers busy; taller tiles only cost moves and spills.
    let most = match registers::<S>() {
        _ if cfg!(target_arch = "wasm32") => 2,
        32 => 4,
        _ => 3,
    };
    let mut row = 0;
    while row < product.rows {
        let count = share(product.rows - row, most);
        let at = Place { panel, row };
        match count {
            4 if most == 4 => tile::<S, W, 1, 4>(simd, product, at, sums),
            3 if most >= 3 => tile::<S, W, 1, 3>(simd, product, at, sums),
            2 => tile::<S, W, 1, 2>(simd, product, at, sums),
            _ => tile::<S, W, 1, 1>(simd, product, at, sums),
        }
        row += count;
    }
}

/// How many of `left` to take next: `most`, but no small rest behind it.
#[inline(always)]
fn share(left: usize, most: usize) -> usize {
    if left > most && left < 2 * most { left.div_ceil(2) } else { left.min(most) }
}

#[derive(Clone, Copy)]
struct Place {
    panel: usize,
    row: usize,
}

#[inline(always)]
fn tile<S: Simd, W: Weight, const PANELS: usize, const ROWS: usize>(
    simd: S,
    product: &Product<&[W]>,
    at: Place,
    sums: &mut Sums,
) {
    let column = PANEL * lanes::<S>();
    let first_row = product.first_row + at.row;
    let mut tile = [[[Vector::<S>::splat(simd, 0.0); PANEL]; PANELS]; ROWS];
    for row in 0..ROWS {
        for panel in 0..PANELS {
            tile[row][panel] = sums.begin(simd, first_row + row, (at.panel + panel) * column);
        }
    }
    accumulate(simd, &product.operand, at, &mut tile);
    for row in 0..ROWS {
        for panel in 0..PANELS {
            sums.finish::<S>(first_row + row, (at.panel + panel) * column, tile[row][panel]);
        }
    }
}

/// `sums += rows * panels` over all columns, one after the other: the sums of a row have the same bits
/// in a tile of any shape.
///
/// On WebAssembly a function of its own, which keeps the registers of V8 to itself: no slower, and much
/// smaller.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn accumulate<S: Simd, W: Weight, const PANELS: usize, const ROWS: usize>(
    simd: S,
    operand: &Operand<&[W]>,
    at: Place,
    sums: &mut [[[Vector<S>; PANEL]; PANELS]; ROWS],
) {
    let column = PANEL * lanes::<S>();
    let panels: [&[W]; PANELS] =
        core::array::from_fn(|panel| operand.panel(at.panel + panel, column));
    let rows: [&[f32]; ROWS] = core::array::from_fn(|row| operand.row(at.row + row));
    let mut local = *sums;
    walk(
        operand.columns,
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
                        local[row][panel][vector] =
                            weight.mul_add(value, local[row][panel][vector]);
                    }
                }
            }
        },
    );
    *sums = local;
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
