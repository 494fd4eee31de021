//! Layers that map each row by itself: layer normalisation, and what makes one of the two halves of a row.

use crate::config::positive;
use crate::error::{Code, Error, Result};
use crate::memory::{product, zeros};
use crate::module::Parameter;
use crate::text::text;

/// A map of rows.
pub(crate) struct Rowwise {
    kind: Kind,
    pub input_size: usize,
    pub output_size: usize,
    /// Of layer normalisation: the weights, then the biases.
    pub values: Vec<f32>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// `(x - mean) / sqrt(variance + epsilon) * weight + bias` (Ba, Kiros & Hinton 2016)
    Norm {
        epsilon: f64,
    },
    Sum,
    Average,
    Product,
}

impl Rowwise {
    /// Layer normalisation with weights of one and biases of zero.
    pub fn norm(size: u32, epsilon: f64) -> Result<Self> {
        let place = "layerNorm";
        let size = positive(place, "size", size)?;
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            let expected = "epsilon must be finite and above 0";
            return Err(Error::new(Code::Value, place, expected, epsilon));
        }
        let mut values = zeros(place, product(place, &[2, size])?)?;
        values[..size].fill(1.0);
        Ok(Self { kind: Kind::Norm { epsilon }, input_size: size, output_size: size, values })
    }

    /// One half of `input_size` values of the two: what directions side by side become.
    pub fn merge(input_size: u32, mode: &str) -> Result<Self> {
        let place = "merge";
        let kind = match mode {
            "sum" => Kind::Sum,
            "average" => Kind::Average,
            "product" => Kind::Product,
            other => {
                let expected = "mode must be sum, average or product";
                return Err(Error::new(Code::Value, place, expected, text!["'", other, "'"]));
            }
        };
        let input_size = positive(place, "inputSize", input_size)?;
        if input_size % 2 != 0 {
            let expected = "inputSize must be even";
            return Err(Error::new(Code::Value, place, expected, text![input_size]));
        }
        Ok(Self { kind, input_size, output_size: input_size / 2, values: Vec::new() })
    }

    /// A layer of its own with the same parameters.
    pub fn copy(&self) -> Result<Self> {
        let mut values = zeros(self.name(), self.values.len())?;
        values.copy_from_slice(&self.values);
        Ok(Self { values, ..*self })
    }

    pub fn name(&self) -> &'static str {
        if matches!(self.kind, Kind::Norm { .. }) { "layerNorm" } else { "merge" }
    }

    pub fn list(&self) -> Vec<Parameter> {
        let names: &[&str] = if self.values.is_empty() { &[] } else { &["weight", "bias"] };
        let shape = || vec![self.output_size];
        names.iter().map(|&name| Parameter { name: name.into(), shape: shape() }).collect()
    }

    /// All rows of `x`.
    pub fn forward(&self, x: &[f32], out: &mut [f32]) {
        let rows = x.chunks_exact(self.input_size);
        for (x, out) in rows.zip(out.chunks_exact_mut(self.output_size)) {
            let (low, high) = x.split_at(self.output_size);
            let halves = low.iter().zip(high);
            let pairs = out.iter_mut().zip(halves);
            match self.kind {
                Kind::Norm { epsilon } => {
                    let (weight, bias) = self.values.split_at(self.output_size);
                    let (mean, scale) = moments(x, epsilon);
                    for (at, out) in out.iter_mut().enumerate() {
                        *out = (x[at] - mean) * scale * weight[at] + bias[at];
                    }
                }
                Kind::Sum => pairs.for_each(|(out, (a, b))| *out = a + b),
                Kind::Average => pairs.for_each(|(out, (a, b))| *out = (a + b) / 2.0),
                Kind::Product => pairs.for_each(|(out, (a, b))| *out = a * b),
            }
        }
    }

    /// The way back from the gradient of the output; `x_gradient` may be empty.
    pub fn backward(
        &self,
        x: &[f32],
        output: &[f32],
        x_gradient: &mut [f32],
        gradients: &mut [f32],
    ) {
        gradients.fill(0.0);
        let mut x_rows = x_gradient.chunks_exact_mut(self.input_size);
        for (x, g) in x.chunks_exact(self.input_size).zip(output.chunks_exact(self.output_size)) {
            let of_x = x_rows.next().unwrap_or_default();
            if let Kind::Norm { epsilon } = self.kind {
                let (weight, _) = self.values.split_at(self.output_size);
                norm_back(x, epsilon, weight, g, of_x, gradients);
                continue;
            }
            let (low, high) = x.split_at(self.output_size);
            for (at, of_x) in of_x.iter_mut().enumerate() {
                let unit = at % self.output_size;
                *of_x = match self.kind {
                    Kind::Average => g[unit] / 2.0,
                    Kind::Product if at < self.output_size => g[unit] * high[unit],
                    Kind::Product => g[unit] * low[unit],
                    Kind::Sum | Kind::Norm { .. } => g[unit],
                };
            }
        }
    }
}

