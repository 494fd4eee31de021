//! Peer: rten, with weights packed when the model is loaded, on as many threads as `RTEN_NUM_THREADS` says.

use crate::{Session, work::Work};
use anyhow::{Context, Result, anyhow};
use rten::{Model, ModelOptions, NodeId, Value};
use rten_tensor::{Tensor, prelude::*};

struct Rten {
    model: Model,
    x: NodeId,
    inputs: Vec<Tensor<f32>>,
    /// Of a step: the states' inputs and what goes into them.
    initial: Vec<NodeId>,
    states: Vec<Value>,
    state_shape: [usize; 3],
    outputs: Vec<NodeId>,
    /// Which of the outputs is the answer.
    answer: usize,
    last: Vec<Value>,
}

/// It has no plain RNN, and its GRU resets after the product only.
pub fn has(work: &Work) -> bool {
    work.cell == "lstm" || (work.cell == "gru" && work.reset_after)
}

pub fn open(work: &Work, model: Vec<u8>, inputs: &[Vec<f32>]) -> Result<impl Session + use<>> {
    let model = ModelOptions::with_all_ops().prepack_weights(true).load(model)?;
    let node = |name: String| model.node_id(&name).map_err(|error| anyhow!("{error}"));
    let states = work.states();
    let nodes = |prefix: &str| -> Result<Vec<NodeId>> {
        states.iter().map(|state| node(format!("{prefix}_{state}"))).collect()
    };
    let is_step = work.is_step();
    let mut outputs = nodes("final")?;
    if !is_step {
        outputs.insert(0, node("Y".into())?);
    }
    let mut session = Rten {
        x: node("X".into())?,
        inputs: inputs
            .iter()
            .map(|values| Tensor::from_data(&work.input_shape(), values.clone()))
            .collect(),
        initial: if is_step { nodes("initial")? } else { Vec::new() },
        states: Vec::new(),
        state_shape: work.state_shape(),
        answer: if is_step { work.last_hidden() } else { 0 },
        outputs,
        last: Vec::new(),
        model,
    };
    session.rewind();
    Ok(session)
}

impl Session for Rten {
    fn rewind(&mut self) {
        let zeros = || Tensor::<f32>::zeros(&self.state_shape).into();
        self.states = self.initial.iter().map(|_| zeros()).collect();
    }

    fn call(&mut self, input: usize) -> Result<()> {
        let states = if self.initial.is_empty() { &[] } else { self.states.as_slice() };
        let mut feeds = vec![(self.x, self.inputs[input].view().into())];
        feeds.extend(self.initial.iter().copied().zip(states.iter().map(Into::into)));
        self.last =
            self.model.run(feeds, &self.outputs, None).map_err(|error| anyhow!("{error}"))?;
        if !self.initial.is_empty() {
            std::mem::swap(&mut self.states, &mut self.last);
        }
        Ok(())
    }

    fn output(&self) -> Result<Vec<f32>> {
        let values = if self.initial.is_empty() { &self.last } else { &self.states };
        let output: Tensor<f32> =
            values.get(self.answer).context("no call was made")?.clone().try_into()?;
        Ok(output.to_vec())
    }
}
