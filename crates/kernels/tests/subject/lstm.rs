//! The LSTM of [`cellgate_kernels::layer`].

use super::{Layer, LayerMemory, Needs, weights};
use crate::reference::lstm::{Lstm, Norm};
use crate::support::case::Case;
use crate::support::{Input, Random, packed};
use cellgate_kernels::cell::lstm::{LSTM_TAPE, LstmForm, PEEPHOLES};
use cellgate_kernels::layer::Lstm as Kernel;
use cellgate_kernels::norm::Norm as KernelNorm;
use cellgate_kernels::panel::{Panels, Shape};
use cellgate_kernels::sequence::{InputWeights, Run, Sequence};
use cellgate_simd::Isa;

impl Lstm {
    /// `projected` is the width of h after a projection.
    pub fn random(form: LstmForm, projected: Option<usize>, case: &Case) -> Self {
        let Case { units, inputs, seed, .. } = *case;
        let (rows, width) = (form.gates() * units, projected.unwrap_or(units));
        let random = &mut Random(!seed);
        let sizes: &[usize] = if form.layer_norm { &[rows, rows, units] } else { &[] };
        let mut norm = |&size: &usize| Norm {
            weight: random.values(size, 1.5),
            bias: random.values(size, 0.5),
        };
        Self {
            form,
            units,
            width,
            norms: sizes.iter().map(&mut norm).collect(),
            weight_ih: weights(random, rows, inputs),
            weight_hh: weights(random, rows, width),
            bias: random.values(rows, 1.0),
            peephole: random.values(if form.peephole { PEEPHOLES * units } else { 0 }, 1.0),
            projection: projected.map_or(Vec::new(), |width| weights(random, width, units)),
        }
    }

    /// Bias and normalisations as the kernel wants them: a normalised input product gets its
    /// bias by the shift of the normalisation.
    fn biases(&self) -> (Vec<f32>, Vec<Norm>) {
        let mut norms = self.norms.clone();
        let Some(Norm { bias: shift, .. }) = norms.first_mut() else {
            return (self.bias.clone(), norms);
        };
        shift.iter_mut().zip(&self.bias).for_each(|(shift, bias)| *shift += bias);
        (vec![0.0; self.bias.len()], norms)
    }
}

/// A normalisation, packed.
struct PackedNorm {
    weight: Input,
    bias: Input,
}

impl Layer for Lstm {
    const TAPE: usize = LSTM_TAPE;

    fn gates(&self) -> usize {
        self.form.gates()
    }

    fn needs(&self) -> Needs {
        Needs { cell: true, units: !self.projection.is_empty() }
    }

    fn run(&self, isa: Isa, sequence: Sequence, memory: LayerMemory) {
        let (units, gates, width) = (self.units, self.gates(), self.width);
        let matrix =
            |gates, width, weights: &[f32]| packed(isa, Shape { units, gates, width }, weights);
        let panels = matrix(gates, sequence.x.width, &self.weight_ih);
        let recurrent = matrix(gates, width, &self.weight_hh);
        let (bias, norms) = self.biases();
        let bias = matrix(gates, 1, &bias);
        let peephole = matrix(PEEPHOLES, 1, &self.peephole);
        let norm = |(norm, gates): (&Norm, usize)| {
            let weight = matrix(gates, 1, &norm.weight);
            PackedNorm { weight, bias: matrix(gates, 1, &norm.bias) }
        };
        let norms: Vec<PackedNorm> = norms.iter().zip([gates, gates, 1]).map(norm).collect();
        let projection =
            packed(isa, Shape { units: width, gates: 1, width: units }, &self.projection);
        let layer = Kernel {
            form: self.form,
            units,
            input: InputWeights { panels: Panels::Floats(&panels), bias: &bias },
            recurrent: Panels::Floats(&recurrent),
            peephole: &peephole,
            norms: <&[_; 3]>::try_from(&norms[..]).ok().map(|norms| {
                norms.each_ref().map(|PackedNorm { weight, bias }| KernelNorm { weight, bias })
            }),
            projection: Panels::Floats(&projection),
            cell: memory.cell,
            unprojected: memory.units,
            sums: memory.sums,
        };
        isa.run(Run { layer, sequence });
    }
}
