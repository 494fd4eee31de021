//! ```text
//! a = LN(W x) + LN(U h) + b, LN only with layer normalisation
//! i = gate(a_i + p_i * c), or 1 - f when coupled    f = gate(a_f + p_f * c)    g = act(a_g)
//! c' = f * c + i * g      o = gate(a_o + p_o * c')
//! h' = P (o * act(LN(c'))), P only with a projection
//! ```
//!
//! A missing gate is one. `clip` bounds what gates and candidate see, `cell_clip` c'.

use super::{Cell, activate, clip, multiply};
use cellgate_kernels::cell::lstm::{LstmForm, PEEPHOLE_FORGET, PEEPHOLE_INPUT, PEEPHOLE_OUTPUT};
use cellgate_kernels::gate::lstm::{CANDIDATE, FORGET, INPUT, OUTPUT};
use cellgate_kernels::norm::EPSILON;

pub struct Lstm {
    pub form: LstmForm,
    pub units: usize,
    /// Width of h.
    pub width: usize,
    /// `[gates * units, inputs]`, rows of the gates that have weights.
    pub weight_ih: Vec<f32>,
    /// `[gates * units, width]`
    pub weight_hh: Vec<f32>,
    pub bias: Vec<f32>,
    /// `[3, units]` in the order of packed peepholes, or empty.
    pub peephole: Vec<f32>,
    /// Of the input product, the recurrent product and the cell, or none.
    pub norms: Vec<Norm>,
    /// `[width, units]`, or empty.
    pub projection: Vec<f32>,
}

/// Scale and shift of a layer normalisation.
#[derive(Clone)]
pub struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Norm {
    fn apply(&self, values: &mut [f64]) {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let deviation = (variance + f64::from(EPSILON)).sqrt();
        for ((value, &weight), &bias) in values.iter_mut().zip(&self.weight).zip(&self.bias) {
            *value = (*value - mean) / deviation * f64::from(weight) + f64::from(bias);
        }
    }
}

impl Lstm {
    /// W x + U h + b, normalised if the form says so.
    fn sums(&self, x: &[f64], h: &[f64]) -> Vec<f64> {
        let mut sums = multiply(&self.weight_ih, x);
        let mut recurrent = multiply(&self.weight_hh, h);
        if let [input, hidden, _] = &self.norms[..] {
            input.apply(&mut sums);
            hidden.apply(&mut recurrent);
        }
        for ((sum, recurrent), &bias) in sums.iter_mut().zip(recurrent).zip(&self.bias) {
            *sum += recurrent + f64::from(bias);
        }
        sums
    }

    /// Pre-activations of `gate`, if it has weights.
    fn part<'a>(&self, sums: &'a [f64], gate: usize) -> Option<&'a [f64]> {
        let weighted = self.form.weighted();
        let place = weighted[..gate].iter().filter(|&&weighted| weighted).count();
        weighted[gate].then(|| &sums[place * self.units..][..self.units])
    }

    /// A gate that may see the cell.
    fn gate(&self, sums: &[f64], gate: usize, peephole: usize, cell: &[f64]) -> Vec<f64> {
        let Some(sums) = self.part(sums, gate) else {
            return vec![1.0; self.units];
        };
        let seen = |unit: usize| {
            let weight = self.peephole.get(peephole * self.units + unit);
            weight.map_or(0.0, |&weight| f64::from(weight) * cell[unit])
        };
        let value = |unit: usize| clip(sums[unit] + seen(unit), self.form.clip);
        (0..self.units).map(|unit| activate(self.form.gate, value(unit))).collect()
    }
}

impl Cell for Lstm {
    fn width(&self) -> usize {
        self.width
    }

    fn step(&self, x: &[f64], h: &[f64], cell: &mut [f64], tape: &mut Vec<f64>) -> Vec<f64> {
        let form = &self.form;
        let sums = self.sums(x, h);
        let forget = self.gate(&sums, FORGET, PEEPHOLE_FORGET, cell);
        let input = if form.coupled {
            forget.iter().map(|forget| 1.0 - forget).collect()
        } else {
            self.gate(&sums, INPUT, PEEPHOLE_INPUT, cell)
        };
        let candidate: Vec<f64> = self
            .part(&sums, CANDIDATE)
            .expect("every LSTM has a candidate")
            .iter()
            .map(|&sum| activate(form.candidate, clip(sum, form.clip)))
            .collect();
        for (unit, cell) in cell.iter_mut().enumerate() {
            *cell = clip(forget[unit] * *cell + input[unit] * candidate[unit], form.cell_clip);
        }
        let output = self.gate(&sums, OUTPUT, PEEPHOLE_OUTPUT, cell);
        tape.extend([&input, &forget, &candidate, &output, &cell.to_vec()].into_iter().flatten());
        let mut shown = cell.to_vec();
        if let Some(norm) = self.norms.get(2) {
            norm.apply(&mut shown);
        }
        for (shown, output) in shown.iter_mut().zip(output) {
            *shown = output * activate(form.output, *shown);
        }
        if self.projection.is_empty() { shown } else { multiply(&self.projection, &shown) }
    }
}
