//! Options of a recurrent layer as a JavaScript object.

use cellgate::{ActivationOptions, RecurrentOptions};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// An activation by name.
    pub type RawActivation;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &RawActivation) -> String;
    #[wasm_bindgen(method, getter)]
    fn alpha(this: &RawActivation) -> f64;
    #[wasm_bindgen(method, getter)]
    fn beta(this: &RawActivation) -> f64;

    /// Every field is always there.
    pub type RawRecurrentConfig;
    #[wasm_bindgen(method, getter)]
    fn cell(this: &RawRecurrentConfig) -> String;
    #[wasm_bindgen(method, getter, js_name = inputSize)]
    fn input_size(this: &RawRecurrentConfig) -> u32;
    #[wasm_bindgen(method, getter, js_name = hiddenSize)]
    fn hidden_size(this: &RawRecurrentConfig) -> u32;
    #[wasm_bindgen(method, getter)]
    fn layers(this: &RawRecurrentConfig) -> u32;
    #[wasm_bindgen(method, getter)]
    fn direction(this: &RawRecurrentConfig) -> String;
    #[wasm_bindgen(method, getter)]
    fn bias(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter)]
    fn dropout(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter, js_name = recurrentDropout)]
    fn recurrent_dropout(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter)]
    fn zoneout(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter, js_name = zoneoutCell)]
    fn zoneout_cell(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter)]
    fn seed(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter)]
    fn initializer(this: &RawRecurrentConfig) -> String;
    #[wasm_bindgen(method, getter, js_name = returnSequences)]
    fn return_sequences(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter)]
    fn weights(this: &RawRecurrentConfig) -> String;
    #[wasm_bindgen(method, getter)]
    fn coupled(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter)]
    fn peephole(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = inputGate)]
    fn input_gate(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = forgetGate)]
    fn forget_gate(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = outputGate)]
    fn output_gate(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = layerNorm)]
    fn layer_norm(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = projectionSize)]
    fn projection_size(this: &RawRecurrentConfig) -> u32;
    #[wasm_bindgen(method, getter)]
    fn clip(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter, js_name = cellClip)]
    fn cell_clip(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter, js_name = forgetBias)]
    fn forget_bias(this: &RawRecurrentConfig) -> f64;
    #[wasm_bindgen(method, getter)]
    fn gate(this: &RawRecurrentConfig) -> RawActivation;
    #[wasm_bindgen(method, getter)]
    fn candidate(this: &RawRecurrentConfig) -> RawActivation;
    #[wasm_bindgen(method, getter)]
    fn output(this: &RawRecurrentConfig) -> RawActivation;
    #[wasm_bindgen(method, getter, js_name = resetAfter)]
    fn reset_after(this: &RawRecurrentConfig) -> bool;
    #[wasm_bindgen(method, getter, js_name = updateGate)]
    fn update_gate(this: &RawRecurrentConfig) -> String;
}

pub(crate) fn activation(raw: &RawActivation) -> ActivationOptions {
    ActivationOptions { kind: raw.kind(), alpha: raw.alpha(), beta: raw.beta() }
}

pub(crate) fn options(raw: &RawRecurrentConfig) -> RecurrentOptions {
    RecurrentOptions {
        cell: raw.cell(),
        input_size: raw.input_size(),
        hidden_size: raw.hidden_size(),
        layers: raw.layers(),
        direction: raw.direction(),
        bias: raw.bias(),
        dropout: raw.dropout(),
        recurrent_dropout: raw.recurrent_dropout(),
        zoneout: raw.zoneout(),
        zoneout_cell: raw.zoneout_cell(),
        seed: raw.seed(),
        initializer: raw.initializer(),
        return_sequences: raw.return_sequences(),
        weights: raw.weights(),
        coupled: raw.coupled(),
        peephole: raw.peephole(),
        input_gate: raw.input_gate(),
        forget_gate: raw.forget_gate(),
        output_gate: raw.output_gate(),
        layer_norm: raw.layer_norm(),
        projection_size: raw.projection_size(),
        clip: raw.clip(),
        cell_clip: raw.cell_clip(),
        forget_bias: raw.forget_bias(),
        gate: activation(&raw.gate()),
        candidate: activation(&raw.candidate()),
        output: activation(&raw.output()),
        reset_after: raw.reset_after(),
        update_gate: raw.update_gate(),
    }
}
