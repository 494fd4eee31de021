//! The register tile: `BLOCKS` unit blocks of `G` gates times `ROWS` input rows.
//!
//! Vectors only pass through functions and closures that are `#[inline(always)]`: a closure
//! given to `array::from_fn` or `Option::map` is compiled without the instruction set's
//! features first, and then its vector operations stay calls (ten times slower, measured).

use crate::panel::Panels;
use crate::rows::Rows;
use cellgate_simd::{Simd, Vector, lanes, load_halves, loads_halves, prelude::*, registers, walk};
use core::ops::Range;

/// What a tile starts from and where its sums go.
pub trait Sums<S: Simd, const G: usize> {
    /// What the accumulators of `block` start from: a bias, a projected input, or earlier sums.
    fn start(&self, simd: S, row: usize, block: usize) -> [Vector<S>; G];

    /// Takes the sums of one row and block.
    fn finish(&mut self, row: usize, block: usize, sums: [Vector<S>; G]);
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
        Self { rows, panels: panels.into(), first: 0, columns: rows.width }
    }

    /// `columns` columns from `first` on.
    #[inline(always)]
    pub fn part(self, first: usize, columns: usize) -> Self {
        Self { first, columns, ..self }
    }
}

impl<'a, W> Operand<'a, &'a [W]> {
    #[inline(always)]
    fn row(&self, row: usize) -> &'a [f32] {
        &self.rows.row(row)[self.first..][..self.columns]
    }

    /// `height` weights of the panel of `block` make one column.
    #[inline(always)]
    fn panel(&self, block: usize, height: usize) -> &'a [W] {
        &self.panels[(block * self.rows.width + self.first) * height..][..self.columns * height]
    }
}

/// Rows times panels. Row `first_row + n` of the sums is that of row `n` of the operand.
#[derive(Clone, Copy)]
pub struct Product<'a, P = Panels<'a>> {
    pub operand: Operand<'a, P>,
    pub blocks: usize,
    pub first_row: usize,
    pub rows: usize,
    /// Whether a single row walks from the last block to the first: what the step before left in a cache that
    /// cannot hold all panels is then used before it is replaced (5 % at 256 units on a 1 MiB cache).
    pub from_end: bool,
}

impl<'a> Product<'a> {
    #[inline(always)]
    pub fn end_row(&self) -> usize {
        self.first_row + self.rows
    }

    /// The rows of the batch that take part.
    #[inline(always)]
    pub fn all_rows(&self) -> Range<usize> {
        self.first_row..self.end_row()
    }

    #[inline(always)]
    fn with<P>(&self, panels: P) -> Product<'a, P> {
        let Operand { rows, first, columns, .. } = self.operand;
        let Self { blocks, first_row, rows: count, from_end, .. } = *self;
        let operand = Operand { rows, panels, first, columns };
        Product { operand, blocks, first_row, rows: count, from_end }
    }
}

impl<P> Product<'_, P> {
    /// The first of `count` blocks, after `done` others.
    #[inline(always)]
    fn place(&self, done: usize, count: usize) -> usize {
        if self.from_end { self.blocks - done - count } else { done }
    }
}

/// Runs all tiles of a product; bytes have none.
#[inline(always)]
pub fn run<S: Simd, C: Sums<S, G>, const G: usize>(simd: S, product: &Product, sums: &mut C) {
    match product.operand.panels {
        Panels::Floats(panels) => run_tiles(simd, &product.with(panels), sums),
        Panels::Halves(panels) if loads_halves(simd) => {
            run_tiles(simd, &product.with(panels), sums);
        }
        Panels::Halves(_) | Panels::Bytes(_) => unreachable!("panels are of another set"),
    }
}

/// A single row has shapes of its own.
#[inline(always)]
fn run_tiles<S: Simd, C: Sums<S, G>, W: Weight, const G: usize>(
    simd: S,
    product: &Product<&[W]>,
    sums: &mut C,
) {
    if product.rows == 1 { run_single(simd, product, sums) } else { run_batch(simd, product, sums) }
}

/// Whether the rests that full tiles leave have tiles of their own; where a module is downloaded they
/// are taken one by one.
const TILES_FOR_RESTS: bool = !cfg!(target_arch = "wasm32");

/// One row: several blocks side by side, for at least eight independent accumulators.
#[inline(always)]
fn run_single<S: Simd, C: Sums<S, G>, W: Weight, const G: usize>(
    simd: S,
    product: &Product<&[W]>,
    sums: &mut C,
) {
    let most = match G {
        1 => 8,
        4 => 3,
        _ => 4,
    };
    let mut done = 0;
    while done < product.blocks {
        let left = product.blocks - done;
        let count = match left {
            _ if left >= most && (G == 1 || !TILES_FOR_RESTS && G != 4) => most,
            // Four gates of one block are too few sums at once.
            _ if TILES_FOR_RESTS || G == 4 => share(left, most.min(4)),
            _ => 1,
        };
        let at = Place { block: product.place(done, count), row: 0 };
        match count {
            8 if G == 1 => tile::<S, C, W, G, 8, 1>(simd, product, at, sums),
            4 if TILES_FOR_RESTS && G != 4 || G == 2 || G == 3 => {
                tile::<S, C, W, G, 4, 1>(simd, product, at, sums);
            }
            3 if TILES_FOR_RESTS || G == 4 => tile::<S, C, W, G, 3, 1>(simd, product, at, sums),
            2 if TILES_FOR_RESTS || G == 4 => tile::<S, C, W, G, 2, 1>(simd, product, at, sums),
            _ => tile::<S, C, W, G, 1, 1>(simd, product, at, sums),
        }
        done += count;
    }
}

