//! Frame by frame: the state of every layer, and one step at a time.

use crate::conv1d::Extent;
use crate::error::{Code, Error, Result};
use crate::memory::{Aligned, fit, product, zeros};
use crate::module::{Input, Layer, Shared};
use crate::recurrent::{Buffers, Pass, Recurrent, StepScratch, exact};
use crate::schedule::SequenceDims;
use crate::threads::threads;
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
    /// Frames of the last run and threads at that time, if another such run needs no more room.
    room: Option<[usize; 2]>,
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
    /// Whether the present frames are cut into parts rather than run where the state lies.
    is_cut: bool,
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
    /// Of a layer before and after a run on several threads: `[h of all | c of all]`.
    states: [Vec<f32>; 2],
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
                Layer::Conv1d(layer) if !layer.is_pointwise() => {
                    return Err(Error::new(
                        Code::Unsupported,
                        place,
                        "a convolution must have kernelSize 1, stride 1 and no padding, because a frame is one step",
                        "a wider one",
                    ));
                }
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
            // What changes no sizes has those of its neighbours.
            let first = || layers.iter().find_map(|layer| layer.borrow().input_size()).unwrap_or(0);
            let width = sizes.map_or_else(first, |(_, last)| last);
            let (input_size, output_size) = layer.frame_sizes(width);
            sizes = Some((sizes.map_or(input_size, |(first, _)| first), output_size));
            let frame = product(place, &[batch, output_size])?;
            let rows = if states.is_empty() { zeros(place, frame)? } else { Vec::new() };
            stages.push(Stage { layer: Rc::clone(shared), states, rows, frame, is_cut: false });
        }
        let Some((input_size, output_size)) = sizes else {
            let expected = "the module must have a layer that acts on frames";
            return Err(Error::new(Code::Unsupported, place, expected, "none"));
        };
        Ok(Self { stages, batch, input_size, output_size, room: None })
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
            self.make_room(place, frames, scratch)?;
            let offsets = scratch.offsets[..=frames].iter_mut().enumerate();
            offsets.for_each(|(frame, offset)| *offset = frame * batch);
            let _flush = FlushDenormals::new();
            for at in 0..self.stages.len() {
                let (done, rest) = self.stages.split_at_mut(at);
                let input = done.last().map_or(input, |stage| Input::Values(stage.output(frames)));
                rest[0].run(input, [frames, batch], scratch);
            }
            if let Some(stage) = self.stages.last() {
                output.copy_from_slice(stage.output(frames));
            }
            Ok(())
        })
    }

    /// Makes all memory of a run. What a thread's streams share never shrinks.
    fn make_room(&mut self, place: &str, frames: usize, scratch: &mut Scratch) -> Result<()> {
        let room = Some([frames, threads()]);
        if self.room == room {
            return Ok(());
        }
        self.room = None;
        fit(place, &mut scratch.offsets, frames + 1)?;
        for stage in &mut self.stages {
            stage.make_room(place, self.batch, frames, scratch)?;
        }
        self.room = room.filter(|_| self.stages.iter().all(Stage::keeps_room));
        Ok(())
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
        let mut rest = out;
        for Stage { layer, states, .. } in &self.stages {
            if let Layer::Recurrent(layer) = &*layer.borrow() {
                let (head, tail) = rest.split_at_mut(layer.state_len(self.batch));
                read_state(layer, states, head);
                rest = tail;
            }
        }
        Ok(())
    }

    /// Replaces the state.
    pub fn set_state(&mut self, state: &[f32]) -> Result<()> {
        exact("stream.state", "state", state.len(), self.state_len())?;
        let mut rest = state;
        for Stage { layer, states, .. } in &mut self.stages {
            if let Layer::Recurrent(layer) = &*layer.borrow() {
                let (head, tail) = rest.split_at(layer.state_len(self.batch));
                write_state(layer, states, head);
                rest = tail;
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
        Self { stages: self.stages.clone(), batch, input_size, output_size, room: None }
    }
}

impl Layer {
    /// Values of one row of a frame and of its output, where `width` come; ids are single.
    fn frame_sizes(&self, width: usize) -> (usize, usize) {
        let own = if matches!(self, Self::Embedding(_)) { 1 } else { width };
        (self.input_size().unwrap_or(own), self.output_size().unwrap_or(width))
    }
}

impl Stage {
    /// Whether nothing of a run is laid out in the layer, which others use as well.
    fn keeps_room(&self) -> bool {
        !self.is_cut && !matches!(*self.layer.borrow(), Layer::Conv1d(_))
    }

    fn make_room(
        &mut self,
        place: &str,
        batch: usize,
        frames: usize,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let len = product(place, &[frames, self.frame])?;
        let layer = &mut *self.layer.borrow_mut();
        if let Layer::Conv1d(layer) = layer {
            layer.make_room(place, 1, product(place, &[frames, batch])?)?;
        }
        let Layer::Recurrent(layer) = layer else {
            return fit(place, &mut self.rows, len);
        };
        self.states.iter_mut().try_for_each(|state| fit(place, &mut state.next, len))?;
        let rows = product(place, &[frames, batch])?;
        self.is_cut = layer.is_cut(batch, rows);
        if !self.is_cut {
            return scratch.steps.fit(&layer.config, layer.lanes(), rows, batch);
        }
        let state_len = layer.state_len(batch);
        scratch.states.iter_mut().try_for_each(|state| fit(place, state, state_len))?;
        let input_size = layer.config.input_size;
        let dims = &[frames, batch, input_size];
        let dims = SequenceDims { dims, time_major: true, lengths: None, input_size };
        layer.make_room(place, &dims, false)
    }

    fn run(&mut self, input: Input, [frames, batch]: [usize; 2], scratch: &mut Scratch) {
        let len = frames * self.frame;
        match (&mut *self.layer.borrow_mut(), input) {
            (Layer::Recurrent(layer), Input::Values(x)) => {
                // Known to be false where threads are off, and not compiled there.
                if cfg!(feature = "threads") && self.is_cut {
                    run_parts(layer, &mut self.states, x, batch, &mut scratch.states);
                } else {
                    let offsets = &scratch.offsets[..=frames];
                    run_layers(layer, &mut self.states, x, offsets, &mut scratch.steps);
                }
            }
            (Layer::Linear(layer), Input::Values(x)) => layer.forward(x, &mut self.rows[..len]),
            (Layer::Conv1d(layer), Input::Values(x)) => {
                let extent = Extent { batch: 1, steps: frames * batch, lengths: None };
                layer.forward(x, extent, &mut self.rows[..len]);
            }
            (Layer::Embedding(layer), Input::Ids(ids)) => layer.forward(ids, &mut self.rows[..len]),
            (Layer::Nonlinearity(layer), Input::Values(x)) => {
                self.rows[..len].copy_from_slice(x);
                layer.apply(self.frame / batch, &mut self.rows[..len]);
            }
            (Layer::Rowwise(layer), Input::Values(x)) => layer.forward(x, &mut self.rows[..len]),
            _ => {}
        }
    }

    /// Output rows of the present frames.
    fn output(&self, frames: usize) -> &[f32] {
        let rows = self.states.last().map_or(&self.rows, |state| &state.next);
        &rows[..frames * self.frame]
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
        let tape = &mut [][..];
        let pass = Pass { x, offsets, initial: h, cell: c, hidden, tape, noise, zoned };
        layer.pass(at, scratch, pass);
        if let Some(last) = len.checked_sub(h.len()) {
            h.copy_from_slice(&next[last..len]);
        }
    }
}

/// Runs frames as sequences, time first, that begin with the state and leave theirs.
fn run_parts(
    layer: &mut Recurrent,
    states: &mut [State],
    x: &[f32],
    batch: usize,
    scratch: &mut [Vec<f32>; 2],
) {
    let len = layer.state_len(batch);
    let [state, state_out] = scratch.each_mut().map(|values| &mut values[..len]);
    read_state(layer, states, state);
    if let Some(State { next, .. }) = states.last_mut() {
        let output = &mut next[..x.len() / layer.config.input_size * layer.config.output_size()];
        layer.run(Buffers { x, state, output, state_out, trace: &mut [] });
    }
    write_state(layer, states, state_out);
}

/// Copies the state of a recurrent layer: h of all, then c of all.
fn read_state(layer: &Recurrent, states: &[State], out: &mut [f32]) {
    let (units, padded) = (layer.config.cell_size(), layer.padded());
    let h = states.iter().map(|state| &*state.h);
    let rows = states.iter().flat_map(|state| state.c.chunks_exact(padded.max(1)));
    let mut rest = out;
    for values in h.chain(rows.map(|row| &row[..units])) {
        let (head, tail) = rest.split_at_mut(values.len());
        head.copy_from_slice(values);
        rest = tail;
    }
}

/// Replaces it.
fn write_state(layer: &Recurrent, states: &mut [State], values: &[f32]) {
    let (units, padded) = (layer.config.cell_size(), layer.padded());
    let mut rest = values;
    let mut take = |target: &mut [f32]| {
        let (head, tail) = rest.split_at(target.len());
        target.copy_from_slice(head);
        rest = tail;
    };
    states.iter_mut().for_each(|state| take(&mut state.h));
    let rows = states.iter_mut().flat_map(|state| state.c.chunks_exact_mut(padded.max(1)));
    rows.for_each(|row| take(&mut row[..units]));
}
