//! `h' = act(W x + R h + b)`

use super::{Cell, activate, clip, multiply};
use cellgate_kernels::cell::rnn::RnnForm;

pub struct Rnn {
    pub form: RnnForm,
    /// `[units, inputs]`
    pub weight_ih: Vec<f32>,
    /// `[units, units]`
    pub weight_hh: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Cell for Rnn {
    fn width(&self) -> usize {
        self.bias.len()
    }

    fn step(&self, x: &[f64], h: &[f64], _: &mut [f64], _: &mut Vec<f64>) -> Vec<f64> {
        let (wx, rh) = (multiply(&self.weight_ih, x), multiply(&self.weight_hh, h));
        let sum = |unit: usize| wx[unit] + rh[unit] + f64::from(self.bias[unit]);
        let hidden =
            |unit: usize| activate(self.form.nonlinearity, clip(sum(unit), self.form.clip));
        (0..self.width()).map(hidden).collect()
    }
}
