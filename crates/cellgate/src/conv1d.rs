//! A convolution over the time axis of rows: `y[t] = sum over k of W[k] x[t * stride + k * dilation] + b`.
//!
//! In rows of time the window of an output step is one piece of memory, so windows are rows that overlap, and the
//! convolution is the product of a linear layer. Only windows with gaps, between steps (dilation) or inputs (groups),
//! are copied first.

use crate::error::{Code, Error, Result, dims_text};
use crate::init::{Initializer, glorot, uniform};
use crate::memory::{Aligned, fit, product, zeros};
use crate::module::Parameter;
use crate::schedule::SequenceDims;
use crate::text::text;
use crate::threads::{join, worth};
use crate::windows::{COPIED, PLACE, Sizes};
use cellgate_kernels::linear::Linear as Job;
use cellgate_kernels::panel::{Panels, Shape, pack, pack_row, row_len};
use cellgate_kernels::rows::Rows;
use cellgate_simd::Isa;

/// Output steps that are worth a thread.
const STEPS: usize = 4;

/// A convolution with its weights.
pub(crate) struct Conv1d {
    pub sizes: Sizes,
    has_bias: bool,
    pub isa: Isa,
    /// `[output, input / groups, kernel]`, then the bias.
    pub values: Vec<f32>,
    /// The weight as windows have it.
    pub weight: Vec<f32>,
    /// Of each group.
    panels: Aligned,
    bias: Aligned,
    /// Rows of a call with their padding.
    padded: Vec<f32>,
    /// Threads of a call, and the copied windows and outputs of a group of each.
    threads: usize,
    copied: Vec<f32>,
}

/// What a call does, checked.
#[derive(Clone, Copy)]
pub(crate) struct Extent<'a> {
    pub batch: usize,
    pub steps: usize,
    pub lengths: Option<&'a [u32]>,
}

impl Extent<'_> {
    fn length(&self, index: usize) -> usize {
        self.lengths.map_or(self.steps, |lengths| lengths[index] as usize)
    }
}

impl Conv1d {
    /// `sizes` as in [`crate::Module::conv1d`].
    pub fn new(
        isa: Isa,
        sizes: &[u32],
        has_bias: bool,
        seed: u64,
        initializer: &str,
    ) -> Result<Self> {
        let sizes = Sizes::new(sizes)?;
        let initializer = Initializer::new(PLACE, initializer)?;
        let fan_in = product(PLACE, &[sizes.kernel, sizes.inputs / sizes.groups])?;
        let len = product(PLACE, &[sizes.outputs, fan_in + usize::from(has_bias)])?;
        let mut values = zeros(PLACE, len)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        match initializer {
            Initializer::Torch => uniform(&mut rng, 1.0 / (fan_in as f32).sqrt(), &mut values),
            Initializer::Keras => {
                let fan_out = sizes.kernel * sizes.outputs;
                glorot(&mut rng, fan_in, fan_out, &mut values[..sizes.weight_len()]);
            }
        }
        Self::with_values(isa, sizes, has_bias, values)
    }

    fn with_values(isa: Isa, sizes: Sizes, has_bias: bool, values: Vec<f32>) -> Result<Self> {
        let (shape, lanes) = (sizes.shape(), isa.lanes());
        let len = product(PLACE, &[sizes.groups, shape.packed_len(lanes)])?;
        let bias = if has_bias { sizes.groups * row_len(shape.units, 1, lanes) } else { 0 };
        let mut layer = Self {
            sizes,
            has_bias,
            isa,
            values,
            weight: zeros(PLACE, sizes.weight_len())?,
            panels: Aligned::zeros(PLACE, len)?,
            bias: Aligned::zeros(PLACE, bias)?,
            padded: Vec::new(),
            threads: 1,
            copied: Vec::new(),
        };
        layer.pack();
        Ok(layer)
    }

    /// A layer of its own with the same parameters.
    pub fn copy(&self) -> Result<Self> {
        let mut values = zeros(PLACE, self.values.len())?;
        values.copy_from_slice(&self.values);
        Self::with_values(self.isa, self.sizes, self.has_bias, values)
    }

    pub fn set_values(&mut self, values: &[f32]) {
        self.values.copy_from_slice(values);
        self.pack();
    }

