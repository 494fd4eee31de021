//! A convolution in training, on packed rows.

use crate::conv1d::Conv1d;
use crate::error::Result;
use crate::memory::{Aligned, fit, product};
use crate::schedule::Schedule;
use crate::windows::{COPIED, PLACE, Sizes};
use cellgate_kernels::backward::{LinearGradient, linear_scratch_len};
use cellgate_kernels::panel::{Shape, pack_transposed, row_len, unpack_columns};
use cellgate_kernels::rows::Rows;

/// A layer with its weights packed for both ways.
pub(super) struct ConvStage {
    pub layer: Conv1d,
    /// Of each group.
    transposed: Aligned,
}

/// What a run needs.
#[derive(Default)]
pub(super) struct ConvPass {
    /// The sequences one after the other in packed order, each with its padding.
    padded: Vec<f32>,
    /// Where each of them begins.
    begins: Vec<usize>,
    /// Where the window of each packed row of the output begins.
    starts: Vec<usize>,
    copied: Vec<f32>,
    /// Gradients of padded rows, of windows and of the weight as windows have it.
    padded_gradient: Vec<f32>,
    window_gradient: Vec<f32>,
    weight_gradient: Vec<f32>,
    weights: Aligned,
    bias: Aligned,
    scratch: Aligned,
}

/// Sequences before and behind the layer.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub before: &'a Schedule,
    pub behind: &'a Schedule,
}

impl ConvStage {
    pub fn new(layer: Conv1d) -> Result<Self> {
        let len = layer.sizes.shape().transposed_len(layer.isa.lanes());
        let len = product(PLACE, &[layer.sizes.groups, len])?;
        let mut stage = Self { layer, transposed: Aligned::zeros(PLACE, len)? };
        stage.transpose();
        Ok(stage)
    }

    fn transpose(&mut self) {
        let (shape, lanes) = (self.layer.sizes.shape(), self.layer.isa.lanes());
        let matrices = self.layer.weight.chunks_exact(shape.units * shape.width);
        let panels = self.transposed.chunks_exact_mut(shape.transposed_len(lanes));
        matrices
            .zip(panels)
            .for_each(|(matrix, panels)| pack_transposed(shape, lanes, matrix, panels));
    }

    pub fn refresh(&mut self, values: &[f32]) {
        self.layer.set_values(values);
        self.transpose();
    }

    /// Makes all memory of both ways and finds where windows begin.
    pub fn lay_out(&self, place: &str, pass: &mut ConvPass, ends: Ends) -> Result<()> {
        let Sizes { inputs, stride, .. } = self.layer.sizes;
        let (sizes, lanes) = (self.layer.sizes, self.layer.isa.lanes());
        let Shape { units, width, .. } = sizes.shape();
        let Ends { before, behind } = ends;
        fit(place, &mut pass.begins, before.count())?;
        let mut end = 0;
        for (begin, &length) in pass.begins.iter_mut().zip(&before.lengths) {
            *begin = end;
            end += product(place, &[sizes.padded(length), inputs])?;
        }
        fit(place, &mut pass.padded, product(place, &[end])?)?;
        fit(place, &mut pass.padded_gradient, end)?;
        fit(place, &mut pass.starts, behind.rows())?;
        for (step, rows) in behind.times().enumerate() {
            for (start, begin) in pass.starts[rows].iter_mut().zip(&pass.begins) {
                *start = begin + step * stride * inputs;
            }
        }
        fit(place, &mut pass.copied, sizes.copied_len())?;
        fit(place, &mut pass.window_gradient, COPIED * width)?;
        fit(place, &mut pass.weight_gradient, sizes.weight_len())?;
        let padded = units.next_multiple_of(lanes);
        pass.weights.fit(place, product(place, &[sizes.groups, width, padded])?)?;
        pass.bias.fit(place, sizes.groups * row_len(units, 1, lanes))?;
        pass.scratch.fit(place, linear_scratch_len(padded, width, lanes))
    }

    pub fn forward(&self, pass: &mut ConvPass, before: &Schedule, x: &[f32], output: &mut [f32]) {
        let Sizes { inputs, outputs, padding: [first, _], .. } = self.layer.sizes;
        let ConvPass { padded, begins, starts, copied, .. } = pass;
        padded.fill(0.0);
        for (step, rows) in before.times().enumerate() {
            for (row, begin) in rows.zip(&*begins) {
                let target = &mut padded[begin + (first + step) * inputs..][..inputs];
                target.copy_from_slice(&x[row * inputs..][..inputs]);
            }
        }
        for (output, starts) in output.chunks_mut(COPIED * outputs).zip(starts.chunks(COPIED)) {
            self.layer.copied_windows(padded, output, copied, |row| starts[row]);
        }
    }

