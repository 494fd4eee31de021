//! Dropout: values to zero with probability p, the others divided by 1 - p (Srivastava et al. 2014).

use crate::error::Result;
use crate::memory::fit;

/// A generator that follows from all of `keys`.
pub(super) fn generator(keys: &[u64]) -> fastrand::Rng {
    keys.iter().fold(fastrand::Rng::with_seed(0), |mut rng, key| {
        fastrand::Rng::with_seed(rng.u64(..) ^ key)
    })
}

/// Factors of values, for one pass there and back.
#[derive(Default)]
pub(super) struct Mask {
    factors: Vec<f32>,
    active: bool,
}

impl Mask {
    /// Draws `len` factors; without a generator none drops.
    pub fn draw(
        &mut self,
        place: &str,
        len: usize,
        probability: f32,
        rng: Option<&mut fastrand::Rng>,
    ) -> Result<()> {
        self.active = rng.is_some() && probability > 0.0;
        let Some(rng) = rng.filter(|_| probability > 0.0) else {
            return Ok(());
        };
        fit(place, &mut self.factors, len)?;
        let kept = 1.0 / (1.0 - probability);
        for factor in &mut self.factors[..len] {
            *factor = if rng.f32() < probability { 0.0 } else { kept };
        }
        Ok(())
    }

    /// The factors of the last `len` values, or none if nothing drops.
    pub fn factors(&self, len: usize) -> &[f32] {
        if self.active { &self.factors[..len] } else { &[] }
    }

    /// Multiplies `values` by their factors.
    pub fn apply(&self, values: &mut [f32]) {
        if self.active {
            values.iter_mut().zip(&self.factors).for_each(|(value, factor)| *value *= factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_mean_and_follow_from_their_keys() {
        let draw = |keys: &[u64]| {
            let mut mask = Mask::default();
            mask.draw("test", 20_000, 0.25, Some(&mut generator(keys))).expect("there is memory");
            let mut ones = vec![1.0; 20_000];
            mask.apply(&mut ones);
            ones
        };
        let values = draw(&[1, 2]);
        assert!(values.iter().all(|&value| value == 0.0 || value == 1.0 / 0.75));
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert_eq!(values, draw(&[1, 2]));
        assert_ne!(values, draw(&[2, 1]));
        assert_ne!(values, draw(&[1, 3]));
    }

    #[test]
    fn no_generator_drops_nothing_even_after_one_that_did() {
        let mut mask = Mask::default();
        mask.draw("test", 8, 0.9, Some(&mut generator(&[7]))).expect("there is memory");
        mask.draw("test", 8, 0.9, None).expect("there is memory");
        let mut ones = [1.0; 8];
        mask.apply(&mut ones);
        assert_eq!(ones, [1.0; 8]);
    }
}
