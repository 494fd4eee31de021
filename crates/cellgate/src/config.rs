//! Options as they come from JavaScript, and the checked configuration of a recurrent layer.

use crate::error::{Code, Error, Result};
use crate::init::Initializer;
use crate::memory::product;
use crate::text::text;
use cellgate_kernels::Activation;
use cellgate_kernels::cell::gru::GruForm;
use cellgate_kernels::cell::lstm::LstmForm;
use cellgate_kernels::cell::rnn::RnnForm;

/// An activation by name; `alpha` and `beta` count for `hardSigmoid` only.
#[derive(Clone, Debug)]
pub struct ActivationOptions {
    pub kind: String,
    pub alpha: f64,
    pub beta: f64,
}

/// Options of a recurrent layer, unchecked. Zero stands for none in `clip`,
/// `cell_clip` and `projection_size`.
#[derive(Clone, Debug)]
pub struct RecurrentOptions {
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
    pub gate: ActivationOptions,
    pub candidate: ActivationOptions,
    pub output: ActivationOptions,
    pub reset_after: bool,
    pub update_gate: String,
}

/// Which cell, with its options.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Rnn(RnnForm),
    Lstm(LstmForm),
    Gru(GruForm),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Reverse,
    Bidirectional,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Reverse => "reverse",
            Self::Bidirectional => "bidirectional",
        }
    }
}

/// What packed weights are held as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeightForm {
    F32,
    F16,
    Int8,
}

/// Checked configuration of a recurrent layer.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub form: Form,
    pub input_size: usize,
    pub hidden_size: usize,
    pub layers: usize,
    pub direction: Direction,
    pub bias: bool,
    /// Share of a layer's outputs that the next does not see, in training.
    pub dropout: f32,
    /// Share of h(t-1) that the recurrent weights do not see, in training.
    pub recurrent_dropout: f32,
    /// Share of h and of c that stays from step to step.
    pub zoneout: f32,
    pub zoneout_cell: f32,
    pub seed: u64,
    pub initializer: Initializer,
    pub return_sequences: bool,
    pub weights: WeightForm,
    /// 0 for none.
    pub projection_size: usize,
    pub forget_bias: f32,
}

impl Config {
    /// Checks `options`; errors name the option.
    pub fn new(options: &RecurrentOptions) -> Result<Self> {
        let place = options.cell.as_str();
        let direction = match options.direction.as_str() {
            "forward" => Direction::Forward,
            "reverse" => Direction::Reverse,
            "bidirectional" => Direction::Bidirectional,
            other => {
                return Err(one_of(place, "direction", "forward, reverse, bidirectional", other));
            }
        };
        let weights = match options.weights.as_str() {
            "f32" => WeightForm::F32,
            "f16" => WeightForm::F16,
            "int8" => WeightForm::Int8,
            other => return Err(one_of(place, "weights", "f32, f16, int8", other)),
        };
        let form = match place {
            "rnn" => Form::Rnn(RnnForm {
                nonlinearity: activation(place, "nonlinearity", &options.candidate)?,
                clip: bound(place, "clip", options.clip)?,
            }),
            "lstm" => Form::Lstm(lstm_form(options)?),
            "gru" => Form::Gru(gru_form(options)?),
            other => return Err(one_of("recurrent", "cell", "rnn, lstm, gru", other)),
        };
        for (name, share) in [
            ("dropout", options.dropout),
            ("recurrentDropout", options.recurrent_dropout),
            ("zoneout", options.zoneout),
            ("zoneoutCell", options.zoneout_cell),
        ] {
            if !(0.0..1.0).contains(&share) {
                let expected = text![name, " must be in [0, 1)"];
                return Err(Error::new(Code::Value, place, expected, share));
            }
        }
        if !options.forget_bias.is_finite() {
            let got = options.forget_bias;
            return Err(Error::new(Code::Value, place, "forgetBias must be finite", got));
        }
        let projection_size = options.projection_size as usize;
        let hidden_size = positive(place, "hiddenSize", options.hidden_size)?;
        // So that widths of a few gates or directions can be computed without overflow.
        for width in [hidden_size, projection_size] {
            product(place, &[width, 8])?;
        }
        Ok(Self {
            form,
            input_size: positive(place, "inputSize", options.input_size)?,
            hidden_size,
            layers: positive(place, "layers", options.layers)?,
            direction,
            bias: options.bias,
            dropout: options.dropout as f32,
            recurrent_dropout: options.recurrent_dropout as f32,
            zoneout: options.zoneout as f32,
            zoneout_cell: options.zoneout_cell as f32,
            seed: options.seed as u64,
            initializer: Initializer::new(place, &options.initializer)?,
            return_sequences: options.return_sequences,
            weights,
            projection_size,
            forget_bias: options.forget_bias as f32,
        })
    }

