//! The layers once more, plainly: one unit of one sequence at a time, in f64, with weights
//! in PyTorch's layout. What the kernels are compared to.

pub mod gru;
pub mod lstm;
pub mod rnn;

use crate::support::case::Case;
use cellgate_kernels::Activation;

/// A recurrent cell with its weights.
pub trait Cell {
    /// Width of h.
    fn width(&self) -> usize;

    /// h(t) from x(t) and h(t-1); `cell` goes from c(t-1) to c(t). Gate values are appended
    /// to `tape`, gate by gate, in the order in which the kernels record them.
    fn step(&self, x: &[f64], h: &[f64], cell: &mut [f64], tape: &mut Vec<f64>) -> Vec<f64>;
}

/// What a layer reads.
pub struct Inputs {
    /// `[packed row][inputs]`
    pub x: Vec<f32>,
    /// `[batch][width]`
    pub hidden: Vec<f32>,
    /// `[batch][units]`
    pub cell: Vec<f32>,
}

/// What a layer should make of it.
pub struct Truth {
    /// `[packed row][width]`
    pub hidden: Vec<f64>,
    /// `[batch][units]`
    pub cell: Vec<f64>,
    /// `[packed row][slot][unit]`
    pub tape: Vec<Vec<f64>>,
}

/// Runs every sequence of the batch by itself.
pub fn run(layer: &impl Cell, case: &Case, inputs: &Inputs) -> Truth {
    let offsets = case.offsets();
    let rows = offsets[case.steps];
    let width = layer.width();
    let mut hidden = vec![f64::NAN; rows * width];
    let mut cell = wide(&inputs.cell);
    let mut tape = vec![Vec::new(); rows];
    let x = wide(&inputs.x);
    for (index, length) in case.lengths().into_iter().enumerate() {
        let mut h = wide(&inputs.hidden[index * width..][..width]);
        let state = &mut cell[index * case.units..][..case.units];
        for step in 0..length {
            let time = if case.reverse { length - 1 - step } else { step };
            let row = offsets[time] + index;
            h = layer.step(&x[row * case.inputs..][..case.inputs], &h, state, &mut tape[row]);
            hidden[row * width..][..width].copy_from_slice(&h);
        }
    }
    Truth { hidden, cell, tape }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// `W v`, a row of `W` for each sum.
fn multiply(weights: &[f32], vector: &[f64]) -> Vec<f64> {
    let dot = |row: &[f32]| row.iter().zip(vector).map(|(&w, v)| f64::from(w) * v).sum();
    weights.chunks_exact(vector.len()).map(dot).collect()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
        Activation::Relu => x.max(0.0),
        Activation::Softsign => x / (1.0 + x.abs()),
        Activation::Identity => x,
        Activation::HardSigmoid { alpha, beta } => {
            (f64::from(alpha) * x + f64::from(beta)).clamp(0.0, 1.0)
        }
    }
}

fn clip(value: f64, bound: f32) -> f64 {
    value.clamp(-f64::from(bound), f64::from(bound))
}
