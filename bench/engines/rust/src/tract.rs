//! Peer: tract, optimised and with one state of execution for all calls.

use crate::{Session, work::Work};
use anyhow::{Context, Result};
use tract_onnx::prelude::*;

struct Tract {
    state: TypedSimpleState,
    inputs: Vec<TValue>,
    /// Of a step: what goes into the states' inputs.
    states: TVec<TValue>,
    state_shape: [usize; 3],
    state_count: usize,
    /// Which of the outputs is the answer.
    answer: usize,
    last: TVec<TValue>,
}

pub fn open(work: &Work, model: &[u8], inputs: &[Vec<f32>]) -> Result<impl Session + use<>> {
    let plan = onnx().model_for_read(&mut &*model)?.into_optimized()?.into_runnable()?;
    let is_step = work.is_step();
    let tensors: TractResult<Vec<TValue>> = inputs
        .iter()
        .map(|values| Ok(Tensor::from_shape(&work.input_shape(), values)?.into_tvalue()))
        .collect();
    let mut session = Tract {
        state: plan.spawn()?,
        inputs: tensors?,
        states: tvec!(),
        state_shape: work.state_shape(),
        state_count: if is_step { work.states().len() } else { 0 },
        answer: if is_step { work.last_hidden() } else { 0 },
        last: tvec!(),
    };
    session.rewind();
    Ok(session)
}

impl Session for Tract {
    fn rewind(&mut self) {
        let zeros = || Tensor::zero::<f32>(&self.state_shape).expect("a state fits").into_tvalue();
        self.states = (0..self.state_count).map(|_| zeros()).collect();
    }

    fn call(&mut self, input: usize) -> Result<()> {
        let mut feeds = tvec!(self.inputs[input].clone());
        feeds.extend(self.states.drain(..));
        self.last = self.state.run(feeds)?;
        if self.state_count > 0 {
            self.states = self.last.clone();
        }
        Ok(())
    }

    fn output(&self) -> Result<Vec<f32>> {
        let output = self.last.get(self.answer).context("no call was made")?;
        Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect())
    }
}
