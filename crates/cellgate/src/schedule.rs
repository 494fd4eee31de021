//! How the rows of a batch of sequences are packed by time.
//!
//! Longest first, so that the sequences that still run at a time are a prefix (the
//! packed sequence of PyTorch and cuDNN).

use crate::error::{Code, Error, Result, dims_text};
use crate::memory::{fit, product, put};
use crate::text::text;
use std::cell::Cell;

/// Order of a batch; its buffers are kept between calls.
#[derive(Default)]
pub(crate) struct Schedule {
    pub batch: usize,
    /// Time steps of x, the longest sequence may be shorter.
    pub steps: usize,
    time_major: bool,
    /// Batch index of each packed row of a time, longest sequence first.
    pub order: Vec<usize>,
    /// Lengths in that order.
    pub lengths: Vec<usize>,
    /// First packed row of each time, and the end.
    pub offsets: Vec<usize>,
}

/// Dimensions of an input of sequences.
pub(crate) struct SequenceDims<'a> {
    pub dims: &'a [usize],
    pub time_major: bool,
    pub lengths: Option<&'a [u32]>,
    pub input_size: usize,
}

impl SequenceDims<'_> {
    /// Batch and steps; all that can be said of x before the schedule is laid out.
    pub fn check(&self, place: &str) -> Result<(usize, usize)> {
        let &[first, second, width] = self.dims else {
            return Err(self.wrong(place));
        };
        if width != self.input_size {
            return Err(self.wrong(place));
        }
        let (batch, steps) = if self.time_major { (second, first) } else { (first, second) };
        if let Some(lengths) = self.lengths {
            if lengths.len() != batch {
                let expected = text!["lengths must be [batch] = [", batch, "]"];
                return Err(Error::new(Code::Shape, place, expected, dims_text(&[lengths.len()])));
            }
            if let Some(at) = lengths.iter().position(|&length| length as usize > steps) {
                let expected = text!["lengths[", at, "] must be at most the steps of x = ", steps];
                return Err(Error::new(Code::Value, place, expected, text![lengths[at]]));
            }
        }
        product(place, &[batch.max(1), steps.max(1), self.input_size])?;
        Ok((batch, steps))
    }

    fn wrong(&self, place: &str) -> Error {
        let order = if self.time_major { "time, batch" } else { "batch, time" };
        let width = self.input_size;
        let expected = text!["x must be [", order, ", inputSize] = [*, *, ", width, "]"];
        Error::new(Code::Shape, place, expected, dims_text(self.dims))
    }
}

impl Schedule {
    /// Lays out checked dimensions.
    pub fn lay_out(&mut self, place: &str, dims: &SequenceDims) -> Result<()> {
        self.lay_out_part(place, dims, 0, 1)
    }

    /// Lays out part `at` of `parts` of the sequences: one in `parts`, so that all have about as many steps.
    pub fn lay_out_part(
        &mut self,
        place: &str,
        dims: &SequenceDims,
        at: usize,
        parts: usize,
    ) -> Result<()> {
        let (batch, steps) = dims.check(place)?;
        fit(place, &mut self.order, batch)?;
        fit(place, &mut self.lengths, batch)?;
        fit(place, &mut self.offsets, steps + 1)?;
        (self.batch, self.steps, self.time_major) = (batch, steps, dims.time_major);
        let length = |index: usize| dims.lengths.map_or(steps, |lengths| lengths[index] as usize);
        // A counting sort, the longest first; those of one length stay in their order.
        let places = &mut self.offsets;
        places.clear();
        places.resize(steps + 1, 0);
        (0..batch).for_each(|index| places[steps - length(index)] += 1);
        let mut first = 0;
        for place in places.iter_mut() {
            first += core::mem::replace(place, first);
        }
        self.order.clear();
        self.order.resize(batch, 0);
        for index in 0..batch {
            let place = &mut places[steps - length(index)];
            self.order[*place] = index;
            *place += 1;
        }
        if parts > 1 {
            let mut turns = (0..parts).cycle();
            self.order.retain(|_| turns.next() == Some(at));
        }
        self.lengths.clear();
        self.lengths.extend(self.order.iter().map(|&index| length(index)));
        self.lay_out_rows();
        Ok(())
    }

    /// Lays out what becomes of these sequences in a layer that makes `to(length)` steps of each, and no shorter one
    /// longer than another.
    pub fn lay_out_changed(
        &self,
        place: &str,
        changed: &mut Self,
        to: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let steps = to(self.steps);
        fit(place, &mut changed.order, self.count())?;
        fit(place, &mut changed.lengths, self.count())?;
        fit(place, &mut changed.offsets, steps + 1)?;
        (changed.batch, changed.steps, changed.time_major) = (self.batch, steps, self.time_major);
        changed.order.clear();
        changed.order.extend(&self.order);
        changed.lengths.clear();
        changed.lengths.extend(self.lengths.iter().map(|&length| to(length)));
        changed.lay_out_rows();
        Ok(())
    }

