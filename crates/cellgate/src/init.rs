//! Seeded initial weights.

use crate::config::one_of;
use crate::error::Result;
use crate::memory::{fit, product};

/// Whose choice initial weights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initializer {
    Torch,
    Keras,
}

impl Initializer {
    pub fn new(place: &str, name: &str) -> Result<Self> {
        match name {
            "torch" => Ok(Self::Torch),
            "keras" => Ok(Self::Keras),
            other => Err(one_of(place, "initializer", "torch, keras", other)),
        }
    }
}

/// Fills with U(-bound, bound), PyTorch's choice for recurrent and linear layers.
pub(crate) fn uniform(rng: &mut fastrand::Rng, bound: f32, values: &mut [f32]) {
    for value in values {
        *value = (rng.f32() * 2.0 - 1.0) * bound;
    }
}

/// Fills with N(0, 1), PyTorch's choice for embeddings.
pub(crate) fn normal(rng: &mut fastrand::Rng, values: &mut [f32]) {
    for value in values {
        *value = gaussian(rng) as f32;
    }
}

/// N(0, 1), from a point of the unit disc (Marsaglia & Bray 1964).
fn gaussian(rng: &mut fastrand::Rng) -> f64 {
    loop {
        let [x, y] = [rng.f64(), rng.f64()].map(|value| value * 2.0 - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * square.ln() / square).sqrt();
        }
    }
}

/// Fills with U(-bound, bound) of variance `2 / (inputs + outputs)` (Glorot & Bengio 2010), Keras'
/// choice for all but recurrent weights.
pub(crate) fn glorot(rng: &mut fastrand::Rng, inputs: usize, outputs: usize, values: &mut [f32]) {
    uniform(rng, (6.0 / (inputs as f64 + outputs as f64)).sqrt() as f32, values);
}

/// Fills `[rows, columns]` with orthonormal columns, or rows if there are fewer of them; every such
/// matrix is equally likely (Saxe et al. 2014). Keras' choice for recurrent weights.
///
/// Gaussian vectors by modified Gram-Schmidt in f64, which leaves rounding errors times the
/// condition number: far below what f32 shows.
pub(crate) fn orthogonal(
    place: &str,
    rng: &mut fastrand::Rng,
    columns: usize,
    values: &mut [f32],
) -> Result<()> {
    let rows = values.len() / columns;
    let (count, len) = (rows.min(columns), rows.max(columns));
    // An f64 is as large as two floats.
    product(place, &[count, len, 2])?;
    let mut vectors: Vec<f64> = Vec::new();
    fit(place, &mut vectors, count * len)?;
    vectors.iter_mut().for_each(|value| *value = gaussian(rng));
    for at in 0..count {
        let (done, rest) = vectors.split_at_mut((at + 1) * len);
        let vector = &mut done[at * len..];
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        for other in rest.chunks_exact_mut(len) {
            let share = dot(vector, other);
            other.iter_mut().zip(&*vector).for_each(|(other, value)| *other -= share * value);
        }
    }
    for (at, value) in values.iter_mut().enumerate() {
        let (row, column) = (at / columns, at % columns);
        let from = if rows < columns { row * len + column } else { column * len + row };
        *value = vectors[from] as f32;
    }
    Ok(())
}

/// In eight sums side by side, which the compiler can take as vectors.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left, left_end) = left.as_chunks::<8>();
    let (right, right_end) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for at in 0..8 {
            sums[at] += left[at] * right[at];
        }
    }
    let end: f64 = left_end.iter().zip(right_end).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + end
}
