//! Frame by frame: the state of every layer, and one step at a time.

use crate::error::{Code, Error, Result};
use crate::memory::{Aligned, fit, product, zeros};
use crate::module::{Input, Layer, Shared};
use crate::recurrent::{Pass, Recurrent, StepScratch, exact};
use cellgate_kernels::noise::Zoned;
use cellgate_simd::FlushDenormals;
use std::cell::RefCell;
use std::rc::Rc;

/// Runs a module one frame of `batch` rows at a time. Follows the module's weights.
pub struct Stream {
    stages: Vec<Stage>,
    batch: usize,
    input_size: usize,
    output_size: usize,
}

/// A layer with its state and its output of the present frames.
#[derive(Clone)]
struct Stage {
    layer: Shared,
    /// Per layer of a recurrent stage.
    states: Vec<State>,
    /// Output rows of other stages.
    rows: Vec<f32>,
    /// Floats of one output frame.
    frame: usize,
}

/// State of one layer, `[batch]` rows.
#[derive(Clone)]
struct State {
    h: Vec<f32>,
    /// Padded rows.
    c: Aligned,
    /// h of the present frames.
    next: Vec<f32>,
}

/// Holds nothing between calls, so that all streams of a thread share it.
#[derive(Default)]
struct Scratch {
    steps: StepScratch,
    /// First row of each frame, and the end.
    offsets: Vec<usize>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Stream {
    pub(crate) fn open(place: &str, layers: &[Shared], batch: u32) -> Result<Self> {
        let batch = crate::config::positive(place, "batch", batch)?;
        let mut stages = Vec::new();
        let mut sizes: Option<(usize, usize)> = None;
        for shared in layers {
            let layer = shared.borrow();
            let mut states = Vec::new();
            match &*layer {
                Layer::Dropout(_) => continue,
                Layer::Recurrent(layer) => {
                    let config = &layer.config;
                    if config.is_reverse(config.directions() - 1) {
                        return Err(Error::new(
                            Code::Unsupported,
                            place,
                            "the layer must run forward only, because the reverse direction starts at the end",
                            config.direction.name(),
                        ));
                    }
                    product(place, &[batch, config.hidden_size, config.gates(), config.layers])?;
                    for _ in 0..config.layers {
                        let h = zeros(place, product(place, &[batch, config.output_size()])?)?;
                        let c = Aligned::zeros(place, product(place, &[batch, layer.padded()])?)?;
                        let next = zeros(place, h.len())?;
                        states.push(State { h, c, next });
                    }
                }
                _ => {}
            }
            let output_size = layer.output_size().unwrap_or(0);
            let input_size = layer.frame_size();
            sizes = Some((sizes.map_or(input_size, |(first, _)| first), output_size));
            let frame = product(place, &[batch, output_size])?;
            let rows = if states.is_empty() { zeros(place, frame)? } else { Vec::new() };
            stages.push(Stage { layer: Rc::clone(shared), states, rows, frame });
        }
        let Some((input_size, output_size)) = sizes else {
            let expected = "the module must have a layer that acts on frames";
            return Err(Error::new(Code::Unsupported, place, expected, "none"));
        };
        Ok(Self { stages, batch, input_size, output_size })
    }

    /// Values of one frame, or ids.
    pub fn input_len(&self) -> usize {
        self.batch * self.input_size
    }

    /// Values of one output frame.
    pub fn output_len(&self) -> usize {
        self.batch * self.output_size
    }

    /// Whether frames are ids.
    pub fn takes_ids(&self) -> bool {
        self.stages
            .first()
            .is_some_and(|stage| matches!(*stage.layer.borrow(), Layer::Embedding(_)))
    }

    /// Runs `frames` frames, `[frames, batch, features]`.
    pub fn run(
        &mut self,
        place: &str,
        input: Input,
        frames: usize,
        output: &mut [f32],
    ) -> Result<()> {
        let given = match input {
            Input::Values(values) => values.len(),
            Input::Ids(ids) => ids.len(),
        };
        exact(place, "input", given, product(place, &[frames, self.input_len()])?)?;
        exact(place, "output", output.len(), product(place, &[frames, self.output_len()])?)?;
        self.check_ids(place, input)?;
        let batch = self.batch;
        SCRATCH.with_borrow_mut(|scratch| {
            fit(place, &mut scratch.offsets, frames + 1)?;
            for stage in &mut self.stages {
                stage.make_room(place, batch, frames, &mut scratch.steps)?;
            }
            let offsets = &mut scratch.offsets[..=frames];
            offsets.iter_mut().enumerate().for_each(|(frame, offset)| *offset = frame * batch);
            let _flush = FlushDenormals::new();
            for at in 0..self.stages.len() {
                let (done, rest) = self.stages.split_at_mut(at);
                let input = done.last().map_or(input, |stage| Input::Values(stage.output(frames)));
                rest[0].run(input, offsets, &mut scratch.steps);
            }
            if let Some(stage) = self.stages.last() {
                output.copy_from_slice(stage.output(frames));
            }
            self.stages.iter_mut().for_each(|stage| stage.settle(frames));
            Ok(())
        })
    }

    fn check_ids(&self, place: &str, input: Input) -> Result<()> {
        let first = self.stages.first().map(|stage| stage.layer.borrow());
        match (first.as_deref(), input) {
            (Some(Layer::Embedding(layer)), Input::Ids(ids)) => layer.check(place, ids),
            (Some(Layer::Embedding(_)), _) => {
                Err(Error::new(Code::Value, place, "frame must be int32 ids", "float32"))
            }
            (_, Input::Ids(_)) => {
                Err(Error::new(Code::Value, place, "frame must be float32", "int32"))
            }
            _ => Ok(()),
        }
    }

    /// Values of the state of all recurrent layers.
    pub fn state_len(&self) -> usize {
        let each = |stage: &Stage| match &*stage.layer.borrow() {
            Layer::Recurrent(layer) => layer.state_len(self.batch),
            _ => 0,
        };
        self.stages.iter().map(each).sum()
    }

    /// Copies the state: for each recurrent layer h of all, then c of all.
    pub fn state(&self, out: &mut [f32]) -> Result<()> {
        exact("stream.state", "state", out.len(), self.state_len())?;
        let mut out = out.iter_mut();
        for_each_state(&self.stages, |values| {
            out.by_ref().zip(values).for_each(|(target, value)| *target = *value);
        });
        Ok(())
    }

    /// Replaces the state.
    pub fn set_state(&mut self, state: &[f32]) -> Result<()> {
        exact("stream.state", "state", state.len(), self.state_len())?;
        let mut rest = state;
        for stage in &mut self.stages {
            let Layer::Recurrent(layer) = &*stage.layer.borrow() else {
                continue;
            };
            let (units, padded) = (layer.config.cell_size(), layer.padded());
            for State { h, .. } in &mut stage.states {
                let (head, tail) = rest.split_at(h.len());
                h.copy_from_slice(head);
                rest = tail;
            }
            for State { c, .. } in &mut stage.states {
                for row in c.chunks_exact_mut(padded.max(1)) {
                    let (head, tail) = rest.split_at(units);
                    row[..units].copy_from_slice(head);
                    rest = tail;
                }
            }
        }
        Ok(())
    }

    /// Back to zero state.
    pub fn reset(&mut self) {
        for State { h, c, .. } in self.stages.iter_mut().flat_map(|stage| &mut stage.states) {
            h.fill(0.0);
            c.fill(0.0);
        }
    }

    /// A second stream that goes on from the same state.
    pub fn fork(&self) -> Self {
        let Self { batch, input_size, output_size, .. } = *self;
        Self { stages: self.stages.clone(), batch, input_size, output_size }
    }
}

fn for_each_state(stages: &[Stage], mut each: impl FnMut(&[f32])) {
    for stage in stages {
        let Layer::Recurrent(layer) = &*stage.layer.borrow() else {
            continue;
        };
        let (units, padded) = (layer.config.cell_size(), layer.padded());
        stage.states.iter().for_each(|state| each(&state.h));
        for state in &stage.states {
            state.c.chunks_exact(padded.max(1)).for_each(|row| each(&row[..units]));
        }
    }
}

impl Layer {
    /// Values of one row of a frame; ids are single.
    fn frame_size(&self) -> usize {
        match self {
            Self::Recurrent(layer) => layer.config.input_size,
            Self::Linear(layer) => layer.input_size,
            Self::Embedding(_) | Self::Dropout(_) => 1,
        }
    }
}

impl Stage {
    fn make_room(
        &mut self,
        place: &str,
        batch: usize,
        frames: usize,
        scratch: &mut StepScratch,
    ) -> Result<()> {
        let len = product(place, &[frames, self.frame])?;
        let Layer::Recurrent(layer) = &*self.layer.borrow() else {
            return fit(place, &mut self.rows, len);
        };
        scratch.fit(&layer.config, layer.lanes(), product(place, &[frames, batch])?, batch)?;
        self.states.iter_mut().try_for_each(|state| fit(place, &mut state.next, len))
    }

