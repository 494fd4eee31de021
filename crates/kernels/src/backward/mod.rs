//! One direction of one recurrent layer backwards through time.
//!
//! Steps are undone in the reverse of the order in which [`crate::sequence`] ran them, a
//! stretch of time at a time. A step turns the gradient of h(t) into gradients of the gates'
//! sums, rows `[block][gate][lane]`, and one product with the transposed recurrent weights
//! hands them to h(t-1). What a stretch leaves is multiplied as matrices while it is still in
//! the second-level cache: gradients of the weights, of the biases, and of x.

mod gru;
mod linear;
mod lstm;
mod rnn;

pub use gru::GruGradient;
pub use linear::{LinearGradient, linear_scratch_len};
pub use lstm::{LstmGradient, NormsGradient, ProjectionGradient};
pub use rnn::RnnGradient;

use crate::linear::multiply_rows;
use crate::noise::Noise;
use crate::panel::{pack_columns, panels_len};
use crate::rows::{Rows, load, store};
use crate::sequence::stretch;
use crate::tile::{Operand, Start, Sums};
use cellgate_simd::{Simd, lanes};
use core::ops::Range;

/// What a run over time left behind.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// As in [`crate::sequence::Sequence`].
    pub offsets: &'a [usize],
    pub reverse: bool,
    pub x: Rows<'a>,
    /// h before the first step, `[batch][width]`.
    pub initial: Rows<'a>,
    /// h of every step, `[packed row][width]`.
    pub hidden: Rows<'a>,
    pub tape: &'a [f32],
}

/// Gradients that flow through the layer.
pub struct Flow<'a> {
    /// Of h of every step, as the loss sees it: `[packed row][width]`.
    pub output: Rows<'a>,
    /// `[batch][width]`: of the last h on entry, of the initial h in the end.
    pub hidden: &'a mut [f32],
    /// Of x, `[packed row][x.width]`, or empty.
    pub x: &'a mut [f32],
    /// Whether to add to what `x` holds.
    pub add: bool,
}

/// Gradients of the weights, added to what they hold. A matrix is `[column][block][gate][lane]`.
pub struct WeightGradients<'a> {
    pub input: &'a mut [f32],
    pub recurrent: &'a mut [f32],
    /// `[block][gate][lane]`
    pub bias: &'a mut [f32],
    /// Of the recurrent product's own bias; only where it differs from `bias`.
    pub inner_bias: &'a mut [f32],
}

/// Panels of the transposed weights, with a column for every float of a row `[block][gate][lane]`.
#[derive(Clone, Copy)]
pub struct Transposed<'a> {
    pub input: &'a [f32],
    pub recurrent: &'a [f32],
}

/// A layer run backwards: the kernel of every recurrent layer's gradient.
pub struct Backward<'a, Layer> {
    pub layer: Layer,
    pub job: Job<'a>,
}

/// What a run backwards reads and writes, whatever the cell.
pub struct Job<'a> {
    pub history: History<'a>,
    pub flow: Flow<'a>,
    pub transposed: Transposed<'a>,
    pub weights: WeightGradients<'a>,
    /// Of [`scratch_len`].
    pub scratch: &'a mut [f32],
    pub noise: Noise<'a>,
    /// With noise, of [`crate::noise::noise_len`].
    pub noise_scratch: &'a mut [f32],
}

/// Sizes that scratch memory depends on.
#[derive(Clone, Copy, Debug)]
pub struct ScratchSizes {
    /// Packed rows in all.
    pub rows: usize,
    pub batch: usize,
    /// Floats of a row `[block][gate][lane]`.
    pub row_len: usize,
    pub x_width: usize,
    pub width: usize,
    pub lanes: usize,
}

impl ScratchSizes {
    /// Packed rows of a stretch of time.
    pub fn capacity(&self) -> usize {
        const FLOATS: usize = 1 << 16;
        (FLOATS / self.row_len.max(1)).max(self.batch).min(self.rows)
    }
}

/// Floats of scratch.
pub fn scratch_len(sizes: ScratchSizes) -> usize {
    let ScratchSizes { row_len, x_width, width, lanes, .. } = sizes;
    let capacity = sizes.capacity();
    panels_len(row_len, capacity, lanes) + capacity * (2 * row_len + width + x_width.max(width))
}

/// Rows of one time.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    /// The first of them among all packed rows.
    pub first: usize,
    pub rows: usize,
    /// Packed row of the step before the first of them.
    pub before: usize,
    /// How many have a step before; the others, behind them, began here.
    pub continued: usize,
}

/// One step to undo.
pub(crate) struct StepBack<'a> {
    pub now: Now,
    /// The first of its rows among those of the stretch.
    pub first_of_stretch: usize,
    /// Gradient of h(t) as the loss sees it.
    pub output: Rows<'a>,
    /// On entry what the step after hands on; left with what reaches h(t-1) past the product.
    pub hidden: &'a mut [f32],
    /// Receives the gradients of the sums, `[row][block][gate][lane]`.
    pub sums: &'a mut [f32],
    /// Receives those of the recurrent product, where they differ.
    pub recurrent: &'a mut [f32],
}

