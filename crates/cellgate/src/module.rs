//! What the bindings hold: one layer, or several in sequence.

use crate::config::{ActivationOptions, RecurrentOptions};
use crate::conv1d::{Conv1d, Extent};
use crate::embedding::Embedding;
use crate::error::{Code, Error, Result, dims_text};
use crate::linear::Linear;
use crate::memory::{product, zeros};
use crate::nonlinearity::Nonlinearity;
use crate::recurrent::{Buffers, Recurrent, exact};
use crate::rowwise::Rowwise;
use crate::schedule::SequenceDims;
use crate::stream::Stream;
use crate::text::text;
use crate::train::{Trainer, TrainerOptions};
use cellgate_simd::{FlushDenormals, Isa};
use std::cell::RefCell;
use std::rc::Rc;

/// Name, as in PyTorch, and shape of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub shape: Vec<usize>,
}

pub(crate) enum Layer {
    Recurrent(Box<Recurrent>),
    Linear(Linear),
    Conv1d(Box<Conv1d>),
    Embedding(Embedding),
    Nonlinearity(Nonlinearity),
    Rowwise(Rowwise),
    /// Drops this share of its input, in training only.
    Dropout(f32),
}

/// A layer that several modules may share.
pub(crate) type Shared = Rc<RefCell<Layer>>;

/// One layer, or layers in sequence.
pub struct Module {
    layers: Vec<Shared>,
    sequential: bool,
}

/// Values or ids.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    Values(&'a [f32]),
    Ids(&'a [i32]),
}

/// One call of [`Module::forward`].
pub struct Call<'a> {
    /// How errors begin, `lstm.forward`.
    pub place: &'a str,
    pub input: Input<'a>,
    /// Shape of the input: `[batch, time, features]` for sequences, or time first.
    pub dims: &'a [usize],
    pub time_major: bool,
    /// Steps of each sequence; all of them without.
    pub lengths: Option<&'a [u32]>,
    /// `[h of all | c of all]`, each `[layers * directions, batch, width]`; zeros without.
    pub state: Option<&'a [f32]>,
    pub output: &'a mut [f32],
    /// The state at the end of each sequence.
    pub state_out: &'a mut [f32],
    /// Every gate of every layer and direction, or empty.
    pub trace: &'a mut [f32],
}

impl Module {
    fn one(layer: Layer) -> Self {
        Self { layers: vec![Rc::new(RefCell::new(layer))], sequential: false }
    }

    /// A plain recurrent network, LSTM or GRU.
    pub fn recurrent(isa: Isa, options: &RecurrentOptions) -> Result<Self> {
        Ok(Self::one(Layer::Recurrent(Box::new(Recurrent::new(isa, options)?))))
    }

    /// A linear layer.
    pub fn linear(
        isa: Isa,
        input_size: u32,
        output_size: u32,
        bias: bool,
        seed: f64,
        initializer: &str,
    ) -> Result<Self> {
        let seed = seed as u64;
        let layer = Linear::new(isa, input_size, output_size, bias, seed, initializer)?;
        Ok(Self::one(Layer::Linear(layer)))
    }

    /// A convolution over time; `sizes` are those of inputs, outputs and kernel, then stride, padding before the first
    /// step and behind the last, dilation and groups.
    pub fn conv1d(
        isa: Isa,
        sizes: &[u32],
        bias: bool,
        seed: f64,
        initializer: &str,
    ) -> Result<Self> {
        let layer = Conv1d::new(isa, sizes, bias, seed as u64, initializer)?;
        Ok(Self::one(Layer::Conv1d(Box::new(layer))))
    }

    /// An activation of every value.
    pub fn nonlinearity(isa: Isa, options: &ActivationOptions) -> Result<Self> {
        Ok(Self::one(Layer::Nonlinearity(Nonlinearity::new(isa, options)?)))
    }

    /// Normalises each row.
    pub fn layer_norm(size: u32, epsilon: f64) -> Result<Self> {
        Ok(Self::one(Layer::Rowwise(Rowwise::norm(size, epsilon)?)))
    }

