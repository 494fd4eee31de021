//! True values of the activations, and how far from them a result is.

/// Distance from the true value in units of the last place of its f32 rounding.
pub fn ulp_distance(got: f32, want: f64) -> f64 {
    let exponent = (want.abs() as f32).max(f32::MIN_POSITIVE).to_bits() >> 23;
    (f64::from(got) - want).abs() / f64::powi(2.0, exponent as i32 - 127 - 23)
}

/// The logistic function without overflow.
pub fn logistic(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}
