//! A packed weight matrix in one of the forms that weights are held in.

use crate::config::WeightForm;
use crate::error::Result;
use crate::memory::Aligned;
use cellgate_kernels::bytes::{Bytes, bytes_len, pack_bytes};
use cellgate_kernels::panel::{Panels, Shape, pack, pack_halves};
use cellgate_simd::{Isa, from_half, to_half};

/// Panels of a matrix. One without values is of no form.
pub(crate) enum Matrix {
    Floats(Aligned),
    Halves(Aligned<u16>),
    Bytes { weights: Aligned<i8>, scales: Aligned },
}

impl Default for Matrix {
    fn default() -> Self {
        Self::Floats(Aligned::default())
    }
}

impl Matrix {
    pub fn panels(&self) -> Panels<'_> {
        match self {
            Self::Floats(panels) => Panels::Floats(panels),
            Self::Halves(panels) => Panels::Halves(panels),
            Self::Bytes { weights, scales } => Panels::Bytes(Bytes { weights, scales }),
        }
    }

    /// The panels of a matrix that is held as f32.
    pub fn floats(&self) -> &[f32] {
        match self {
            Self::Floats(panels) => panels,
            Self::Halves(_) | Self::Bytes { .. } => &[],
        }
    }

    /// Packs row-major `values`; without a new allocation if this has held a matrix of this shape and form.
    pub fn pack(
        &mut self,
        place: &str,
        isa: Isa,
        form: WeightForm,
        shape: Shape,
        values: &[f32],
    ) -> Result<()> {
        let lanes = isa.lanes();
        let len = shape.packed_len(lanes);
        match form {
            WeightForm::F16 if isa.loads_halves() => {
                if !matches!(self, Self::Halves(_)) {
                    *self = Self::Halves(Aligned::default());
                }
            }
            WeightForm::Int8 => {
                if !matches!(self, Self::Bytes { .. }) {
                    *self = Self::Bytes { weights: Aligned::default(), scales: Aligned::default() };
                }
            }
            WeightForm::F32 | WeightForm::F16 => {}
        }
        match self {
            Self::Floats(panels) => {
                panels.fit(place, len)?;
                pack(shape, lanes, values, panels);
                if form == WeightForm::F16 {
                    panels.iter_mut().for_each(|value| *value = from_half(to_half(*value)));
                }
            }
            // Elsewhere there are none, and so is the code that packs them.
            Self::Halves(_) if !isa.loads_halves() => {}
            Self::Halves(panels) => {
                panels.fit(place, len)?;
                pack_halves(shape, lanes, values, panels);
            }
            Self::Bytes { weights, scales } => {
                let layout = isa.dot_layout();
                let (bytes, worth) = bytes_len(shape, lanes, layout);
                weights.fit(place, bytes)?;
                scales.fit(place, worth)?;
                pack_bytes(shape, lanes, layout, values, (weights, scales));
            }
        }
        Ok(())
    }
}