/// Several rows: a panel stays in the first-level cache while all rows pass it.
#[inline(always)]
fn run_batch<S: Simd, C: Sums<S, G>, W: Weight, const G: usize>(
    simd: S,
    product: &Product<&[W]>,
    sums: &mut C,
) {
    let wide = if G == 1 {
        4
    } else if G == 2 {
        2
    } else {
        1
    };
    let mut done = 0;
    while done < product.blocks {
        if wide > 1 && product.blocks - done >= wide {
            match G {
                1 => run_rows::<S, C, W, G, 4>(simd, product, done, sums),
                _ => run_rows::<S, C, W, G, 2>(simd, product, done, sums),
            }
            done += wide;
        } else {
            run_rows::<S, C, W, G, 1>(simd, product, done, sums);
            done += 1;
        }
    }
}

#[inline(always)]
fn run_rows<S: Simd, C: Sums<S, G>, W: Weight, const G: usize, const BLOCKS: usize>(
    simd: S,
    product: &Product<&[W]>,
    block: usize,
    sums: &mut C,
) {
    // On WebAssembly V8 spills from about twelve accumulators on. Four rows of four vectors keep
    // two multiply-add units of 32 registers busy; taller tiles only cost moves and spills.
    let accumulators = if cfg!(target_arch = "wasm32") { 9 } else { registers::<S>() * 3 / 4 };
    let most = match (accumulators / (G * BLOCKS)).clamp(1, 4) {
        // One block of few gates is a rest.
        _ if !TILES_FOR_RESTS && BLOCKS == 1 && G <= 2 => 1,
        most => most,
    };
    let mut row = 0;
    while row < product.rows {
        let left = product.rows - row;
        let count = match left {
            _ if TILES_FOR_RESTS => share(left, most),
            _ if left >= most => most,
            _ => 1,
        };
        let at = Place { block, row };
        match count {
            4 if most == 4 => tile::<S, C, W, G, BLOCKS, 4>(simd, product, at, sums),
            3 if TILES_FOR_RESTS || most == 3 => {
                tile::<S, C, W, G, BLOCKS, 3>(simd, product, at, sums);
            }
            2 if TILES_FOR_RESTS || most == 2 => {
                tile::<S, C, W, G, BLOCKS, 2>(simd, product, at, sums);
            }
            _ => tile::<S, C, W, G, BLOCKS, 1>(simd, product, at, sums),
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
    block: usize,
    row: usize,
}

#[inline(always)]
fn tile<
    S: Simd,
    C: Sums<S, G>,
    W: Weight,
    const G: usize,
    const BLOCKS: usize,
    const ROWS: usize,
>(
    simd: S,
    product: &Product<&[W]>,
    at: Place,
    sums: &mut C,
) {
    let first_row = product.first_row + at.row;
    let mut tile = [[[Vector::<S>::splat(simd, 0.0); G]; BLOCKS]; ROWS];
    for row in 0..ROWS {
        for block in 0..BLOCKS {
            tile[row][block] = sums.start(simd, first_row + row, at.block + block);
        }
    }
    accumulate(simd, &product.operand, at, &mut tile);
    for row in 0..ROWS {
        for block in 0..BLOCKS {
            sums.finish(first_row + row, at.block + block, tile[row][block]);
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
fn accumulate<S: Simd, W: Weight, const G: usize, const BLOCKS: usize, const ROWS: usize>(
    simd: S,
    operand: &Operand<&[W]>,
    at: Place,
    sums: &mut [[[Vector<S>; G]; BLOCKS]; ROWS],
) {
    let column = G * lanes::<S>();
    let panels: [&[W]; BLOCKS] =
        core::array::from_fn(|block| operand.panel(at.block + block, column));
    let rows: [&[f32]; ROWS] = core::array::from_fn(|row| operand.row(at.row + row));
    let mut local = *sums;
    walk(
        operand.columns,
        column,
        panels,
        rows,
        #[inline(always)]
        |columns, values| {
            for block in 0..BLOCKS {
                for gate in 0..G {
                    let weight: Vector<S> = weight(simd, columns[block], gate);
                    for row in 0..ROWS {
                        let value = Vector::<S>::splat(simd, values[row]);
                        local[row][block][gate] = weight.mul_add(value, local[row][block][gate]);
                    }
                }
            }
        },
    );
    *sums = local;
}

#[inline(always)]
fn weight<S: Simd, W: Weight>(simd: S, column: &[W], gate: usize) -> Vector<S> {
    W::load(simd, &column[gate * lanes::<S>()..])
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
