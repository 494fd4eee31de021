//! Options of layers as the bindings hand them in.

#![allow(dead_code, reason = "each test program uses a part")]

use cellgate::{
    ActivationOptions, Isa, LossOptions, Module, OptimizerOptions, Parameter, RecurrentOptions,
    Trainer, TrainerOptions, choose,
};

/// The best instruction set; the scalar one under Miri, which lacks instructions of others.
pub fn isa() -> Isa {
    choose(cfg!(miri).then_some("scalar")).expect("Miri runs with the scalar set")
}

/// The defaults of a cell: 3 inputs, 4 units.
pub fn options(cell: &str) -> RecurrentOptions {
    let activation =
        |kind: &str| ActivationOptions { kind: kind.into(), alpha: 1.0 / 6.0, beta: 0.5 };
    RecurrentOptions {
        cell: cell.into(),
        input_size: 3,
        hidden_size: 4,
        layers: 1,
        direction: "forward".into(),
        bias: true,
        dropout: 0.0,
        recurrent_dropout: 0.0,
        zoneout: 0.0,
        zoneout_cell: 0.0,
        seed: 1.0,
        initializer: "torch".into(),
        return_sequences: true,
        weights: "f32".into(),
        coupled: false,
        peephole: false,
        input_gate: true,
        forget_gate: true,
        output_gate: true,
        layer_norm: false,
        projection_size: 0,
        clip: 0.0,
        cell_clip: 0.0,
        forget_bias: 1.0,
        gate: activation("sigmoid"),
        candidate: activation("tanh"),
        output: activation("tanh"),
        reset_after: true,
        update_gate: "keep".into(),
    }
}

pub fn module(options: &RecurrentOptions) -> Module {
    Module::recurrent(isa(), options).expect("the options are right")
}

/// Every parameter with its values.
pub fn parameters(module: &Module) -> Vec<(Parameter, Vec<f32>)> {
    let mut values = vec![f32::NAN; module.value_count()];
    module.values(&mut values).expect("the length is right");
    let mut rest = values.into_iter();
    let take = |parameter: Parameter| {
        let count = parameter.shape.iter().product();
        (parameter, rest.by_ref().take(count).collect())
    };
    module.parameters().into_iter().map(take).collect()
}

/// Mean squared error, Adam, both clips.
pub fn trainer(module: &Module) -> Trainer {
    let loss = LossOptions { kind: "mse".into(), delta: 1.0, ignore_index: -100.0 };
    let optimizer = OptimizerOptions {
        kind: "adam".into(),
        momentum: 0.0,
        dampening: 0.0,
        alpha: 0.99,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weight_decay: 0.0,
        nesterov: false,
        centered: false,
        amsgrad: false,
    };
    let options = TrainerOptions { loss, optimizer, clip_norm: 1.0, clip_value: 0.5, seed: 0.0 };
    module.trainer("test", &options).expect("the options are right")
}