    fn run(&mut self, input: Input, offsets: &[usize], scratch: &mut StepScratch) {
        let len = (offsets.len() - 1) * self.frame;
        match (&*self.layer.borrow(), input) {
            (Layer::Recurrent(layer), Input::Values(x)) => {
                run_layers(layer, &mut self.states, x, offsets, scratch);
            }
            (Layer::Linear(layer), Input::Values(x)) => layer.forward(x, &mut self.rows[..len]),
            (Layer::Embedding(layer), Input::Ids(ids)) => layer.forward(ids, &mut self.rows[..len]),
            _ => {}
        }
    }

    /// Output rows of the present frames.
    fn output(&self, frames: usize) -> &[f32] {
        let rows = self.states.last().map_or(&self.rows, |state| &state.next);
        &rows[..frames * self.frame]
    }

    /// Makes the last frame's h the state.
    fn settle(&mut self, frames: usize) {
        let Some(last) = frames.checked_sub(1) else {
            return;
        };
        for State { h, next, .. } in &mut self.states {
            h.copy_from_slice(&next[last * self.frame..][..self.frame]);
        }
    }
}

fn run_layers(
    layer: &Recurrent,
    states: &mut [State],
    x: &[f32],
    offsets: &[usize],
    scratch: &mut StepScratch,
) {
    for at in 0..states.len() {
        let (below, rest) = states.split_at_mut(at);
        let State { h, c, next } = &mut rest[0];
        let len = (offsets.len() - 1) * h.len();
        let x = below.last().map_or(x, |below| &below.next[..len]);
        let hidden = &mut next[..len];
        let (noise, zoned) = (layer.mean_noise(), Zoned::default());
        let pass = Pass { x, offsets, initial: h, cell: c, hidden, tape: &mut [], noise, zoned };
        layer.pass(at, scratch, pass);
    }
}
