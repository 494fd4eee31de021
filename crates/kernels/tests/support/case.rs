//! The sizes that a layer is tested with.

/// Around the lanes of every set (4, 8 and 16) and their multiples.
const UNITS: &[usize] = if cfg!(miri) { &[5] } else { &[1, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33] };
/// Every height of a register tile, and more rows than one tile takes.
const BATCHES: &[usize] = if cfg!(miri) { &[1, 3] } else { &[1, 2, 3, 4, 5, 6, 7, 13] };
/// Odd and even, and more columns than stay in the first-level cache at once.
const INPUTS: &[usize] = if cfg!(miri) { &[9] } else { &[1, 7, 8, 9, 17, 130, 257] };
const STEPS: &[usize] = if cfg!(miri) { &[1, 2] } else { &[1, 2, 5] };

/// One run of a layer in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub units: usize,
    pub batch: usize,
    pub inputs: usize,
    pub steps: usize,
    pub reverse: bool,
    /// Whether the sequences of the batch end at different times.
    pub ragged: bool,
    /// Whether gate values are recorded.
    pub taped: bool,
    /// Whether the scratch for projected inputs holds no more than one time.
    pub tight: bool,
    pub seed: u64,
}

impl Case {
    /// All units, batches and steps, each with some choice of the rest.
    pub fn some() -> impl Iterator<Item = Self> {
        let bit = |seed: usize, at: usize| (seed / INPUTS.len()) >> at & 1 == 1;
        sizes().enumerate().map(move |(seed, [units, batch, steps])| Self {
            units,
            batch,
            inputs: INPUTS[seed % INPUTS.len()],
            steps,
            reverse: bit(seed, 0),
            ragged: bit(seed, 1),
            taped: bit(seed, 2),
            tight: bit(seed, 3),
            seed: seed as u64,
        })
    }

    /// The whole product of sizes, directions and equal or different lengths.
    pub fn all() -> impl Iterator<Item = Self> {
        let inputs = sizes().flat_map(|size| INPUTS.iter().map(move |&inputs| (size, inputs)));
        let choices = inputs.flat_map(|size| (0..4).map(move |choice| (size, choice)));
        choices.enumerate().map(|(seed, (([units, batch, steps], inputs), choice))| Self {
            units,
            batch,
            inputs,
            steps,
            reverse: choice & 1 == 1,
            ragged: choice & 2 == 2,
            taped: false,
            tight: seed % 3 == 0,
            seed: seed as u64,
        })
    }

    /// Steps of each sequence, longest first; some sequences of a ragged batch are empty.
    pub fn lengths(&self) -> Vec<usize> {
        let missing =
            |row: usize| if self.ragged { row * (self.steps + 1) / self.batch } else { 0 };
        (0..self.batch).map(|row| self.steps - missing(row)).collect()
    }

    /// First packed row of each time, and the end.
    pub fn offsets(&self) -> Vec<usize> {
        let lengths = self.lengths();
        let running = |time: usize| lengths.iter().filter(|&&length| length > time).count();
        let mut offsets = vec![0];
        for time in 0..self.steps {
            offsets.push(offsets[time] + running(time));
        }
        offsets
    }
}

fn sizes() -> impl Iterator<Item = [usize; 3]> {
    let pairs = UNITS.iter().flat_map(|&units| BATCHES.iter().map(move |&batch| [units, batch]));
    pairs.flat_map(|[units, batch]| STEPS.iter().map(move |&steps| [units, batch, steps]))
}
