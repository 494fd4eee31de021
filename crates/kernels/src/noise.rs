//! What acts on the state between two steps: recurrent dropout and zoneout.
//!
//! ```text
//! recurrent dropout    the recurrent weights see d * h(t-1)         (Gal & Ghahramani 2016)
//! zoneout              c(t) = k * c(t-1) + (1 - k) * c'(t)
//!                      h(t) = k * h(t-1) + (1 - k) * h'(t)          (Krueger et al. 2017)
//! ```
//!
//! The same factors d at all times; k is drawn from {0, 1} for every step in training, and its mean
//! otherwise. Not for the inner loops: what passes here is small beside the products.

use crate::rows::Rows;

/// Shares of the state before that stay.
#[derive(Clone, Copy)]
pub enum Kept<'a> {
    Nothing,
    /// This share, everywhere.
    Share(f32),
    /// One share for each value: a row for each packed row, of the width of those it is for.
    Rows(&'a [f32]),
}

impl Kept<'_> {
    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// `now = k * before + (1 - k) * now` for the packed row `row`.
    #[inline(always)]
    pub(crate) fn mix(&self, row: usize, before: &[f32], now: &mut [f32]) {
        let pairs = now.iter_mut().zip(before);
        match *self {
            Self::Nothing => {}
            Self::Share(k) => pairs.for_each(|(now, before)| *now += k * (before - *now)),
            Self::Rows(data) => {
                let shares = &data[row * before.len()..][..before.len()];
                let mix = |((now, before), k): ((&mut f32, &f32), &f32)| {
                    *now = k * before + (1.0 - k) * *now;
                };
                pairs.zip(shares).for_each(mix);
            }
        }
    }

    /// Moves the share `k` of the gradient of a state from `now` to `before`.
    #[inline(always)]
    pub(crate) fn divide(&self, row: usize, now: &mut [f32], before: &mut [f32]) {
        let pairs = now.iter_mut().zip(before.iter_mut());
        match *self {
            Self::Nothing => {}
            Self::Share(k) => pairs.for_each(|(now, before)| {
                *before = k * *now;
                *now -= *before;
            }),
            Self::Rows(data) => {
                let shares = &data[row * now.len()..][..now.len()];
                let pairs = now.iter_mut().zip(before.iter_mut());
                pairs.zip(shares).for_each(|((now, before), k)| {
                    *before = k * *now;
                    *now *= 1.0 - k;
                });
            }
        }
    }
}

/// Everything that acts between steps.
#[derive(Clone, Copy)]
pub struct Noise<'a> {
    /// Factors of h(t-1), `[batch][width]`, or empty.
    pub dropped: Rows<'a>,
    /// Of h, rows of `width`.
    pub hidden: Kept<'a>,
    /// Of c, rows of `blocks * lanes`.
    pub cell: Kept<'a>,
}

impl Noise<'_> {
    pub const NONE: Self =
        Self { dropped: Rows { data: &[], width: 0 }, hidden: Kept::Nothing, cell: Kept::Nothing };

    pub(crate) const fn drops(&self) -> bool {
        !self.dropped.data.is_empty()
    }
}

/// What a run with zoneout records for the way back, each part whole or empty.
#[derive(Default)]
pub struct Zoned<'a> {
    /// c of every step as the next one sees it, `[packed row][blocks * lanes]`.
    pub cell: &'a mut [f32],
    /// h of every step before it was mixed, `[packed row][width]`.
    pub fresh: &'a mut [f32],
}

/// Floats of scratch for a run or a way back with noise.
pub fn noise_len(batch: usize, width: usize, padded: usize) -> usize {
    batch * (3 * width + padded)
}
