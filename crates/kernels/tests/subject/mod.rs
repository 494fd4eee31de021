//! The kernels' layers: random weights, packed and run in guarded memory, and compared.

mod gru;
mod lstm;
mod rnn;

use crate::reference::{self, Cell, Inputs, Truth};
use crate::support::case::Case;
use crate::support::{Guarded, Input, Random, assert_close, isas};
use cellgate_kernels::noise::{Noise, Zoned};
use cellgate_kernels::panel::blocks;
use cellgate_kernels::rows::Rows;
use cellgate_kernels::sequence::{Sequence, projected_len};
use cellgate_simd::Isa;

/// A reference layer that the kernels have too.
pub trait Layer: Cell {
    /// Values per unit and step of a tape.
    const TAPE: usize;

    /// How many gates have weights.
    fn gates(&self) -> usize;

    /// Which memory it needs beside that of every layer.
    fn needs(&self) -> Needs;

    /// Packs the weights and runs the kernel.
    fn run(&self, isa: Isa, sequence: Sequence, memory: LayerMemory);
}

/// Parts of [`LayerMemory`] that are not empty.
pub struct Needs {
    pub cell: bool,
    pub units: bool,
}

/// Memory of a layer, by the names of the kernels' fields.
pub struct LayerMemory<'a> {
    pub cell: &'a mut [f32],
    pub sums: &'a mut [f32],
    /// `unprojected` of the LSTM, `reset_hidden` of the GRU.
    pub units: &'a mut [f32],
}

/// Runs `layer` on every instruction set and compares all that it writes with the reference.
pub fn check<L: Layer>(name: &str, case: &Case, layer: &L) {
    let mut random = Random(case.seed);
    let (rows, width) = (case.offsets()[case.steps], layer.width());
    let inputs = Inputs {
        x: random.values(rows * case.inputs, 1.0),
        hidden: random.values(case.batch * width, 1.0),
        cell: random.values(case.batch * case.units, 1.0),
    };
    let truth = reference::run(layer, case, &inputs);
    for isa in isas() {
        let context = || format!("{name} on {}, {case:?}", isa.name());
        let mut memory = Memory::new(layer, case, isa.lanes(), &inputs.cell);
        memory.run(layer, case, isa, &inputs);
        memory.assert_intact(&context);
        memory.compare::<L>(case, isa.lanes(), &truth, &context);
    }
}

/// All that a run writes. Holds NaN at first, even in the padding of c: nothing may depend on it.
struct Memory {
    hidden: Guarded,
    projected: Guarded,
    tape: Guarded,
    cell: Guarded,
    sums: Guarded,
    units: Guarded,
    has_cell: bool,
}

impl Memory {
    fn new<L: Layer>(layer: &L, case: &Case, lanes: usize, state: &[f32]) -> Self {
        let Case { units, batch, taped, .. } = *case;
        let rows = case.offsets()[case.steps];
        let padded = blocks(units, lanes) * lanes;
        let row = padded * layer.gates();
        let needs = layer.needs();
        let when = |needed: bool, len: usize| Guarded::unset(if needed { len } else { 0 });
        let mut cell = when(needs.cell, batch * padded);
        for (row, state) in cell.chunks_exact_mut(padded).zip(state.chunks_exact(units)) {
            row[..units].copy_from_slice(state);
        }
        let roomy = projected_len(rows, batch, row);
        Self {
            hidden: Guarded::unset(rows * layer.width()),
            projected: Guarded::unset(if case.tight { batch.min(rows) * row } else { roomy }),
            tape: when(taped, rows * padded * L::TAPE),
            cell,
            sums: Guarded::unset(batch * row),
            units: when(needs.units, batch * units),
            has_cell: needs.cell,
        }
    }

    fn run(&mut self, layer: &impl Layer, case: &Case, isa: Isa, inputs: &Inputs) {
        let (x, initial) = (Input::new(&inputs.x), Input::new(&inputs.hidden));
        let sequence = Sequence {
            offsets: &case.offsets(),
            reverse: case.reverse,
            lone: case.batch == 1,
            x: Rows { data: &x, width: case.inputs },
            initial: Rows { data: &initial, width: layer.width() },
            hidden: &mut self.hidden,
            projected: &mut self.projected,
            tape: &mut self.tape,
            noise: Noise::NONE,
            zoned: Zoned::default(),
            noise_scratch: &mut [],
        };
        let Self { cell, sums, units, .. } = self;
        layer.run(isa, sequence, LayerMemory { cell, sums, units });
    }

    fn assert_intact(&self, context: &dyn Fn() -> String) {
        self.hidden.assert_intact("hidden", context);
        self.projected.assert_intact("projected", context);
        self.tape.assert_intact("tape", context);
        self.cell.assert_intact("cell", context);
        self.sums.assert_intact("sums", context);
        self.units.assert_intact("unit scratch", context);
    }

    fn compare<L: Layer>(
        &self,
        case: &Case,
        lanes: usize,
        truth: &Truth,
        context: &dyn Fn() -> String,
    ) {
        assert_close("hidden", context, &self.hidden, &truth.hidden);
        let units = case.units;
        let padded = blocks(units, lanes) * lanes;
        if self.has_cell {
            let rows = self.cell.chunks_exact(padded).flat_map(|row| &row[..units]);
            assert_close("cell", context, &rows.copied().collect::<Vec<_>>(), &truth.cell);
        }
        if self.tape.is_empty() {
            return;
        }
        for (row, want) in self.tape.chunks_exact(padded * L::TAPE).zip(&truth.tape) {
            // [block][slot][lane] to [slot][unit]
            let place =
                |slot: usize, unit: usize| (unit / lanes * L::TAPE + slot) * lanes + unit % lanes;
            let values = |slot: usize| (0..units).map(move |unit| row[place(slot, unit)]);
            let got: Vec<f32> = (0..L::TAPE).flat_map(values).collect();
            assert_close("tape", context, &got, want);
        }
    }
}

/// Weights as PyTorch draws them: sums over `width` columns stay moderate.
fn weights(random: &mut Random, rows: usize, width: usize) -> Vec<f32> {
    random.values(rows * width, 1.0 / (width as f32).sqrt())
}
