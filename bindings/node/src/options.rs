//! Options of a recurrent layer as a JavaScript object.

use cellgate::{ActivationOptions, RecurrentOptions};
use napi_derive::napi;

/// An activation by name.
#[napi(object)]
pub struct RawActivation {
    pub kind: String,
    pub alpha: f64,
    pub beta: f64,
}

impl From<RawActivation> for ActivationOptions {
    fn from(RawActivation { kind, alpha, beta }: RawActivation) -> Self {
        Self { kind, alpha, beta }
    }
}

/// Every field is always there.
#[napi(object)]
pub struct RawRecurrentConfig {
    pub cell: String,
    pub input_size: u32,
    pub hidden_size: u32,
    pub layers: u32,
    pub direction: String,
    pub bias: bool,
    pub dropout: f64,
    pub recurrent_dropout: f64,
    pub zoneout: f64,
    pub zoneout_cell: f64,
    pub seed: f64,
    pub initializer: String,
    pub return_sequences: bool,
    pub weights: String,
    pub coupled: bool,
    pub peephole: bool,
    pub input_gate: bool,
    pub forget_gate: bool,
    pub output_gate: bool,
    pub layer_norm: bool,
    pub projection_size: u32,
    pub clip: f64,
    pub cell_clip: f64,
    pub forget_bias: f64,
    pub gate: RawActivation,
    pub candidate: RawActivation,
    pub output: RawActivation,
    pub reset_after: bool,
    pub update_gate: String,
}

impl From<RawRecurrentConfig> for RecurrentOptions {
    fn from(raw: RawRecurrentConfig) -> Self {
        Self {
            cell: raw.cell,
            input_size: raw.input_size,
            hidden_size: raw.hidden_size,
            layers: raw.layers,
            direction: raw.direction,
            bias: raw.bias,
            dropout: raw.dropout,
            recurrent_dropout: raw.recurrent_dropout,
            zoneout: raw.zoneout,
            zoneout_cell: raw.zoneout_cell,
            seed: raw.seed,
            initializer: raw.initializer,
            return_sequences: raw.return_sequences,
            weights: raw.weights,
            coupled: raw.coupled,
            peephole: raw.peephole,
            input_gate: raw.input_gate,
            forget_gate: raw.forget_gate,
            output_gate: raw.output_gate,
            layer_norm: raw.layer_norm,
            projection_size: raw.projection_size,
            clip: raw.clip,
            cell_clip: raw.cell_clip,
            forget_bias: raw.forget_bias,
            gate: raw.gate.into(),
            candidate: raw.candidate.into(),
            output: raw.output.into(),
            reset_after: raw.reset_after,
            update_gate: raw.update_gate,
        }
    }
}
