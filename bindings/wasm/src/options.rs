//! Options as JavaScript objects.

use cellgate::{ActivationOptions, RecurrentOptions};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// An object of `ts/backend/raw.ts`, where every field is always there. Fields are read by name: a page
    /// downloads no function for each.
    pub type RawOptions;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn text(this: &RawOptions, name: &str) -> String;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn number(this: &RawOptions, name: &str) -> f64;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn flag(this: &RawOptions, name: &str) -> bool;
    #[wasm_bindgen(method, structural, indexing_getter)]
    fn options(this: &RawOptions, name: &str) -> RawOptions;
}

impl RawOptions {
    fn size(&self, name: &str) -> u32 {
        self.number(name) as u32
    }

    pub(crate) fn activation(&self) -> ActivationOptions {
        ActivationOptions {
            kind: self.text("kind"),
            alpha: self.number("alpha"),
            beta: self.number("beta"),
        }
    }

    pub(crate) fn recurrent(&self) -> RecurrentOptions {
        RecurrentOptions {
            cell: self.text("cell"),
            input_size: self.size("inputSize"),
            hidden_size: self.size("hiddenSize"),
            layers: self.size("layers"),
            direction: self.text("direction"),
            bias: self.flag("bias"),
            dropout: self.number("dropout"),
            recurrent_dropout: self.number("recurrentDropout"),
            zoneout: self.number("zoneout"),
            zoneout_cell: self.number("zoneoutCell"),
            seed: self.number("seed"),
            initializer: self.text("initializer"),
            return_sequences: self.flag("returnSequences"),
            weights: self.text("weights"),
            coupled: self.flag("coupled"),
            peephole: self.flag("peephole"),
            input_gate: self.flag("inputGate"),
            forget_gate: self.flag("forgetGate"),
            output_gate: self.flag("outputGate"),
            layer_norm: self.flag("layerNorm"),
            projection_size: self.size("projectionSize"),
            clip: self.number("clip"),
            cell_clip: self.number("cellClip"),
            forget_bias: self.number("forgetBias"),
            gate: self.options("gate").activation(),
            candidate: self.options("candidate").activation(),
            output: self.options("output").activation(),
            reset_after: self.flag("resetAfter"),
            update_gate: self.text("updateGate"),
        }
    }
}
