//! The plain recurrent network of [`cellgate_kernels::layer`].

use super::{Layer, LayerMemory, Needs, weights};
use crate::reference::rnn::Rnn;
use crate::support::case::Case;
use crate::support::{Random, packed};
use cellgate_kernels::cell::rnn::RnnForm;
use cellgate_kernels::layer::Rnn as Kernel;
use cellgate_kernels::panel::{Panels, Shape};
use cellgate_kernels::sequence::{InputWeights, Run, Sequence};
use cellgate_simd::Isa;

impl Rnn {
    pub fn random(form: RnnForm, case: &Case) -> Self {
        let Case { units, inputs, seed, .. } = *case;
        let random = &mut Random(!seed);
        Self {
            form,
            weight_ih: weights(random, units, inputs),
            weight_hh: weights(random, units, units),
            bias: random.values(units, 1.0),
        }
    }
}

impl Layer for Rnn {
    const TAPE: usize = 0;

    fn gates(&self) -> usize {
        1
    }

    fn needs(&self) -> Needs {
        Needs { cell: false, units: false }
    }

    fn run(&self, isa: Isa, sequence: Sequence, memory: LayerMemory) {
        let units = self.bias.len();
        let matrix = |width, weights| packed(isa, Shape { units, gates: 1, width }, weights);
        let panels = matrix(sequence.x.width, &self.weight_ih);
        let recurrent = matrix(units, &self.weight_hh);
        let bias = matrix(1, &self.bias);
        let layer = Kernel {
            form: self.form,
            units,
            input: InputWeights { panels: Panels::Floats(&panels), bias: &bias },
            recurrent: Panels::Floats(&recurrent),
            sums: memory.sums,
        };
        isa.run(Run { layer, sequence });
    }
}
