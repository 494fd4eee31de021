//! How the rows of a batch of sequences are packed by time.
//!
//! Longest first, so that the sequences that still run at a time are a prefix (the
//! packed sequence of PyTorch and cuDNN).

use crate::error::{Code, Error, Result, dims_text};
use crate::memory::{fit, product};

/// Order of a batch; its buffers are kept between calls.
#[derive(Default)]
pub(crate) struct Schedule {
    pub batch: usize,
    /// Time steps of x, the longest sequence may be shorter.
    pub steps: usize,
    time_major: bool,
    /// Batch index of each packed row, longest sequence first.
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
                let expected = format!("lengths must be [batch] = [{batch}]");
                return Err(Error::new(Code::Shape, place, expected, dims_text(&[lengths.len()])));
            }
            if let Some(at) = lengths.iter().position(|&length| length as usize > steps) {
                let expected = format!("lengths[{at}] must be at most the steps of x = {steps}");
                return Err(Error::new(Code::Value, place, expected, lengths[at].to_string()));
            }
        }
        product(place, &[batch.max(1), steps.max(1), self.input_size])?;
        Ok((batch, steps))
    }

    fn wrong(&self, place: &str) -> Error {
        let order = if self.time_major { "time, batch" } else { "batch, time" };
        let width = self.input_size;
        let expected = format!("x must be [{order}, inputSize] = [*, *, {width}]");
        Error::new(Code::Shape, place, expected, dims_text(self.dims))
    }
}

impl Schedule {
    /// Lays out checked dimensions.
    pub fn lay_out(&mut self, place: &str, dims: &SequenceDims) -> Result<()> {
        let (batch, steps) = dims.check(place)?;
        fit(place, &mut self.order, batch)?;
        fit(place, &mut self.lengths, batch)?;
        fit(place, &mut self.offsets, steps + 1)?;
        (self.batch, self.steps, self.time_major) = (batch, steps, dims.time_major);
        self.order.clear();
        self.order.extend(0..batch);
        let length = |index: usize| dims.lengths.map_or(steps, |lengths| lengths[index] as usize);
        self.order.sort_by_key(|&index| core::cmp::Reverse(length(index)));
        self.lengths.clear();
        self.lengths.extend(self.order.iter().map(|&index| length(index)));
        let longest = self.lengths.first().copied().unwrap_or(0);
        self.offsets.clear();
        self.offsets.push(0);
        let mut running = batch;
        let mut rows = 0;
        for time in 0..longest {
            while self.lengths[running - 1] <= time {
                running -= 1;
            }
            rows += running;
            self.offsets.push(rows);
        }
        Ok(())
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

    /// Row of x (or of the output) for each packed row.
    fn user_rows(&self) -> impl Iterator<Item = usize> {
        let times = self.offsets.windows(2).enumerate();
        times.flat_map(move |(time, ends)| {
            self.order[..ends[1] - ends[0]].iter().map(move |&index| {
                if self.time_major { time * self.batch + index } else { index * self.steps + time }
            })
        })
    }

    /// Copies rows of x into packed order.
    pub fn gather(&self, x: &[f32], width: usize, packed: &mut [f32]) {
        for (row, target) in self.user_rows().zip(packed.chunks_exact_mut(width)) {
            target.copy_from_slice(&x[row * width..][..width]);
        }
    }

    /// Copies packed rows to where the user wants them; zeros past the end of a sequence.
    pub fn scatter(&self, packed: &[f32], width: usize, output: &mut [f32]) {
        if self.rows() < self.batch * self.steps {
            output.fill(0.0);
        }
        for (row, source) in self.user_rows().zip(packed.chunks_exact(width)) {
            output[row * width..][..width].copy_from_slice(source);
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
