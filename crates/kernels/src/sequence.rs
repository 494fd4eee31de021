//! One direction of one recurrent layer over a whole sequence.
//!
//! Rows are packed by time: the rows of time `t` are `offsets[t]..offsets[t + 1]`, the
//! longest sequence first, so that the sequences still running at `t` are a prefix.
//! Going forward the prefix shrinks; in reverse it grows, and a sequence starts from
//! its initial state at its own end.

use crate::linear::multiply_rows;
use crate::noise::{Noise, Zoned};
use crate::panel::Panels;
use crate::rows::Rows;
use crate::tile::{Operand, Product, Start, Sums};
use cellgate_simd::{Simd, lanes};
use core::ops::Range;

/// What a run over time reads and writes, whatever the cell.
pub struct Sequence<'a> {
    /// First packed row of each time, and the end.
    pub offsets: &'a [usize],
    pub reverse: bool,
    pub x: Rows<'a>,
    /// h before the first step, `[batch][width]`.
    pub initial: Rows<'a>,
    /// h of every step, `[packed row][width]`.
    pub hidden: &'a mut [f32],
    /// Projected inputs of a stretch of time; see [`projected_len`].
    pub projected: &'a mut [f32],
    /// Gate values for trace and training, `[packed row][block][slot][lane]`, or empty.
    pub tape: &'a mut [f32],
    pub noise: Noise<'a>,
    pub zoned: Zoned<'a>,
    /// With noise, of [`crate::noise::noise_len`].
    pub noise_scratch: &'a mut [f32],
}

/// A layer running over a sequence: the kernel of every recurrent layer.
pub struct Run<'a, Layer> {
    pub layer: Layer,
    pub sequence: Sequence<'a>,
}

/// Input weights of a cell, packed.
#[derive(Clone, Copy)]
pub struct InputWeights<'a> {
    pub panels: Panels<'a>,
    /// `[block][gate][lane]`
    pub bias: &'a [f32],
}

/// One step of the rows `first_row..first_row + rows` of the batch.
pub(crate) struct Step<'a> {
    /// Input products and biases, `[batch row][block][gate][lane]`.
    pub projected: Rows<'a>,
    /// h(t-1) of the rows of this step, from `first_row` on.
    pub before: Rows<'a>,
    /// The same as the recurrent weights see it.
    pub seen: Rows<'a>,
    pub first_row: usize,
    pub rows: usize,
    /// As in [`Product`]: at every second step.
    pub from_end: bool,
    /// h(t), `[batch row][width]`.
    pub hidden: &'a mut [f32],
    /// `[batch row]...`, or empty.
    pub tape: &'a mut [f32],
}

impl<'a> Step<'a> {
    /// The product of this step's rows with the recurrent panels.
    #[inline(always)]
    pub fn product<'b>(&self, recurrent: Panels<'b>) -> Product<'b>
    where
        'a: 'b,
    {
        let Self { first_row, rows, seen, from_end, .. } = *self;
        Product { operand: Operand::new(seen, recurrent), first_row, rows, from_end }
    }
}

/// A cell with its weights and state. Its methods are called through a table, hence compiled without
/// the instruction set: what uses vectors enables it again by [`Simd::vectorize`].
pub(crate) trait Recurrence<S: Simd> {
    fn units(&self) -> usize;

    /// How many gates have weights.
    fn gates(&self) -> usize;

    /// Vectors of a tape per block.
    fn tape(&self) -> usize;

    fn input(&self) -> InputWeights<'_>;

    /// What happens to projected rows before their steps.
    fn adjust_projected(&self, _rows: &mut [f32]) {}

    fn step(&mut self, simd: S, step: Step);

    /// c, `[batch][blocks * lanes]`, of cells that have one.
    fn cell_state(&mut self) -> &mut [f32] {
        &mut []
    }
}

/// Floats of scratch for projected inputs: as much time as a quarter of a mebibyte
/// holds, so that it is still in the second-level cache when its steps run.
pub fn projected_len(rows: usize, batch: usize, row_len: usize) -> usize {
    const FLOATS: usize = 1 << 16;
    (FLOATS / row_len.max(1)).max(batch).min(rows) * row_len
}

/// Runs all steps in their order. Compiled once, for whatever cell.
#[inline(never)]
pub(crate) fn drive<S: Simd>(simd: S, cell: &mut dyn Recurrence<S>, sequence: Sequence) {
    simd.vectorize(
        #[inline(always)]
        || run_steps(simd, cell, sequence),
    );
}

