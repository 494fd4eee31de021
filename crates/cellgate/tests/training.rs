//! Training on every instruction set: that losses fall, and every kernel of the way back under the safety tools.

mod support;

use cellgate::{Batch, Input, Isa, Module, RecurrentOptions, Target};
use support::{options, trainer};

fn isas() -> Vec<Isa> {
    if cfg!(miri) { vec![support::isa()] } else { Isa::available() }
}

/// The variants whose way back differs.
fn variants() -> Vec<RecurrentOptions> {
    let mut all = Vec::new();
    for cell in ["lstm", "gru", "rnn"] {
        let plain = RecurrentOptions { hidden_size: 17, ..options(cell) };
        let deep = RecurrentOptions { layers: 2, dropout: 0.1, ..plain.clone() };
        let noisy = RecurrentOptions { recurrent_dropout: 0.1, zoneout: 0.1, ..plain.clone() };
        let both = RecurrentOptions { direction: "bidirectional".into(), ..plain.clone() };
        all.extend([plain, deep, noisy, both]);
    }
    let lstm = RecurrentOptions { hidden_size: 5, ..options("lstm") };
    all.extend([
        RecurrentOptions { coupled: true, peephole: true, ..lstm.clone() },
        RecurrentOptions { layer_norm: true, projection_size: 3, ..lstm.clone() },
        RecurrentOptions { input_gate: false, output_gate: false, clip: 1.0, ..lstm.clone() },
        RecurrentOptions { zoneout_cell: 0.2, cell_clip: 0.9, ..lstm },
        RecurrentOptions { reset_after: false, recurrent_dropout: 0.1, ..options("gru") },
    ]);
    all
}

#[test]
fn losses_fall_on_every_set_and_variant() {
    let (batch, time) = if cfg!(miri) { (3, 3) } else { (18, 7) };
    let x: Vec<f32> = (0..batch * time * 3).map(|at| (at * 5 % 7) as f32 / 7.0).collect();
    let y: Vec<f32> = (0..batch * 2).map(|at| (at % 3) as f32 / 3.0).collect();
    let lengths: Vec<u32> = (0..batch).map(|at| (at % (time + 1)) as u32).collect();
    for isa in isas() {
        for recurrent in variants() {
            let layer = Module::recurrent(isa, &recurrent).expect("the options are right");
            let directions = if recurrent.direction == "bidirectional" { 2 } else { 1 };
            let width = match recurrent.projection_size {
                0 => recurrent.hidden_size,
                projected => projected,
            };
            let last = RecurrentOptions { input_size: width * directions, ..options("gru") };
            let last = RecurrentOptions { return_sequences: false, ..last };
            let last = Module::recurrent(isa, &last).expect("the options are right");
            let linear = Module::linear(isa, 4, 2, true, 1.0, "torch").expect("is right");
            let mut module = Module::sequential();
            for layer in [&layer, &last, &linear] {
                module.push(layer).expect("the layers fit");
            }
            let mut trainer = trainer(&module);
            let batch = Batch {
                place: "test",
                input: Input::Values(&x),
                dims: &[batch, time, 3],
                lengths: Some(&lengths),
                target: Target::Values(&y),
                weights: None,
                carry: false,
            };
            let [before, ..] = trainer.evaluate(batch).expect("the batch is right");
            for _ in 0..if cfg!(miri) { 2 } else { 20 } {
                trainer.step(batch, 0.01).expect("the batch is right");
            }
            let [after, ..] = trainer.evaluate(batch).expect("the batch is right");
            assert!(after < before, "{} {recurrent:?}: {before} to {after}", isa.name());
        }
    }
}
