//! ```text
//! r = gate(W_r x + U_r h + b_r)   z = gate(W_z x + U_z h + b_z)
//! reset after:  n = act(W_n x + b_n + r * (U_n h + c_n))
//! reset before: n = act(W_n x + b_n + U_n (r * h))
//! keep:  h' = (1 - z) * n + z * h        write: h' = (1 - z) * h + z * n
//! ```

use super::{Cell, activate, clip, multiply, wide};
use cellgate_kernels::cell::gru::GruForm;
use cellgate_kernels::gate::gru::{CANDIDATE, RESET, UPDATE};

pub struct Gru {
    pub form: GruForm,
    /// `[3 * units, inputs]`
    pub weight_ih: Vec<f32>,
    /// `[3 * units, units]`
    pub weight_hh: Vec<f32>,
    pub bias: Vec<f32>,
    /// c_n of reset after.
    pub inner_bias: Vec<f32>,
}

impl Cell for Gru {
    fn width(&self) -> usize {
        self.inner_bias.len()
    }

    fn step(&self, x: &[f64], h: &[f64], _: &mut [f64], tape: &mut Vec<f64>) -> Vec<f64> {
        let (form, units) = (&self.form, self.width());
        let bias = wide(&self.bias);
        let (wx, uh) = (multiply(&self.weight_ih, x), multiply(&self.weight_hh, h));
        let gate = |gate: usize| -> Vec<f64> {
            let sum = |at: usize| wx[at] + uh[at] + bias[at];
            let sums = (gate * units..(gate + 1) * units).map(sum);
            sums.map(|sum| activate(form.gate, clip(sum, form.clip))).collect()
        };
        let (reset, update) = (gate(RESET), gate(UPDATE));
        let first = CANDIDATE * units;
        let inner: Vec<f64> =
            (0..units).map(|unit| uh[first + unit] + f64::from(self.inner_bias[unit])).collect();
        let recurrent: Vec<f64> = if form.reset_after {
            reset.iter().zip(&inner).map(|(r, inner)| r * inner).collect()
        } else {
            let reset_hidden: Vec<f64> = reset.iter().zip(h).map(|(r, h)| r * h).collect();
            multiply(&self.weight_hh[first * units..], &reset_hidden)
        };
        let sum = |unit: usize| wx[first + unit] + bias[first + unit] + recurrent[unit];
        let candidate: Vec<f64> =
            (0..units).map(|unit| activate(form.candidate, clip(sum(unit), form.clip))).collect();
        let last = if form.reset_after { &inner } else { &reset };
        tape.extend([&reset, &update, &candidate, last].into_iter().flatten());
        let mix = |unit: usize| {
            let (z, n, h) = (update[unit], candidate[unit], h[unit]);
            if form.update_keeps { (1.0 - z) * n + z * h } else { (1.0 - z) * h + z * n }
        };
        (0..units).map(mix).collect()
    }
}