    fn pack(&mut self) {
        let Self { sizes, values, weight, .. } = self;
        let (shape, lanes) = (sizes.shape(), self.isa.lanes());
        let (weights, bias) = values.split_at(sizes.weight_len());
        sizes.for_each_weight(|from, to| weight[to] = weights[from]);
        let matrices = weight.chunks_exact(shape.units * shape.width);
        let panels = self.panels.chunks_exact_mut(shape.packed_len(lanes));
        matrices.zip(panels).for_each(|(matrix, panels)| pack(shape, lanes, matrix, panels));
        if self.has_bias {
            let rows = self.bias.chunks_exact_mut(row_len(shape.units, 1, lanes));
            let units = bias.chunks_exact(shape.units);
            units.zip(rows).for_each(|(units, row)| pack_row(shape.units, 1, lanes, units, row));
        }
    }

    pub fn list(&self) -> Vec<Parameter> {
        let Sizes { inputs, outputs, kernel, groups, .. } = self.sizes;
        let shape = vec![outputs, inputs / groups, kernel];
        let mut list = vec![Parameter { name: "weight".into(), shape }];
        if self.has_bias {
            list.push(Parameter { name: "bias".into(), shape: vec![outputs] });
        }
        list
    }

    /// Batch and steps of an input; all that can be said of it.
    pub fn check(&self, place: &str, input: &SequenceDims) -> Result<(usize, usize)> {
        let (batch, steps) = input.check(place)?;
        self.check_steps(place, input.dims, batch, steps)?;
        Ok((batch, steps))
    }

    /// Whether there are steps for a window, and memory for `steps` of them; `dims` are those that an error shows.
    pub fn check_steps(
        &self,
        place: &str,
        dims: &[usize],
        batch: usize,
        steps: usize,
    ) -> Result<()> {
        let Sizes { inputs, outputs, padding: [before, behind], .. } = self.sizes;
        let least = self.sizes.window().saturating_sub(before + behind).max(1);
        if steps < least {
            let expected = text!["x must have steps for a window, ", least, " or more"];
            return Err(Error::new(Code::Shape, place, expected, dims_text(dims)));
        }
        product(place, &[batch.max(1), self.sizes.padded(steps), inputs])?;
        product(place, &[batch.max(1), self.sizes.steps(steps), outputs])?;
        Ok(())
    }

    /// Whether an output step sees but its own input step.
    pub fn is_pointwise(&self) -> bool {
        let Sizes { kernel, stride, .. } = self.sizes;
        kernel == 1 && stride == 1 && !self.sizes.is_padded()
    }

    /// Floats of a thread's copied windows and outputs, where windows have to be copied.
    fn copied_len(&self) -> usize {
        if self.sizes.is_dense() { 0 } else { self.sizes.copied_len() }
    }

    /// Makes all memory of a call.
    pub fn make_room(&mut self, place: &str, batch: usize, steps: usize) -> Result<()> {
        let sizes = self.sizes;
        if sizes.is_padded() {
            let len = product(place, &[batch, sizes.padded(steps), sizes.inputs])?;
            fit(place, &mut self.padded, len)?;
        }
        let outputs = batch * sizes.steps(steps);
        self.threads = worth(outputs * self.values.len()).min(outputs / STEPS).max(1);
        let copied = product(place, &[self.threads, self.copied_len()])?;
        fit(place, &mut self.copied, copied)
    }

    /// Runs `[batch, steps, inputs]`, for which there is room; zeros past the end of each sequence.
    pub fn forward(&mut self, x: &[f32], extent: Extent, output: &mut [f32]) {
        let mut padded = core::mem::take(&mut self.padded);
        let mut copied = core::mem::take(&mut self.copied);
        let rows = if self.sizes.is_padded() {
            self.pad(x, extent, &mut padded);
            &*padded
        } else {
            x
        };
        self.run(self.threads, rows, extent, 0, output, &mut copied);
        (self.padded, self.copied) = (padded, copied);
    }

    fn pad(&self, x: &[f32], extent: Extent, padded: &mut [f32]) {
        let Sizes { inputs, padding: [before, _], .. } = self.sizes;
        let (len, row) = (extent.steps * inputs, self.sizes.padded(extent.steps) * inputs);
        for (index, target) in padded.chunks_exact_mut(row).take(extent.batch).enumerate() {
            let own = extent.length(index) * inputs;
            let (zeros, rest) = target.split_at_mut(before * inputs);
            let (values, end) = rest.split_at_mut(own);
            zeros.fill(0.0);
            values.copy_from_slice(&x[index * len..][..own]);
            end.fill(0.0);
        }
    }