    /// Makes one of the two halves of each row.
    pub fn merge(input_size: u32, mode: &str) -> Result<Self> {
        Ok(Self::one(Layer::Rowwise(Rowwise::merge(input_size, mode)?)))
    }

    /// A table of vectors; `padding` is the row that starts as zeros, negative for none.
    pub fn embedding(
        vocabulary_size: u32,
        size: u32,
        padding: f64,
        seed: f64,
        initializer: &str,
    ) -> Result<Self> {
        let padding = (padding >= 0.0).then_some(padding as u32);
        Ok(Self::one(Layer::Embedding(Embedding::new(
            vocabulary_size,
            size,
            padding,
            seed as u64,
            initializer,
        )?)))
    }

    /// A dropout layer.
    pub fn dropout(probability: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&probability) {
            let got = probability;
            return Err(Error::new(Code::Value, "dropout", "p must be in [0, 1)", got));
        }
        Ok(Self::one(Layer::Dropout(probability as f32)))
    }

    /// An empty sequence of modules.
    pub fn sequential() -> Self {
        Self { layers: Vec::new(), sequential: true }
    }

    /// Appends the layers of `module`, sharing their weights.
    pub fn push(&mut self, module: &Self) -> Result<()> {
        for layer in &module.layers {
            let place = "sequential";
            let next = layer.borrow();
            let at = self.layers.len();
            let width = self.layers.iter().rev().find_map(|layer| layer.borrow().output_size());
            let acts = |layer: &Shared| matches!(&*layer.borrow(), Layer::Nonlinearity(_));
            let is_first = width.is_none() && !self.layers.iter().any(acts);
            if let (Layer::Embedding(_), false) = (&*next, is_first) {
                let expected = "layers must have an embedding only in the first place";
                return Err(Error::new(Code::Value, place, expected, text!["layers[", at, "]"]));
            }
            if let (Some(width), Some(wanted)) = (width, next.input_size())
                && width != wanted
            {
                let expected = text!["layers[", at, "] must have inputSize = ", width];
                return Err(Error::new(Code::Shape, place, expected, text![wanted]));
            }
            self.layers.push(Rc::clone(layer));
        }
        Ok(())
    }

    /// Names and shapes of all parameters, in the order of [`Module::values`].
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut all = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            for Parameter { name, shape } in layer.borrow().list() {
                let name = if self.sequential { text![at, ".", name] } else { name };
                all.push(Parameter { name, shape });
            }
        }
        all
    }

    /// How many values all parameters have.
    pub fn value_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.borrow().values().len()).sum()
    }

    /// Copies all parameters.
    pub fn values(&self, mut out: &mut [f32]) -> Result<()> {
        exact("module.parameters", "parameters", out.len(), self.value_count())?;
        for layer in &self.layers {
            let layer = layer.borrow();
            let (head, tail) = out.split_at_mut(layer.values().len());
            head.copy_from_slice(layer.values());
            out = tail;
        }
        Ok(())
    }

    /// Replaces all parameters.
    pub fn set_values(&mut self, mut values: &[f32]) -> Result<()> {
        exact("module.loadStateDict", "parameters", values.len(), self.value_count())?;
        // In two passes, so that what cannot be had is known before anything changes.
        let mut changes = Vec::new();
        for layer in &self.layers {
            let layer = layer.borrow();
            let (head, tail) = values.split_at(layer.values().len());
            let prepared = match &*layer {
                Layer::Recurrent(layer) => Some(layer.prepare_values(head)?),
                _ => None,
            };
            changes.push((head, prepared));
            values = tail;
        }
        for (layer, (values, prepared)) in self.layers.iter().zip(changes) {
            match (&mut *layer.borrow_mut(), prepared) {
                (Layer::Recurrent(layer), Some(prepared)) => layer.set_values(prepared),
                (Layer::Linear(layer), _) => layer.set_values(values),
                (Layer::Conv1d(layer), _) => layer.set_values(values),
                (Layer::Embedding(layer), _) => layer.values.copy_from_slice(values),
                (Layer::Rowwise(layer), _) => layer.values.copy_from_slice(values),
                _ => {}
            }
        }
        Ok(())
    }

    /// Runs the module on whole sequences.
    pub fn forward(&self, call: Call) -> Result<()> {
        let _flush = FlushDenormals::new();
        if self.sequential { self.predict(call) } else { self.layers[0].borrow_mut().forward(call) }
    }

    /// Opens a stream of `batch` sequences from zero state.
    pub fn stream(&self, place: &str, batch: u32) -> Result<Stream> {
        Stream::open(place, &self.layers, batch)
    }

    /// A trainer with a copy of the weights.
    pub fn trainer(&self, place: &str, options: &TrainerOptions) -> Result<Trainer> {
        Trainer::new(place, &self.layers, self.sequential, options)
    }

    /// Takes the parameters of a trainer that this module made.
    pub fn take_from(&mut self, trainer: &Trainer) {
        trainer.publish(&self.layers);
    }

    fn predict(&self, call: Call) -> Result<()> {
        let Call { place, input, dims, lengths, output, .. } = call;
        let takes_sequences = |layer: &Shared| layer.borrow().takes_sequences();
        let is_sequences = self.layers.iter().any(takes_sequences);
        if matches!(input, Input::Ids(_)) && is_sequences && dims.len() != 2 {
            return Err(Error::new(Code::Shape, place, "x must be [batch, time]", dims_text(dims)));
        }
        let mut current = Flow::new(place, input, dims, lengths)?;
        for (at, layer) in self.layers.iter().enumerate() {
            let takes_steps = self.layers[at + 1..].iter().any(takes_sequences);
            current = layer
                .borrow_mut()
                .flow(place, current, takes_steps)
                .map_err(|error| error.in_layer(at))?;
        }
        if is_sequences {
            current.clear_past_ends();
        }
        exact(place, "output", output.len(), current.values.len())?;
        output.copy_from_slice(&current.values);
        Ok(())
    }
}