#[inline(always)]
fn run_steps<S: Simd>(simd: S, cell: &mut dyn Recurrence<S>, sequence: Sequence) {
    let Sequence { offsets, reverse, x, initial, hidden, projected, tape, .. } = sequence;
    let Sequence { noise, zoned, noise_scratch: scratch, .. } = sequence;
    let steps = offsets.len() - 1;
    let blocks = cell.units().div_ceil(lanes::<S>());
    let tape_row = blocks * cell.tape() * lanes::<S>();
    let mut frame =
        Frame { offsets, reverse, initial, hidden, tape, tape_row, noise, zoned, scratch };
    let gates = cell.gates();
    let row_len = blocks * gates * lanes::<S>();
    let mut done = 0;
    while done < steps {
        let times = stretch(offsets, reverse, done, projected.len() / row_len);
        let rows = offsets[times.start]..offsets[times.end];
        let projected = &mut projected[..rows.len() * row_len];
        let InputWeights { panels, bias } = cell.input();
        let part = Rows { data: &x.data[rows.start * x.width..rows.end * x.width], width: x.width };
        let sums = Sums { start: Start::bias(bias), out: &mut *projected, width: row_len };
        multiply_rows(simd, Operand::new(part, panels), sums);
        cell.adjust_projected(projected);
        for step in 0..times.len() {
            let time = if reverse { times.end - 1 - step } else { times.start + step };
            let at = (offsets[time] - rows.start) * row_len;
            let rows = Rows { data: &projected[at..], width: row_len };
            frame.run(simd, cell, time, rows);
        }
        done += times.len();
    }
}

/// The next times whose rows fit `capacity`, at least one.
#[inline(always)]
pub(crate) fn stretch(
    offsets: &[usize],
    reverse: bool,
    done: usize,
    capacity: usize,
) -> Range<usize> {
    let steps = offsets.len() - 1;
    if reverse {
        let end = steps - done;
        let mut start = end - 1;
        while start > 0 && offsets[end] - offsets[start - 1] <= capacity {
            start -= 1;
        }
        start..end
    } else {
        let mut end = done + 1;
        while end < steps && offsets[end + 1] - offsets[done] <= capacity {
            end += 1;
        }
        done..end
    }
}

struct Frame<'a> {
    offsets: &'a [usize],
    reverse: bool,
    initial: Rows<'a>,
    hidden: &'a mut [f32],
    tape: &'a mut [f32],
    tape_row: usize,
    noise: Noise<'a>,
    zoned: Zoned<'a>,
    scratch: &'a mut [f32],
}

impl Frame<'_> {
    /// Runs the rows of one time: those that already ran continue from their last h, the
    /// others (all at the first step; in reverse also later) from the initial state.
    #[inline(always)]
    fn run<S: Simd>(
        &mut self,
        simd: S,
        cell: &mut dyn Recurrence<S>,
        time: usize,
        projected: Rows,
    ) {
        let (offsets, width) = (self.offsets, self.initial.width);
        let (start, end) = (offsets[time], offsets[time + 1]);
        let (past, now, previous) = if self.reverse {
            let (older, newer) = self.hidden.split_at_mut(end * width);
            let previous = offsets.get(time + 2).map_or(0, |after| after - end);
            (&*newer, &mut older[start * width..], previous)
        } else {
            let (older, newer) = self.hidden.split_at_mut(start * width);
            let begin = offsets[time.saturating_sub(1)];
            (&older[begin * width..], &mut newer[..(end - start) * width], start - begin)
        };
        let running = previous.min(end - start);
        let tape = if self.tape.is_empty() {
            &mut [][..]
        } else {
            &mut self.tape[start * self.tape_row..end * self.tape_row]
        };
        let fresh = &self.initial.data[running * width..];
        let (noise, count) = (self.noise, end - start);
        let padded = cell.units().next_multiple_of(lanes::<S>());
        let zones = !noise.cell.is_nothing() && !cell.cell_state().is_empty();
        let (masked, scratch) =
            self.scratch.split_at_mut(if noise.drops() { count * width } else { 0 });
        if zones {
            scratch[..count * padded].copy_from_slice(&cell.cell_state()[..count * padded]);
        }
        for (rows, before) in [(0..running, past), (running..count, fresh)] {
            if rows.is_empty() {
                continue;
            }
            let before = Rows { data: before, width };
            let (first_row, rows) = (rows.start, rows.len());
            let mut seen = before;
            if noise.drops() {
                let masked = &mut masked[..rows * width];
                masked.copy_from_slice(&before.data[..rows * width]);
                let factors = &noise.dropped.data[first_row * width..];
                masked.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
                seen.data = masked;
            }
            let from_end = time % 2 == 1;
            let hidden = &mut *now;
            cell.step(
                simd,
                Step { projected, before, seen, first_row, rows, from_end, hidden, tape },
            );
            if !noise.hidden.is_nothing() {
                for row in 0..rows {
                    let at = start + first_row + row;
                    let h = &mut now[(first_row + row) * width..][..width];
                    if !self.zoned.fresh.is_empty() {
                        self.zoned.fresh[at * width..][..width].copy_from_slice(h);
                    }
                    noise.hidden.mix(at, before.row(row), h);
                }
            }
        }
        if zones {
            for row in 0..count {
                let before = &scratch[row * padded..][..padded];
                let c = &mut cell.cell_state()[row * padded..][..padded];
                noise.cell.mix(start + row, before, c);
                if !self.zoned.cell.is_empty() {
                    self.zoned.cell[(start + row) * padded..][..padded].copy_from_slice(c);
                }
            }
        }
    }
}