    /// Output rows of all sequences, from `first` on.
    fn run(
        &self,
        threads: usize,
        rows: &[f32],
        extent: Extent,
        first: usize,
        output: &mut [f32],
        copied: &mut [f32],
    ) {
        let Sizes { inputs, outputs, stride, .. } = self.sizes;
        // Known to be false where threads are off, and not compiled there.
        if cfg!(feature = "threads") && threads > 1 {
            let half = threads / 2;
            let middle = output.len() / outputs * half / threads;
            let (low, high) = output.split_at_mut(middle * outputs);
            let (copied_low, copied_high) = copied.split_at_mut(half * self.copied_len());
            join(
                threads,
                || self.run(half, rows, extent, first, low, copied_low),
                || self.run(threads - half, rows, extent, first + middle, high, copied_high),
            );
            return;
        }
        let steps = self.sizes.steps(extent.steps);
        let sequence = self.sizes.padded(extent.steps) * inputs;
        let (mut row, mut rest) = (first, output);
        while !rest.is_empty() {
            let (index, step) = (row / steps, row % steps);
            let count = (steps - step).min(rest.len() / outputs);
            let (own, others) = rest.split_at_mut(count * outputs);
            let whole = self.sizes.steps(extent.length(index)).saturating_sub(step).min(count);
            let (own, missing) = own.split_at_mut(whole * outputs);
            missing.fill(0.0);
            let begin = index * sequence + step * stride * inputs;
            self.windows(rows, own, copied, |row| begin + row * stride * inputs);
            (row, rest) = (row + count, others);
        }
    }

    /// Output rows of windows that start where `start` says; equally spaced ones, where windows are dense.
    fn windows(
        &self,
        rows: &[f32],
        output: &mut [f32],
        copied: &mut [f32],
        start: impl Fn(usize) -> usize,
    ) {
        let Sizes { inputs, outputs, kernel, stride, .. } = self.sizes;
        if output.is_empty() {
            return;
        }
        if !self.sizes.is_dense() {
            for (part, output) in output.chunks_mut(COPIED * outputs).enumerate() {
                self.copied_windows(rows, output, copied, |row| start(part * COPIED + row));
            }
            return;
        }
        let (stride, width) = (stride * inputs, kernel * inputs);
        let len = (output.len() / outputs - 1) * stride + width;
        let x = Rows { data: &rows[start(0)..][..len], width };
        self.multiply(0, x, stride, output);
    }

    /// Output rows of up to [`COPIED`] windows that start anywhere; `copied` of [`Sizes::copied_len`].
    pub fn copied_windows(
        &self,
        rows: &[f32],
        output: &mut [f32],
        copied: &mut [f32],
        start: impl Fn(usize) -> usize,
    ) {
        let Sizes { outputs, groups, .. } = self.sizes;
        let Shape { units, width, .. } = self.sizes.shape();
        let count = output.len() / outputs;
        let (windows, own) = copied.split_at_mut(COPIED * width);
        let windows = &mut windows[..count * width];
        for group in 0..groups {
            for (row, window) in windows.chunks_exact_mut(width).enumerate() {
                self.sizes.gather(rows, start(row), group, window);
            }
            let x = Rows { data: windows, width };
            if groups == 1 {
                self.multiply(0, x, width, output);
                continue;
            }
            let own = &mut own[..count * units];
            self.multiply(group, x, width, own);
            for (target, source) in output.chunks_exact_mut(outputs).zip(own.chunks_exact(units)) {
                target[group * units..][..units].copy_from_slice(source);
            }
        }
    }

    fn multiply(&self, group: usize, x: Rows, stride: usize, out: &mut [f32]) {
        let (shape, lanes) = (self.sizes.shape(), self.isa.lanes());
        let len = shape.packed_len(lanes);
        let panels = Panels::Floats(&self.panels[group * len..][..len]);
        let row = if self.has_bias { row_len(shape.units, 1, lanes) } else { 0 };
        let bias = &self.bias[group * row..][..row];
        Job { x, stride, panels, bias, out, width: shape.units }.on(self.isa);
    }
}
