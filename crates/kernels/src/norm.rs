//! Layer normalisation of packed rows (Ba, Kiros & Hinton 2016).

/// Added to the variance, as in PyTorch.
pub const EPSILON: f32 = 1e-5;

/// Scale and shift, packed like the row that they act on; zero in padding lanes.
#[derive(Clone, Copy)]
pub struct Norm<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
}

/// Where the values of a packed row `[block][gate][lane]` are, and where padding is.
#[derive(Clone, Copy)]
pub struct Layout {
    pub units: usize,
    pub gates: usize,
    pub lanes: usize,
}

impl Layout {
    /// Floats of a row, padding included.
    #[inline(always)]
    pub fn row_len(&self) -> usize {
        self.units.next_multiple_of(self.lanes) * self.gates
    }

    /// The vectors of a row without their padding lanes.
    #[inline(always)]
    fn vectors<'a>(&self, row: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        let Self { units, gates, lanes } = *self;
        row.chunks_exact(lanes)
            .enumerate()
            .map(move |(at, vector)| &vector[..lanes.min(units - at / gates * lanes)])
    }
}

/// Mean, and the factor that makes the variance one; summed in f64, since normalising a row of little
/// variance enlarges what its sums lack.
#[inline(always)]
fn moments(layout: Layout, row: &[f32]) -> (f32, f32) {
    let count = (layout.units * layout.gates) as f64;
    let values = || layout.vectors(row).flatten().map(|&value| f64::from(value));
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    (mean as f32, (1.0 / (variance + f64::from(EPSILON)).sqrt()) as f32)
}

/// `row = (row - mean) / sqrt(variance + EPSILON) * weight + bias`
#[inline(always)]
pub fn normalise(layout: Layout, norm: Norm, row: &mut [f32]) {
    let (mean, scale) = moments(layout, row);
    for ((value, weight), bias) in row.iter_mut().zip(norm.weight).zip(norm.bias) {
        *value = (*value - mean) * scale * weight + bias;
    }
}

/// Gradients of weight and bias, packed, added to what they hold.
pub struct NormGradient<'a> {
    pub weight: &'a mut [f32],
    pub bias: &'a mut [f32],
}

/// Turns the gradient of a normalised row into that of the row, `values`, before it.
#[inline(always)]
pub(crate) fn normalise_back(
    layout: Layout,
    weight: &[f32],
    values: &[f32],
    row: &mut [f32],
    sums: &mut NormGradient,
) {
    let count = (layout.units * layout.gates) as f32;
    let (mean, scale) = moments(layout, values);
    let (mut sum, mut along) = (0.0, 0.0);
    // Padding lanes have a weight of zero, and so a gradient of zero.
    for (at, gradient) in row.iter_mut().enumerate() {
        let normal = (values[at] - mean) * scale;
        sums.bias[at] += *gradient;
        sums.weight[at] += *gradient * normal;
        *gradient *= weight[at];
        sum += *gradient;
        along += *gradient * normal;
    }
    for (gradient, value) in row.iter_mut().zip(values) {
        let normal = (value - mean) * scale;
        *gradient = scale * (*gradient - (sum + normal * along) / count);
    }
    let padded = layout.row_len() / layout.gates;
    if padded > layout.units {
        let (lanes, gates) = (layout.lanes, layout.gates);
        for vector in row.chunks_exact_mut(lanes).rev().take(gates) {
            vector[lanes - (padded - layout.units)..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_lanes_do_not_count() {
        let layout = Layout { units: 3, gates: 1, lanes: 2 };
        let mut row = [1.0, 2.0, 3.0, 100.0];
        normalise(layout, Norm { weight: &[1.0, 1.0, 1.0, 0.0], bias: &[0.0; 4] }, &mut row);
        let edge = (2.0_f32 / 3.0 + EPSILON).sqrt().recip();
        for (got, want) in row.into_iter().zip([-edge, 0.0, edge, 0.0]) {
            assert!((got - want).abs() < 1e-6, "{got} is not {want}");
        }
    }
}
