//! What is run, and how its calls go on.

use crate::Session;
use anyhow::Result;
use serde::Deserialize;

/// A work of inference/works.mjs, as far as engines need it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    pub cell: String,
    /// Of a GRU.
    pub reset_after: bool,
    calls: String,
    steps: usize,
    batch: usize,
    input_size: usize,
    hidden_size: usize,
    layers: usize,
}

impl Work {
    /// Whether a call is a single step that carries its state into the next.
    pub fn is_step(&self) -> bool {
        self.calls == "step"
    }

    pub fn input_shape(&self) -> [usize; 3] {
        [self.steps, self.batch, self.input_size]
    }

    /// Of each state of a step, which has one direction.
    pub fn state_shape(&self) -> [usize; 3] {
        [1, self.batch, self.hidden_size]
    }

    /// The states that go from step to step, in the order of the model's inputs and outputs.
    pub fn states(&self) -> Vec<String> {
        let kinds: &[&str] = if self.cell == "lstm" { &["h", "c"] } else { &["h"] };
        (0..self.layers)
            .flat_map(|layer| kinds.iter().map(move |kind| format!("{kind}{layer}")))
            .collect()
    }

    /// Which of the states is a step's output.
    pub fn last_hidden(&self) -> usize {
        let states = self.states();
        states.iter().rposition(|name| name.starts_with('h')).expect("every cell has an h")
    }
}

/// A session whose calls cycle through its inputs.
pub struct Network {
    session: Box<dyn Session>,
    inputs: usize,
    next: usize,
}

impl Network {
    pub fn new(session: Box<dyn Session>, inputs: usize) -> Self {
        Self { session, inputs, next: 0 }
    }

    pub fn run(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.session.call(self.next)?;
            self.next = (self.next + 1) % self.inputs;
        }
        Ok(())
    }

    pub fn answer(&mut self, count: usize) -> Result<Vec<f32>> {
        self.session.rewind();
        self.next = 0;
        self.run(count)?;
        self.session.output()
    }
}