/// Rows of a stretch of time.
pub(crate) struct Stretch<'a> {
    pub rows: Range<usize>,
    pub x: Rows<'a>,
    /// h(t-1) of each row.
    pub before: Rows<'a>,
}

/// The backward equations of a cell, called through a table as in [`crate::sequence::Recurrence`].
pub(crate) trait Gradient<S: Simd> {
    fn units(&self) -> usize;

    fn gates(&self) -> usize;

    /// Whether gradients of the recurrent product differ from those of the sums.
    fn is_two_sided(&self) -> bool;

    /// Before the steps of a stretch.
    fn begin(&mut self, _simd: S, _stretch: &Stretch) {}

    fn step(&mut self, simd: S, step: StepBack);

    /// After the steps of a stretch: gradients of weights that only this cell has.
    fn end(&mut self, _simd: S, _stretch: &Stretch, _sums: &[f32], _products: &mut Products) {}
}

/// Undoes all steps. Compiled once, for whatever cell.
#[inline(never)]
pub(crate) fn drive_back<S: Simd>(simd: S, cell: &mut dyn Gradient<S>, job: Job) {
    simd.vectorize(
        #[inline(always)]
        || undo_steps(simd, cell, job),
    );
}

#[inline(always)]
fn undo_steps<S: Simd>(simd: S, cell: &mut dyn Gradient<S>, job: Job) {
    let Job { history, flow, transposed, weights, scratch, noise, noise_scratch } = job;
    let History { offsets, reverse, x, initial, hidden, .. } = history;
    let (steps, width) = (offsets.len() - 1, initial.width);
    let row_len = cell.units().next_multiple_of(lanes::<S>()) * cell.gates();
    let batch = initial.data.len() / width;
    let lanes = lanes::<S>();
    let sizes =
        ScratchSizes { rows: offsets[steps], batch, row_len, x_width: x.width, width, lanes };
    let capacity = sizes.capacity();
    let (panels, scratch) = scratch.split_at_mut(panels_len(row_len, capacity, lanes));
    let (sums, scratch) = scratch.split_at_mut(capacity * row_len);
    let (recurrent, scratch) = scratch.split_at_mut(capacity * row_len);
    let (before, columns) = scratch.split_at_mut(capacity * width);
    let mut products = Products { panels, columns };
    let mut done = 0;
    while done < steps {
        // The order of a run in the other direction.
        let times = stretch(offsets, !reverse, done, capacity);
        done += times.len();
        let rows = offsets[times.start]..offsets[times.end];
        let count = rows.len();
        for time in times.clone() {
            let now = now(offsets, reverse, time);
            let target = &mut before[(now.first - rows.start) * width..][..now.rows * width];
            let (past, fresh) = target.split_at_mut(now.continued * width);
            past.copy_from_slice(&hidden.data[now.before * width..][..past.len()]);
            fresh.copy_from_slice(&initial.data[now.continued * width..][..fresh.len()]);
            if noise.drops() {
                target.iter_mut().zip(noise.dropped.data).for_each(|(h, factor)| *h *= factor);
            }
        }
        let stretch = Stretch {
            x: Rows { data: &x.data[rows.start * x.width..rows.end * x.width], width: x.width },
            before: Rows { data: &before[..count * width], width },
            rows: rows.clone(),
        };
        cell.begin(simd, &stretch);
        for step in 0..times.len() {
            let time = if reverse { times.start + step } else { times.end - 1 - step };
            let now = now(offsets, reverse, time);
            let first_of_stretch = now.first - rows.start;
            let own = first_of_stretch * row_len..(first_of_stretch + now.rows) * row_len;
            let mut output = Rows { data: &flow.output.data[now.first * width..], width };
            let len = now.rows * width;
            let zones = !noise.hidden.is_nothing();
            let parts = noise_scratch.split_at_mut(if zones { len } else { 0 });
            let (kept, rest) = parts;
            let (shown, rest) = rest.split_at_mut(kept.len());
            if zones {
                // The whole gradient of h(t), of which a part belongs to h(t-1) as it is.
                shown.copy_from_slice(&flow.hidden[..len]);
                shown.iter_mut().zip(output.data).for_each(|(sum, value)| *sum += value);
                for row in 0..now.rows {
                    let own = row * width..(row + 1) * width;
                    noise.hidden.divide(now.first + row, &mut shown[own.clone()], &mut kept[own]);
                }
                flow.hidden[..len].fill(0.0);
                output.data = shown;
            }
            let sums = &mut sums[own.clone()];
            let side = if cell.is_two_sided() { &mut recurrent[own] } else { &mut [][..] };
            cell.step(
                simd,
                StepBack {
                    now,
                    first_of_stretch,
                    output,
                    hidden: &mut *flow.hidden,
                    sums: &mut *sums,
                    recurrent: &mut *side,
                },
            );
            let data = if cell.is_two_sided() { &*side } else { &*sums };
            let gradients = Operand::new(Rows { data, width: row_len }, transposed.recurrent);
            if noise.drops() {
                let product = &mut rest[..len];
                let sums = Sums { start: Start::Zero, out: &mut *product, width };
                multiply_rows(simd, gradients, sums);
                let factors = noise.dropped.data;
                let products = product.iter().zip(factors).map(|(value, factor)| value * factor);
                flow.hidden.iter_mut().zip(products).for_each(|(sum, value)| *sum += value);
            } else {
                let sums = Sums { start: Start::Out, out: &mut *flow.hidden, width };
                multiply_rows(simd, gradients, sums);
            }
            flow.hidden.iter_mut().zip(&*kept).for_each(|(sum, value)| *sum += value);
        }
        let sums = &sums[..count * row_len];
        let inner = if cell.is_two_sided() { &recurrent[..count * row_len] } else { sums };
        products.outer(simd, Rows { data: sums, width: row_len }, stretch.x, weights.input);
        let inner = Rows { data: inner, width: row_len };
        if cell.is_two_sided() {
            products.pack::<S>(inner);
            add_rows(simd, inner, weights.inner_bias);
        }
        products.outer_packed(simd, count, row_len, stretch.before, weights.recurrent);
        add_rows(simd, Rows { data: sums, width: row_len }, weights.bias);
        if !flow.x.is_empty() {
            let gradients = Operand::new(Rows { data: sums, width: row_len }, transposed.input);
            let out = &mut flow.x[rows.start * x.width..rows.end * x.width];
            let start = if flow.add { Start::Out } else { Start::Zero };
            multiply_rows(simd, gradients, Sums { start, out, width: x.width });
        }
        cell.end(simd, &stretch, sums, &mut products);
    }
}