/// Mean, and the factor that makes the variance one, from sums in f64.
fn moments(x: &[f32], epsilon: f64) -> (f32, f32) {
    let count = x.len() as f64;
    let values = || x.iter().map(|&value| f64::from(value));
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    (mean as f32, (1.0 / (variance + epsilon).sqrt()) as f32)
}

fn norm_back(
    x: &[f32],
    epsilon: f64,
    weight: &[f32],
    g: &[f32],
    x_gradient: &mut [f32],
    gradients: &mut [f32],
) {
    let (mean, scale) = moments(x, epsilon);
    let normal = |at: usize| (x[at] - mean) * scale;
    let (for_weight, for_bias) = gradients.split_at_mut(x.len());
    let (mut sum, mut along) = (0.0, 0.0);
    for at in 0..x.len() {
        for_weight[at] += g[at] * normal(at);
        for_bias[at] += g[at];
        sum += g[at] * weight[at];
        along += g[at] * weight[at] * normal(at);
    }
    let count = x.len() as f32;
    for (at, of_x) in x_gradient.iter_mut().enumerate() {
        *of_x = scale * (g[at] * weight[at] - (sum + normal(at) * along) / count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f32; 8] = [0.3, -0.8, 0.5, 0.9, -0.2, 0.4, 0.7, -0.6];

    fn layers() -> [Rowwise; 4] {
        let mut norm = Rowwise::norm(4, 1e-3).expect("the options are right");
        norm.values = vec![0.5, 1.5, -1.0, 0.8, 0.1, -0.2, 0.3, 0.0];
        let merge = |mode| Rowwise::merge(4, mode).expect("the options are right");
        [norm, merge("sum"), merge("average"), merge("product")]
    }

    /// Sum of squares of the outputs, halved: its gradient by them is the outputs.
    fn loss(layer: &Rowwise, x: &[f32]) -> (f64, Vec<f32>) {
        let mut out = vec![0.0; x.len() / layer.input_size * layer.output_size];
        layer.forward(x, &mut out);
        (out.iter().map(|&y| f64::from(y) * f64::from(y) / 2.0).sum(), out)
    }

    #[test]
    fn gradients_equal_differences() {
        const STEP: f32 = 1.0 / 256.0;
        for layer in layers() {
            let (_, out) = loss(&layer, &X);
            let (mut of_x, mut of_values) = ([0.0; 8], vec![9.0; layer.values.len()]);
            layer.backward(&X, &out, &mut of_x, &mut of_values);
            let slope = |up: f64, down: f64| (up - down) / f64::from(2.0 * STEP);
            for at in 0..X.len() {
                let moved = |step: f32| {
                    let mut x = X;
                    x[at] += step;
                    loss(&layer, &x).0
                };
                let want = slope(moved(STEP), moved(-STEP));
                assert!((f64::from(of_x[at]) - want).abs() < 2e-3, "{} {at}", layer.name());
            }
            for (at, got) in of_values.iter().enumerate() {
                let moved = |step: f32| {
                    let mut other = layer.copy().expect("there is memory");
                    other.values[at] += step;
                    loss(&other, &X).0
                };
                let want = slope(moved(STEP), moved(-STEP));
                assert!((f64::from(*got) - want).abs() < 2e-3, "{at}");
            }
        }
    }

    #[test]
    fn odd_sizes_and_unknown_modes_are_refused() {
        assert!(Rowwise::merge(3, "sum").is_err());
        assert!(Rowwise::merge(4, "concat").is_err());
        assert!(Rowwise::norm(4, 0.0).is_err());
    }
}
