//! The GRU of [`cellgate_kernels::layer`].

use super::{Layer, LayerMemory, Needs, weights};
use crate::reference::gru::Gru;
use crate::support::case::Case;
use crate::support::{Random, packed};
use cellgate_kernels::cell::gru::{GRU_TAPE, GruForm};
use cellgate_kernels::gate::gru::{CANDIDATE, COUNT};
use cellgate_kernels::layer::Gru as Kernel;
use cellgate_kernels::panel::{Panels, Shape};
use cellgate_kernels::sequence::{InputWeights, Run, Sequence};
use cellgate_simd::Isa;

impl Gru {
    pub fn random(form: GruForm, case: &Case) -> Self {
        let Case { units, inputs, seed, .. } = *case;
        let random = &mut Random(!seed);
        Self {
            form,
            weight_ih: weights(random, COUNT * units, inputs),
            weight_hh: weights(random, COUNT * units, units),
            bias: random.values(COUNT * units, 1.0),
            inner_bias: random.values(units, 1.0),
        }
    }
}

impl Layer for Gru {
    const TAPE: usize = GRU_TAPE;

    fn gates(&self) -> usize {
        COUNT
    }

    fn needs(&self) -> Needs {
        Needs { cell: false, units: !self.form.reset_after }
    }

    fn run(&self, isa: Isa, sequence: Sequence, memory: LayerMemory) {
        let units = self.inner_bias.len();
        let matrix =
            |gates, width, weights: &[f32]| packed(isa, Shape { units, gates, width }, weights);
        let panels = matrix(COUNT, sequence.x.width, &self.weight_ih);
        let bias = matrix(COUNT, 1, &self.bias);
        let mut recurrent_bias = vec![0.0; CANDIDATE * units];
        recurrent_bias.extend(&self.inner_bias);
        let inner_bias = matrix(COUNT, 1, &recurrent_bias);
        let together = if self.form.reset_after { COUNT } else { CANDIDATE };
        let (first, last) = self.weight_hh.split_at(together * units * units);
        let recurrent = matrix(together, units, first);
        let candidate = matrix(COUNT - together, units, last);
        let layer = Kernel {
            form: self.form,
            units,
            input: InputWeights { panels: Panels::Floats(&panels), bias: &bias },
            recurrent: Panels::Floats(&recurrent),
            candidate: Panels::Floats(&candidate),
            inner_bias: if self.form.reset_after { &inner_bias } else { &[] },
            sums: memory.sums,
            reset_hidden: memory.units,
        };
        isa.run(Run { layer, sequence });
    }
}