#[inline(always)]
fn now(offsets: &[usize], reverse: bool, time: usize) -> Now {
    let first = offsets[time];
    let rows = offsets[time + 1] - first;
    let (before, continued) = if reverse {
        let before = offsets[time + 1];
        (before, offsets.get(time + 2).map_or(0, |end| end - before))
    } else if time > 0 {
        (offsets[time - 1], rows)
    } else {
        (0, 0)
    };
    Now { first, rows, before, continued }
}

/// Scratch of products that sum over the rows of a stretch.
pub(crate) struct Products<'a> {
    panels: &'a mut [f32],
    columns: &'a mut [f32],
}

impl Products<'_> {
    /// `out[column][..] += sum over rows of right[row][column] * left[row][..]`
    #[inline(always)]
    pub fn outer<S: Simd>(&mut self, simd: S, left: Rows, right: Rows, out: &mut [f32]) {
        let count = left.data.len() / left.width;
        self.pack::<S>(left);
        self.outer_packed(simd, count, left.width, right, out);
    }

    /// Packs `left` as panels with a column for each row.
    #[inline(always)]
    fn pack<S: Simd>(&mut self, left: Rows) {
        let count = left.data.len() / left.width;
        let panels = &mut self.panels[..panels_len(left.width, count, lanes::<S>())];
        pack_columns(left.width, lanes::<S>(), count, panels, |row| Some(left.row(row)));
    }

    #[inline(always)]
    fn outer_packed<S: Simd>(
        &mut self,
        simd: S,
        count: usize,
        row_len: usize,
        right: Rows,
        out: &mut [f32],
    ) {
        let columns = &mut self.columns[..count * right.width];
        transpose(right, columns);
        let operand = Operand::new(Rows { data: columns, width: count }, &*self.panels);
        multiply_rows(simd, operand, Sums { start: Start::Out, out, width: row_len });
    }
}

/// Columns of `rows` one after the other.
#[inline(always)]
fn transpose(rows: Rows, columns: &mut [f32]) {
    /// Floats of a cache line: a square of them stays in the first-level cache.
    const SQUARE: usize = 16;
    let count = rows.data.len() / rows.width;
    for first in (0..rows.width).step_by(SQUARE) {
        let end = rows.width.min(first + SQUARE);
        for top in (0..count).step_by(SQUARE) {
            let bottom = count.min(top + SQUARE);
            for column in first..end {
                let target = &mut columns[column * count..][top..bottom];
                for (row, value) in (top..bottom).zip(target) {
                    *value = rows.data[row * rows.width + column];
                }
            }
        }
    }
}

/// `sum += every row`, rows of whole vectors.
#[inline(always)]
pub(crate) fn add_rows<S: Simd>(simd: S, rows: Rows, sum: &mut [f32]) {
    for row in rows.data.chunks_exact(rows.width) {
        for at in 0..row.len() / lanes::<S>() {
            store::<S>(load(simd, sum, at) + load(simd, row, at), sum, at);
        }
    }
}
