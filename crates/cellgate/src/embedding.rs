//! A table of vectors, looked up by index.

use crate::config::positive;
use crate::error::{Code, Error, Result};
use crate::init::{Initializer, normal, uniform};
use crate::memory::{product, zeros};
use crate::module::Parameter;
use crate::text::text;

/// An embedding with its table `[vocabulary, size]`.
pub(crate) struct Embedding {
    pub vocabulary_size: usize,
    pub size: usize,
    /// Row that starts as zeros and does not learn.
    pub padding: Option<usize>,
    pub values: Vec<f32>,
}

impl Embedding {
    pub fn new(
        vocabulary_size: u32,
        size: u32,
        padding: Option<u32>,
        seed: u64,
        initializer: &str,
    ) -> Result<Self> {
        let place = "embedding";
        let vocabulary_size = positive(place, "vocabularySize", vocabulary_size)?;
        let size = positive(place, "size", size)?;
        let initializer = Initializer::new(place, initializer)?;
        let padding = padding.map(|index| index as usize);
        if let Some(index) = padding.filter(|&index| index >= vocabulary_size) {
            let expected = text!["padding must be below vocabularySize = ", vocabulary_size];
            return Err(Error::new(Code::Value, place, expected, text![index]));
        }
        let mut values = zeros(place, product(place, &[vocabulary_size, size])?)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        match initializer {
            Initializer::Torch => normal(&mut rng, &mut values),
            Initializer::Keras => uniform(&mut rng, 0.05, &mut values),
        }
        if let Some(index) = padding {
            values[index * size..][..size].fill(0.0);
        }
        Ok(Self { vocabulary_size, size, padding, values })
    }

    /// A layer of its own with the same parameters.
    pub fn copy(&self) -> Result<Self> {
        let mut values = zeros("embedding", self.values.len())?;
        values.copy_from_slice(&self.values);
        Ok(Self { values, ..*self })
    }

    pub fn list(&self) -> Vec<Parameter> {
        vec![Parameter { name: "weight".into(), shape: vec![self.vocabulary_size, self.size] }]
    }

    /// Checks every id before any is looked up.
    pub fn check(&self, place: &str, ids: &[i32]) -> Result<()> {
        let known = |&id: &i32| usize::try_from(id).is_ok_and(|id| id < self.vocabulary_size);
        match ids.iter().position(|id| !known(id)) {
            None => Ok(()),
            Some(at) => {
                let expected = text!["ids[", at, "] must be in [0, ", self.vocabulary_size, ")"];
                Err(Error::new(Code::Value, place, expected, text![ids[at]]))
            }
        }
    }

    /// Rows of checked ids.
    pub fn forward(&self, ids: &[i32], out: &mut [f32]) {
        for (&id, row) in ids.iter().zip(out.chunks_exact_mut(self.size)) {
            row.copy_from_slice(&self.values[id as usize * self.size..][..self.size]);
        }
    }
}