    /// The public name, as errors begin.
    pub fn name(&self) -> &'static str {
        match self.form {
            Form::Rnn(_) => "rnn",
            Form::Lstm(_) => "lstm",
            Form::Gru(_) => "gru",
        }
    }

    pub fn directions(&self) -> usize {
        if self.direction == Direction::Bidirectional { 2 } else { 1 }
    }

    /// Layers times directions: the first axis of a state.
    pub fn stacks(&self) -> usize {
        self.layers * self.directions()
    }

    /// Gates that have weights.
    pub fn gates(&self) -> usize {
        match &self.form {
            Form::Rnn(_) => 1,
            Form::Lstm(form) => form.gates(),
            Form::Gru(_) => cellgate_kernels::gate::gru::COUNT,
        }
    }

    /// Whether part of the state stays from step to step.
    pub fn zones(&self) -> bool {
        self.zoneout > 0.0 || self.zoneout_cell > 0.0
    }

    /// Whether anything acts between steps.
    pub fn is_noisy(&self) -> bool {
        self.zones() || self.recurrent_dropout > 0.0
    }

    /// Width of h of one direction.
    pub fn output_size(&self) -> usize {
        if self.projection_size > 0 { self.projection_size } else { self.hidden_size }
    }

    /// Width of an output row.
    pub fn row_size(&self) -> usize {
        self.output_size() * self.directions()
    }

    /// Width of the input of `layer`.
    pub fn layer_input(&self, layer: usize) -> usize {
        if layer == 0 { self.input_size } else { self.row_size() }
    }

    /// Width of c of one direction, 0 where the cell has none.
    pub fn cell_size(&self) -> usize {
        if matches!(self.form, Form::Lstm(_)) { self.hidden_size } else { 0 }
    }

    /// Values per unit that a trace shows beside h.
    pub fn traced(&self) -> usize {
        match self.form {
            Form::Rnn(_) => 0,
            Form::Lstm(_) => cellgate_kernels::cell::lstm::LSTM_TAPE,
            Form::Gru(_) => cellgate_kernels::gate::gru::COUNT,
        }
    }

    /// Values per unit that a tape holds, the traced ones first.
    pub fn taped(&self) -> usize {
        match self.form {
            Form::Rnn(_) => 0,
            Form::Lstm(_) => cellgate_kernels::cell::lstm::LSTM_TAPE,
            Form::Gru(_) => cellgate_kernels::cell::gru::GRU_TAPE,
        }
    }
}

fn lstm_form(options: &RecurrentOptions) -> Result<LstmForm> {
    let place = "lstm";
    if options.coupled && !(options.input_gate && options.forget_gate) {
        return Err(Error::new(
            Code::Value,
            place,
            "coupled must be false without input gate or forget gate",
            "true",
        ));
    }
    Ok(LstmForm {
        input_gate: options.input_gate,
        forget_gate: options.forget_gate,
        output_gate: options.output_gate,
        coupled: options.coupled,
        peephole: options.peephole,
        layer_norm: options.layer_norm,
        clip: bound(place, "clip", options.clip)?,
        cell_clip: bound(place, "cellClip", options.cell_clip)?,
        gate: activation(place, "activations.gate", &options.gate)?,
        candidate: activation(place, "activations.cell", &options.candidate)?,
        output: activation(place, "activations.output", &options.output)?,
    })
}

fn gru_form(options: &RecurrentOptions) -> Result<GruForm> {
    let place = "gru";
    Ok(GruForm {
        reset_after: options.reset_after,
        update_keeps: match options.update_gate.as_str() {
            "keep" => true,
            "write" => false,
            other => return Err(one_of(place, "updateGate", "keep, write", other)),
        },
        clip: bound(place, "clip", options.clip)?,
        gate: activation(place, "activations.gate", &options.gate)?,
        candidate: activation(place, "activations.cell", &options.candidate)?,
    })
}

pub(crate) fn positive(place: &str, name: &str, value: u32) -> Result<usize> {
    if value == 0 {
        return Err(Error::new(Code::Value, place, text![name, " must be at least 1"], "0"));
    }
    Ok(value as usize)
}

/// A bound that counts from above zero; zero is none.
fn bound(place: &str, name: &str, value: f64) -> Result<f32> {
    let narrow = value as f32;
    match value {
        0.0 => Ok(f32::INFINITY),
        _ if value > 0.0 && narrow > 0.0 && narrow.is_finite() => Ok(narrow),
        _ => {
            let expected = text![name, " must be positive and finite"];
            Err(Error::new(Code::Value, place, expected, value))
        }
    }
}

pub(crate) fn activation(
    place: &str,
    name: &str,
    options: &ActivationOptions,
) -> Result<Activation> {
    Ok(match options.kind.as_str() {
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        "relu" => Activation::Relu,
        "softsign" => Activation::Softsign,
        "identity" => Activation::Identity,
        "hardSigmoid" => {
            let (alpha, beta) = (options.alpha as f32, options.beta as f32);
            if !(alpha.is_finite() && beta.is_finite()) {
                let expected = text![name, " must have a finite alpha and beta"];
                let got = if alpha.is_finite() { options.beta } else { options.alpha };
                return Err(Error::new(Code::Value, place, expected, got));
            }
            Activation::HardSigmoid { alpha, beta }
        }
        other => {
            let names = "sigmoid, hardSigmoid, tanh, relu, softsign, identity";
            return Err(one_of(place, name, names, other));
        }
    })
}

pub(crate) fn one_of(place: &str, name: &str, names: &str, got: &str) -> Error {
    Error::new(Code::Value, place, text![name, " must be one of ", names], text!["'", got, "'"])
}