impl Error {
    pub(crate) fn in_layer(mut self, at: usize) -> Self {
        if at > 0 {
            self.expected = text![self.expected, " (layers[", at, "])"];
        }
        self
    }
}

/// What travels between the layers of a sequence.
struct Flow {
    values: Vec<f32>,
    ids: Vec<i32>,
    is_ids: bool,
    dims: Vec<usize>,
    lengths: Option<Vec<u32>>,
}

impl Flow {
    fn new(place: &str, input: Input, dims: &[usize], lengths: Option<&[u32]>) -> Result<Self> {
        let mut flow = Self {
            values: Vec::new(),
            ids: Vec::new(),
            is_ids: matches!(input, Input::Ids(_)),
            dims: dims.to_vec(),
            lengths: lengths.map(<[u32]>::to_vec),
        };
        match input {
            Input::Values(values) => {
                flow.values = zeros(place, values.len())?;
                flow.values.copy_from_slice(values);
            }
            Input::Ids(ids) => flow.ids = ids.to_vec(),
        }
        Ok(flow)
    }

    /// Zeros past the end of each sequence, where layers of single rows leave their biases.
    fn clear_past_ends(&mut self) {
        if let (Some(lengths), &[_, steps, width]) = (&self.lengths, &*self.dims) {
            let sequences = self.values.chunks_exact_mut((steps * width).max(1));
            for (sequence, &length) in sequences.zip(lengths) {
                sequence[length as usize * width..].fill(0.0);
            }
        }
    }
}

impl Layer {
    /// Whether it goes along the time axis.
    pub fn takes_sequences(&self) -> bool {
        matches!(self, Self::Recurrent(_) | Self::Conv1d(_))
    }

    pub fn list(&self) -> Vec<Parameter> {
        match self {
            Self::Recurrent(layer) => layer.weights().list(&layer.config),
            Self::Linear(layer) => layer.list(),
            Self::Conv1d(layer) => layer.list(),
            Self::Embedding(layer) => layer.list(),
            Self::Rowwise(layer) => layer.list(),
            Self::Nonlinearity(_) | Self::Dropout(_) => Vec::new(),
        }
    }