    fn lay_out_rows(&mut self) {
        let longest = self.lengths.first().copied().unwrap_or(0);
        self.offsets.clear();
        self.offsets.push(0);
        let mut running = self.count();
        let mut rows = 0;
        for time in 0..longest {
            while self.lengths[running - 1] <= time {
                running -= 1;
            }
            rows += running;
            self.offsets.push(rows);
        }
    }

    /// Packed rows of each time.
    pub fn times(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.offsets.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Sequences that are laid out.
    pub fn count(&self) -> usize {
        self.order.len()
    }

    /// Packed rows in all.
    pub fn rows(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Whether packed rows lie exactly as the rows of x do.
    pub fn is_direct(&self) -> bool {
        let full = self.rows() == self.batch * self.steps;
        full && (self.batch <= 1 || self.time_major)
    }

    fn user_row(&self, index: usize, time: usize) -> usize {
        if self.time_major { time * self.batch + index } else { index * self.steps + time }
    }

    /// Row of x (or of the output) for each packed row.
    fn user_rows(&self) -> impl Iterator<Item = usize> {
        let times = self.offsets.windows(2).enumerate();
        times.flat_map(move |(time, ends)| {
            self.order[..ends[1] - ends[0]].iter().map(move |&index| self.user_row(index, time))
        })
    }

    /// Copies rows of x into packed order.
    pub fn gather(&self, x: &[f32], width: usize, packed: &mut [f32]) {
        for (row, target) in self.user_rows().zip(packed.chunks_exact_mut(width)) {
            target.copy_from_slice(&x[row * width..][..width]);
        }
    }

    /// Copies packed rows to where the user wants them; zeros past the end of a sequence.
    pub fn scatter(&self, packed: &[f32], width: usize, output: &[Cell<f32>]) {
        self.for_each_missing_row(|row| {
            output[row * width..][..width].iter().for_each(|cell| cell.set(0.0));
        });
        for (row, source) in self.user_rows().zip(packed.chunks_exact(width)) {
            put(source, &output[row * width..]);
        }
    }

    /// Calls `each` with the user's row of every step past the end of a sequence.
    pub fn for_each_missing_row(&self, mut each: impl FnMut(usize)) {
        for (&index, &length) in self.order.iter().zip(&self.lengths) {
            (length..self.steps).for_each(|time| each(self.user_row(index, time)));
        }
    }

    /// Calls `each` with the user's row of every packed row.
    pub fn for_each_row(&self, mut each: impl FnMut(usize, usize)) {
        self.user_rows().enumerate().for_each(|(packed, user)| each(packed, user));
    }

    /// Packed row of the step of sequence `at` (in packed order) that runs last.
    pub fn last_row(&self, at: usize, reverse: bool) -> Option<usize> {
        let last = self.lengths[at].checked_sub(1)?;
        Some(if reverse { at } else { self.offsets[last] + at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::cells;

    fn lay_out(dims: [usize; 2], time_major: bool, lengths: Option<&[u32]>) -> Schedule {
        let dims = &[dims[0], dims[1], 1];
        let mut schedule = Schedule::default();
        let dims = SequenceDims { dims, time_major, lengths, input_size: 1 };
        schedule.lay_out("test", &dims).expect("the dimensions are right");
        schedule
    }

    #[test]
    fn the_longest_sequences_come_first_and_equals_keep_their_order() {
        let schedule = lay_out([4, 3], false, Some(&[2, 0, 3, 3]));
        assert_eq!((schedule.batch, schedule.steps, schedule.rows()), (4, 3, 8));
        assert_eq!(schedule.order, [2, 3, 0, 1]);
        assert_eq!(schedule.lengths, [3, 3, 2, 0]);
        assert_eq!(schedule.offsets, [0, 3, 6, 8]);
    }

    #[test]
    fn every_sequence_is_in_one_part_and_parts_are_of_one_size() {
        let lengths = [2, 9, 0, 3, 3, 7, 9, 1];
        let dims = SequenceDims {
            dims: &[8, 9, 1],
            time_major: false,
            lengths: Some(&lengths),
            input_size: 1,
        };
        let whole = lay_out([8, 9], false, Some(&lengths));
        for parts in 1..=8 {
            let mut part = Schedule::default();
            let mut written = [f32::NAN; 72];
            let (mut all, mut rows) = (Vec::new(), 0);
            for at in 0..parts {
                part.lay_out_part("test", &dims, at, parts).expect("the dimensions are right");
                all.extend(part.order.iter().copied());
                assert!(part.count() - 8 / parts <= 1, "{parts} parts");
                rows += part.rows();
                part.scatter(&vec![1.0; part.rows()], 1, cells(&mut written));
                assert_eq!(
                    part.lengths,
                    part.order.iter().map(|&index| lengths[index] as usize).collect::<Vec<_>>()
                );
            }
            all.sort_unstable();
            assert_eq!((all, rows), ((0..8).collect(), whole.rows()));
            assert_eq!(written.iter().sum::<f32>(), rows as f32, "{parts} parts");
        }
    }

    #[test]
    fn times_that_no_sequence_reaches_have_no_rows() {
        let schedule = lay_out([2, 9], false, Some(&[1, 2]));
        assert_eq!(schedule.offsets, [0, 2, 3]);
        assert_eq!(lay_out([2, 9], false, Some(&[0, 0])).offsets, [0]);
        assert_eq!(lay_out([0, 9], false, None).offsets, [0]);
        assert_eq!(lay_out([3, 0], false, None).offsets, [0]);
    }

    #[test]
    fn a_layer_that_changes_lengths_leaves_the_order() {
        let schedule = lay_out([6, 4], true, Some(&[2, 0, 6, 5]));
        let mut changed = lay_out([7, 5], false, None);
        schedule
            .lay_out_changed("test", &mut changed, |length| length / 2)
            .expect("they are short");
        assert_eq!((changed.batch, changed.steps, changed.rows()), (4, 3, 6));
        assert_eq!(changed.order, schedule.order);
        assert_eq!(changed.lengths, [3, 2, 1, 0]);
        assert_eq!(changed.offsets, [0, 3, 5, 6]);
        assert_eq!(changed.times().collect::<Vec<_>>(), [0..3, 3..5, 5..6]);
    }

    #[test]
    fn a_schedule_forgets_the_batch_before() {
        let mut schedule = lay_out([7, 5], false, Some(&[5, 4, 3, 2, 1, 0, 5]));
        let dims =
            SequenceDims { dims: &[1, 2, 1], time_major: false, lengths: None, input_size: 1 };
        schedule.lay_out("test", &dims).expect("the dimensions are right");
        assert_eq!((schedule.batch, schedule.steps), (1, 2));
        assert_eq!((schedule.order, schedule.lengths), (vec![0], vec![2]));
        assert_eq!(schedule.offsets, [0, 1, 2]);
    }

    #[test]
    fn gathered_rows_are_in_packed_order_and_scatter_back_with_zeros_past_the_end() {
        // Value 10 * sequence + time, in both layouts of the same batch.
        let batch_first = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 20.0, 21.0, 22.0];
        let time_first = [0.0, 10.0, 20.0, 1.0, 11.0, 21.0, 2.0, 12.0, 22.0];
        for (time_major, x) in [(false, batch_first), (true, time_first)] {
            let schedule = lay_out([3, 3], time_major, Some(&[1, 3, 2]));
            let mut packed = [f32::NAN; 6];
            schedule.gather(&x, 1, &mut packed);
            assert_eq!(packed, [10.0, 20.0, 0.0, 11.0, 21.0, 12.0]);
            let mut back = [f32::NAN; 9];
            schedule.scatter(&packed, 1, cells(&mut back));
            let ended = [1.0, 2.0, 22.0];
            assert_eq!(back, x.map(|value| if ended.contains(&value) { 0.0 } else { value }));
            schedule.for_each_row(|packed_row, row| assert_eq!(packed[packed_row], x[row]));
        }
    }

    #[test]
    fn the_last_row_is_that_of_the_end_or_in_reverse_of_the_start() {
        let schedule = lay_out([3, 3], false, Some(&[1, 3, 0]));
        assert_eq!(schedule.order, [1, 0, 2]);
        let last = |reverse| [0, 1, 2].map(|at| schedule.last_row(at, reverse));
        assert_eq!(last(false), [Some(3), Some(1), None]);
        assert_eq!(last(true), [Some(0), Some(1), None]);
    }

    #[test]
    fn rows_lie_as_those_of_x_only_when_none_is_missing_or_moved() {
        assert!(lay_out([3, 2], true, None).is_direct());
        assert!(lay_out([1, 2], false, None).is_direct());
        assert!(!lay_out([3, 2], false, None).is_direct());
        assert!(!lay_out([2, 3], true, Some(&[2, 1, 2])).is_direct());
    }

    #[test]
    fn wrong_dimensions_say_what_was_expected_and_what_came() {
        let text = |dims: &[usize], time_major, lengths: Option<&[u32]>| {
            let dims = SequenceDims { dims, time_major, lengths, input_size: 4 };
            dims.check("lstm.forward").map_err(|error| error.to_string())
        };
        let batch_first =
            "lstm.forward: x must be [batch, time, inputSize] = [*, *, 4], got [2, 3]";
        assert_eq!(text(&[2, 3], false, None), Err(batch_first.into()));
        let time_first =
            "lstm.forward: x must be [time, batch, inputSize] = [*, *, 4], got [3, 2, 5]";
        assert_eq!(text(&[3, 2, 5], true, None), Err(time_first.into()));
        let count = "lstm.forward: lengths must be [batch] = [2], got [1]";
        assert_eq!(text(&[2, 3, 4], false, Some(&[3])), Err(count.into()));
        let long = "lstm.forward: lengths[1] must be at most the steps of x = 3, got 4";
        assert_eq!(text(&[2, 3, 4], false, Some(&[3, 4])), Err(long.into()));
        assert_eq!(text(&[3, 2, 4], true, Some(&[3, 1])), Ok((2, 3)));
    }
}