    /// The way back from the gradient of the output; `x_gradient` may be empty.
    pub fn backward(
        &self,
        pass: &mut ConvPass,
        before: &Schedule,
        output: &[f32],
        x_gradient: &mut [f32],
        gradients: &mut [f32],
    ) {
        let sizes = self.layer.sizes;
        let Sizes { inputs, outputs, groups, padding: [first, _], .. } = sizes;
        pass.weights.fill(0.0);
        pass.bias.fill(0.0);
        pass.padded_gradient.fill(0.0);
        for (part, output) in output.chunks(COPIED * outputs).enumerate() {
            for group in 0..groups {
                self.undo_windows(pass, part * COPIED, output, group, !x_gradient.is_empty());
            }
        }
        self.unpack(pass, gradients);
        if !x_gradient.is_empty() {
            for (step, rows) in before.times().enumerate() {
                for (row, begin) in rows.zip(&pass.begins) {
                    let source = &pass.padded_gradient[begin + (first + step) * inputs..];
                    x_gradient[row * inputs..][..inputs].copy_from_slice(&source[..inputs]);
                }
            }
        }
    }

    /// Some windows of a group, from window `first` on.
    fn undo_windows(
        &self,
        pass: &mut ConvPass,
        first: usize,
        output: &[f32],
        group: usize,
        wants_x: bool,
    ) {
        let (sizes, isa) = (self.layer.sizes, self.layer.isa);
        let Shape { units, width, .. } = sizes.shape();
        let ConvPass { padded, starts, copied, padded_gradient, window_gradient, .. } = pass;
        let rows = output.chunks_exact(sizes.outputs);
        let starts = &starts[first..][..rows.len()];
        let (windows, own) = copied.split_at_mut(COPIED * width);
        let (windows, own) =
            (&mut windows[..starts.len() * width], &mut own[..starts.len() * units]);
        for (window, &start) in windows.chunks_exact_mut(width).zip(starts) {
            sizes.gather(padded, start, group, window);
        }
        for (target, source) in own.chunks_exact_mut(units).zip(rows) {
            target.copy_from_slice(&source[group * units..][..units]);
        }
        let back = if wants_x { &mut window_gradient[..windows.len()] } else { &mut [][..] };
        let transposed = self.transposed.len() / sizes.groups;
        let weights = width * units.next_multiple_of(isa.lanes());
        let bias = row_len(units, 1, isa.lanes());
        LinearGradient {
            x: Rows { data: windows, width },
            output: Rows { data: own, width: units },
            transposed: &self.transposed[group * transposed..][..transposed],
            weights: &mut pass.weights[group * weights..][..weights],
            bias: &mut pass.bias[group * bias..][..bias],
            x_gradient: &mut *back,
            scratch: &mut pass.scratch,
        }
        .on(isa);
        for (window, &start) in back.chunks_exact(width).zip(starts) {
            sizes.scatter(window, start, group, padded_gradient);
        }
    }

    /// Gradients of the parameters from what was summed.
    fn unpack(&self, pass: &mut ConvPass, gradients: &mut [f32]) {
        let (sizes, lanes) = (self.layer.sizes, self.layer.isa.lanes());
        let shape = sizes.shape();
        let (for_weight, for_bias) = gradients.split_at_mut(sizes.weight_len());
        let own = &mut pass.weight_gradient[..sizes.weight_len()];
        let matrices = own.chunks_exact_mut(shape.units * shape.width);
        let len = shape.width * shape.units.next_multiple_of(lanes);
        for (matrix, packed) in matrices.zip(pass.weights.chunks_exact(len)) {
            unpack_columns(shape, lanes, packed, 0, matrix);
        }
        sizes.for_each_weight(|parameter, window| for_weight[parameter] = own[window]);
        let rows = pass.bias.chunks_exact(row_len(shape.units, 1, lanes));
        for (units, packed) in for_bias.chunks_exact_mut(shape.units).zip(rows) {
            unpack_columns(Shape { width: 1, ..shape }, lanes, packed, 0, units);
        }
    }
}