    pub fn values(&self) -> &[f32] {
        match self {
            Self::Recurrent(layer) => &layer.weights().values,
            Self::Linear(layer) => &layer.values,
            Self::Conv1d(layer) => &layer.values,
            Self::Embedding(layer) => &layer.values,
            Self::Rowwise(layer) => &layer.values,
            Self::Nonlinearity(_) | Self::Dropout(_) => &[],
        }
    }

    pub fn input_size(&self) -> Option<usize> {
        match self {
            Self::Recurrent(layer) => Some(layer.config.input_size),
            Self::Linear(layer) => Some(layer.input_size),
            Self::Conv1d(layer) => Some(layer.sizes.inputs),
            Self::Rowwise(layer) => Some(layer.input_size),
            Self::Embedding(_) | Self::Nonlinearity(_) | Self::Dropout(_) => None,
        }
    }

    pub fn output_size(&self) -> Option<usize> {
        match self {
            Self::Recurrent(layer) => Some(layer.config.row_size()),
            Self::Linear(layer) => Some(layer.output_size),
            Self::Conv1d(layer) => Some(layer.sizes.outputs),
            Self::Rowwise(layer) => Some(layer.output_size),
            Self::Embedding(layer) => Some(layer.size),
            Self::Nonlinearity(_) | Self::Dropout(_) => None,
        }
    }

    fn forward(&mut self, call: Call) -> Result<()> {
        let Call { place, input, dims, time_major, lengths, state, output, state_out, trace } =
            call;
        match (self, input) {
            (Self::Recurrent(layer), Input::Values(x)) => {
                let dims =
                    SequenceDims { dims, time_major, lengths, input_size: layer.config.input_size };
                let (batch, _) = dims.check(place)?;
                if let Some(state) = state.filter(|state| state.len() != layer.state_len(batch)) {
                    return Err(layer.wrong_state(place, batch, state.len()));
                }
                let state = state.unwrap_or_default();
                let buffers = Buffers { x, state, output, state_out, trace };
                layer.forward(place, &dims, buffers)
            }
            (Self::Linear(layer), Input::Values(x)) => {
                let rows = last_dimension(place, dims, layer.input_size)?;
                exact(place, "x", x.len(), rows * layer.input_size)?;
                exact(place, "output", output.len(), product(place, &[rows, layer.output_size])?)?;
                layer.forward(x, output);
                Ok(())
            }
            (Self::Conv1d(layer), Input::Values(x)) => {
                let input_size = layer.sizes.inputs;
                let dims = SequenceDims { dims, time_major: false, lengths, input_size };
                let (batch, steps) = layer.check(place, &dims)?;
                let outputs = [batch, layer.sizes.steps(steps), layer.sizes.outputs];
                exact(place, "x", x.len(), batch * steps * input_size)?;
                exact(place, "output", output.len(), product(place, &outputs)?)?;
                layer.make_room(place, batch, steps)?;
                layer.forward(x, Extent { batch, steps, lengths }, output);
                Ok(())
            }
            (Self::Rowwise(layer), Input::Values(x)) => {
                let rows = last_dimension(place, dims, layer.input_size)?;
                exact(place, "x", x.len(), rows * layer.input_size)?;
                exact(place, "output", output.len(), product(place, &[rows, layer.output_size])?)?;
                layer.forward(x, output);
                Ok(())
            }
            (Self::Nonlinearity(layer), Input::Values(x)) => {
                exact(place, "output", output.len(), x.len())?;
                output.copy_from_slice(x);
                layer.apply(dims.last().copied().unwrap_or(1), output);
                Ok(())
            }
            (Self::Embedding(layer), Input::Ids(ids)) => {
                layer.check(place, ids)?;
                exact(place, "output", output.len(), product(place, &[ids.len(), layer.size])?)?;
                layer.forward(ids, output);
                Ok(())
            }
            (Self::Dropout(_), Input::Values(x)) => {
                exact(place, "output", output.len(), x.len())?;
                output.copy_from_slice(x);
                Ok(())
            }
            (Self::Embedding(_), _) => Err(wrong_kind(place, "int32 ids", "float32")),
            _ => Err(wrong_kind(place, "float32", "int32")),
        }
    }

