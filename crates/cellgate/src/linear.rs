//! A linear map of rows, `y = x W^T + b`.

use crate::config::positive;
use crate::error::Result;
use crate::init::{Initializer, glorot, uniform};
use crate::memory::{Aligned, product, zeros};
use crate::module::Parameter;
use crate::threads::{join, worth};
use cellgate_kernels::linear::Linear as Job;
use cellgate_kernels::panel::{Panels, Shape, pack, pack_row, row_len};
use cellgate_kernels::rows::Rows;
use cellgate_simd::Isa;

/// Rows that are worth a thread. A row by itself would be summed in another order.
const ROWS: usize = 4;

/// A linear layer with its weights.
pub(crate) struct Linear {
    pub input_size: usize,
    pub output_size: usize,
    has_bias: bool,
    pub isa: Isa,
    /// `[output, input]`, then the bias.
    pub values: Vec<f32>,
    panels: Aligned,
    bias: Aligned,
}

impl Linear {
    pub fn new(
        isa: Isa,
        input_size: u32,
        output_size: u32,
        has_bias: bool,
        seed: u64,
        initializer: &str,
    ) -> Result<Self> {
        let input_size = positive("linear", "inputSize", input_size)?;
        let output_size = positive("linear", "outputSize", output_size)?;
        let initializer = Initializer::new("linear", initializer)?;
        let count = product("linear", &[output_size, input_size + usize::from(has_bias)])?;
        let mut values = zeros("linear", count)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        match initializer {
            Initializer::Torch => uniform(&mut rng, 1.0 / (input_size as f32).sqrt(), &mut values),
            Initializer::Keras => {
                let weight = &mut values[..output_size * input_size];
                glorot(&mut rng, input_size, output_size, weight);
            }
        }
        let lanes = isa.lanes();
        let shape = Shape { units: output_size, gates: 1, width: input_size };
        let panels = Aligned::zeros("linear", shape.packed_len(lanes))?;
        let bias_len = if has_bias { row_len(output_size, 1, lanes) } else { 0 };
        let bias = Aligned::zeros("linear", bias_len)?;
        let mut layer = Self { input_size, output_size, has_bias, isa, values, panels, bias };
        layer.pack();
        Ok(layer)
    }

    /// A layer of its own with the same parameters.
    pub fn copy(&self) -> Result<Self> {
        let mut values = zeros("linear", self.values.len())?;
        values.copy_from_slice(&self.values);
        let panels = Aligned::zeros("linear", self.panels.len())?;
        let bias = Aligned::zeros("linear", self.bias.len())?;
        let mut layer = Self { values, panels, bias, ..*self };
        layer.pack();
        Ok(layer)
    }

    /// Takes the parameters of a copy of this layer.
    pub fn take_from(&mut self, copy: &Self) {
        self.values.copy_from_slice(&copy.values);
        self.panels.copy_from(&copy.panels);
        self.bias.copy_from(&copy.bias);
    }

    pub fn set_values(&mut self, values: &[f32]) {
        self.values.copy_from_slice(values);
        self.pack();
    }

    fn pack(&mut self) {
        let (units, lanes) = (self.output_size, self.isa.lanes());
        let (weight, bias) = self.values.split_at(units * self.input_size);
        pack(Shape { units, gates: 1, width: self.input_size }, lanes, weight, &mut self.panels);
        if self.has_bias {
            pack_row(units, 1, lanes, bias, &mut self.bias);
        }
    }

    pub fn list(&self) -> Vec<Parameter> {
        let shape = vec![self.output_size, self.input_size];
        let mut list = vec![Parameter { name: "weight".into(), shape }];
        if self.has_bias {
            list.push(Parameter { name: "bias".into(), shape: vec![self.output_size] });
        }
        list
    }

    /// All rows of `x`.
    pub fn forward(&self, x: &[f32], out: &mut [f32]) {
        let rows = out.len() / self.output_size;
        self.run(worth(rows * self.values.len()).min(rows / ROWS), x, out);
    }

    /// The same on `threads` threads.
    pub fn run(&self, threads: usize, x: &[f32], out: &mut [f32]) {
        if threads > 1 {
            let half = threads / 2;
            let middle = out.len() / self.output_size * half / threads;
            let (low, high) = out.split_at_mut(middle * self.output_size);
            let (x_low, x_high) = x.split_at(middle * self.input_size);
            let rest = threads - half;
            join(threads, || self.run(half, x_low, low), || self.run(rest, x_high, high));
            return;
        }
        let stride = self.input_size;
        let x = Rows { data: x, width: stride };
        let (bias, width) = (&self.bias, self.output_size);
        let panels = Panels::Floats(&self.panels);
        Job { x, stride, panels, bias, out, width }.on(self.isa);
    }
}
