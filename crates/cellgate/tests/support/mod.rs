//! Options of layers as the bindings hand them in.

#![allow(dead_code, reason = "each test program uses a part")]

use cellgate::{ActivationOptions, Isa, Module, Parameter, RecurrentOptions, choose};

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
        seed: 1.0,
        return_sequences: true,
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