    /// One layer of a sequence; a recurrent one may hand on its last step alone, unless a layer behind it `takes_steps`.
    fn flow(&mut self, place: &str, mut flow: Flow, takes_steps: bool) -> Result<Flow> {
        match self {
            Self::Dropout(_) => return Ok(flow),
            Self::Nonlinearity(_) if flow.is_ids => {
                return Err(wrong_kind(place, "float32", "int32"));
            }
            Self::Nonlinearity(layer) => {
                layer.apply(flow.dims.last().copied().unwrap_or(1), &mut flow.values);
                return Ok(flow);
            }
            _ => {}
        }
        let mut dims = flow.dims.clone();
        let Some(width) = self.output_size() else {
            return Ok(flow);
        };
        match self {
            Self::Embedding(_) => dims.push(width),
            _ => {
                if let Some(last) = dims.last_mut() {
                    *last = width;
                }
            }
        }
        let lengths = flow.lengths.as_deref();
        if let (Self::Conv1d(layer), [_, steps, _]) = (&*self, &mut *dims) {
            *steps = layer.sizes.steps(*steps);
        }
        let mut output = zeros(place, product(place, &dims)?)?;
        let mut state_out = Vec::new();
        if let Self::Recurrent(layer) = self {
            let input_size = layer.config.input_size;
            let (batch, _) =
                SequenceDims { dims: &flow.dims, time_major: false, lengths, input_size }
                    .check(place)?;
            state_out = zeros(place, layer.state_len(batch))?;
        }
        let input = if flow.is_ids { Input::Ids(&flow.ids) } else { Input::Values(&flow.values) };
        self.forward(Call {
            place,
            input,
            dims: &flow.dims,
            time_major: false,
            lengths,
            state: None,
            output: &mut output,
            state_out: &mut state_out,
            trace: &mut [],
        })?;
        if let Self::Recurrent(layer) = self
            && !layer.config.return_sequences
            && !takes_steps
        {
            let batch = dims[0];
            output = layer.last_steps(batch, &state_out);
            dims = vec![batch, width];
        }
        if let (Self::Conv1d(layer), Some(lengths)) = (&*self, &mut flow.lengths) {
            let behind = |length: u32| layer.sizes.steps(length as usize) as u32;
            lengths.iter_mut().for_each(|length| *length = behind(*length));
        }
        Ok(Flow { values: output, ids: Vec::new(), is_ids: false, dims, lengths: flow.lengths })
    }
}

impl Recurrent {
    /// Final h of the last layer, directions side by side: `[batch, row]`.
    fn last_steps(&self, batch: usize, state: &[f32]) -> Vec<f32> {
        let (width, directions) = (self.config.output_size(), self.config.directions());
        let first = (self.config.layers - 1) * directions;
        let mut rows = Vec::with_capacity(batch * self.config.row_size());
        for index in 0..batch {
            for direction in 0..directions {
                let row = (first + direction) * batch + index;
                rows.extend_from_slice(&state[row * width..][..width]);
            }
        }
        rows
    }
}

pub(crate) fn last_dimension(place: &str, dims: &[usize], width: usize) -> Result<usize> {
    match dims.split_last() {
        Some((&last, rest)) if last == width => product(place, rest),
        _ => {
            let expected = text!["x must be [..., inputSize] = [..., ", width, "]"];
            Err(Error::new(Code::Shape, place, expected, dims_text(dims)))
        }
    }
}

pub(crate) fn wrong_kind(place: &str, expected: &str, got: &str) -> Error {
    Error::new(Code::Value, place, text!["x must be ", expected], got)
}
