//! Seeded initial weights.

/// Fills with U(-bound, bound), PyTorch's choice for recurrent and linear layers.
pub(crate) fn uniform(rng: &mut fastrand::Rng, bound: f32, values: &mut [f32]) {
    for value in values {
        *value = (rng.f32() * 2.0 - 1.0) * bound;
    }
}

/// Fills with N(0, 1) (Box & Muller 1958), PyTorch's choice for embeddings.
pub(crate) fn normal(rng: &mut fastrand::Rng, values: &mut [f32]) {
    for value in values {
        let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
        *value = (radius * (core::f64::consts::TAU * rng.f64()).cos()) as f32;
    }
}
