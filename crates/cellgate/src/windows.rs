//! Sizes of a convolution over time, and where the values of its windows lie.

use crate::config::positive;
use crate::error::{Code, Error, Result};
use crate::memory::product;
use crate::text::text;
use cellgate_kernels::panel::Shape;

/// The name of the layer in errors.
pub(crate) const PLACE: &str = "conv1d";

/// Windows that are copied at once.
pub(crate) const COPIED: usize = 128;

/// Sizes of a convolution, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: [usize; 2],
    pub dilation: usize,
    pub groups: usize,
}

impl Sizes {
    /// `sizes` as in [`crate::Module::conv1d`].
    pub fn new(sizes: &[u32]) -> Result<Self> {
        let &[inputs, outputs, kernel, stride, before, behind, dilation, groups] = sizes else {
            let got = text![sizes.len()];
            return Err(Error::new(Code::Internal, PLACE, "sizes must be 8", got));
        };
        let sizes = Self {
            inputs: positive(PLACE, "inputSize", inputs)?,
            outputs: positive(PLACE, "outputSize", outputs)?,
            kernel: positive(PLACE, "kernelSize", kernel)?,
            stride: positive(PLACE, "stride", stride)?,
            padding: [before, behind].map(|steps| steps as usize),
            dilation: positive(PLACE, "dilation", dilation)?,
            groups: positive(PLACE, "groups", groups)?,
        };
        for (name, size) in [("inputSize", sizes.inputs), ("outputSize", sizes.outputs)] {
            if size % sizes.groups != 0 {
                let expected = text!["groups must divide ", name, " = ", size];
                return Err(Error::new(Code::Value, PLACE, expected, text![sizes.groups]));
            }
        }
        // So that no sum of these overflows.
        let [before, behind] = sizes.padding;
        for steps in
            [product(PLACE, &[sizes.kernel, sizes.dilation])?, sizes.stride, before, behind]
        {
            product(PLACE, &[steps, sizes.inputs, 4])?;
        }
        Ok(sizes)
    }

    /// Steps from the first that a window sees to its last.
    pub fn window(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// Steps with those of the padding.
    pub fn padded(&self, steps: usize) -> usize {
        steps + self.padding[0] + self.padding[1]
    }

    /// Output steps of a sequence: as many as there are whole windows. One without steps has none.
    pub fn steps(&self, steps: usize) -> usize {
        let room = self.padded(steps).checked_sub(self.window());
        room.filter(|_| steps > 0).map_or(0, |room| room / self.stride + 1)
    }

    /// The matrix of one group.
    pub fn shape(&self) -> Shape {
        let Self { inputs, outputs, kernel, groups, .. } = *self;
        Shape { units: outputs / groups, gates: 1, width: kernel * (inputs / groups) }
    }

    /// Floats of [`COPIED`] windows of a group and their outputs.
    pub fn copied_len(&self) -> usize {
        let Shape { units, width, .. } = self.shape();
        COPIED * (width + units)
    }

    pub fn weight_len(&self) -> usize {
        self.outputs * self.shape().width
    }

    /// Whether the values of a window lie side by side.
    pub fn is_dense(&self) -> bool {
        self.groups == 1 && (self.dilation == 1 || self.kernel == 1)
    }

    pub fn is_padded(&self) -> bool {
        self.padding != [0, 0]
    }

    /// Where the values of step `k` of a window and of a group lie, from the window's start, in rows of all inputs.
    fn tap(&self, k: usize, group: usize) -> usize {
        k * self.dilation * self.inputs + group * (self.inputs / self.groups)
    }

    /// Copies the values of a group from the window that starts at `start`.
    pub fn gather(&self, rows: &[f32], start: usize, group: usize, window: &mut [f32]) {
        for (k, target) in window.chunks_exact_mut(self.inputs / self.groups).enumerate() {
            target.copy_from_slice(&rows[start + self.tap(k, group)..][..target.len()]);
        }
    }

    /// Adds the values of a group to where [`Sizes::gather`] takes them from.
    pub fn scatter(&self, window: &[f32], start: usize, group: usize, rows: &mut [f32]) {
        for (k, source) in window.chunks_exact(self.inputs / self.groups).enumerate() {
            let target = rows[start + self.tap(k, group)..].iter_mut();
            target.zip(source).for_each(|(sum, value)| *sum += value);
        }
    }

    /// Calls `each` with the places of every weight: as parameters have it, `[output][input][kernel]`, and as windows
    /// do, `[output][kernel][input]`.
    pub fn for_each_weight(&self, mut each: impl FnMut(usize, usize)) {
        let (kernel, inputs) = (self.kernel, self.inputs / self.groups);
        for output in 0..self.outputs {
            for input in 0..inputs {
                for k in 0..kernel {
                    let first = output * kernel * inputs;
                    each(first + input * kernel + k, first + k * inputs + input);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: [u32; 8] = [4, 6, 3, 2, 1, 3, 2, 2];

    fn sizes(sizes: [u32; 8]) -> Sizes {
        Sizes::new(&sizes).expect("the sizes are right")
    }

    #[test]
    fn there_are_as_many_steps_as_whole_windows() {
        let plain = sizes([1, 1, 3, 1, 0, 0, 1, 1]);
        assert_eq!([0, 1, 2, 3, 4, 9].map(|steps| plain.steps(steps)), [0, 0, 0, 1, 2, 7]);
        let sizes = sizes(EVERYTHING);
        assert_eq!(sizes.window(), 5);
        assert_eq!([0, 1, 2, 3, 4, 9].map(|steps| sizes.steps(steps)), [0, 1, 1, 2, 2, 5]);
    }

    #[test]
    fn padding_alone_is_no_sequence() {
        assert_eq!(sizes([1, 1, 1, 1, 5, 5, 1, 1]).steps(0), 0);
    }

    #[test]
    fn what_is_gathered_scatters_back_to_where_it_was() {
        let sizes = sizes(EVERYTHING);
        let rows: Vec<f32> = (0..4 * 5).map(|at| at as f32).collect();
        let mut window = [0.0; 6];
        let mut sum = vec![0.0; rows.len()];
        for (group, first) in [0.0, 2.0].into_iter().enumerate() {
            sizes.gather(&rows, 0, group, &mut window);
            assert_eq!(window, [0.0, 1.0, 8.0, 9.0, 16.0, 17.0].map(|value| value + first));
            sizes.scatter(&window, 0, group, &mut sum);
        }
        let seen = |at: usize| (at / 4).is_multiple_of(2);
        let expected = rows.iter().enumerate().map(|(at, &row)| if seen(at) { row } else { 0.0 });
        assert_eq!(sum, expected.collect::<Vec<_>>());
    }

    #[test]
    fn every_weight_has_a_place_of_its_own_in_both_orders() {
        let sizes = sizes(EVERYTHING);
        let mut places = Vec::new();
        sizes.for_each_weight(|parameter, window| places.push((parameter, window)));
        assert_eq!(places.len(), sizes.weight_len());
        assert_eq!(places[..6], [(0, 0), (1, 2), (2, 4), (3, 1), (4, 3), (5, 5)]);
        for order in [0, 1] {
            let pick = |&(one, other): &(usize, usize)| if order == 0 { one } else { other };
            let mut own: Vec<usize> = places.iter().map(pick).collect();
            own.sort_unstable();
            assert_eq!(own, (0..sizes.weight_len()).collect::<Vec<_>>());
        }
    }
}
