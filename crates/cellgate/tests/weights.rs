//! Names, shapes and first values of parameters.

mod support;

use cellgate::{Module, RecurrentOptions};
use support::{isa, module, options, parameters};

/// `name [shape]` of every parameter.
fn list(module: &Module) -> Vec<String> {
    let text =
        |parameter: &cellgate::Parameter| format!("{} {:?}", parameter.name, parameter.shape);
    module.parameters().iter().map(text).collect()
}

#[test]
fn parameters_have_the_names_and_shapes_of_pytorch() {
    let expected = ["weight_ih_l0 [16, 3]", "weight_hh_l0 [16, 4]", "bias_ih_l0 [16]"];
    let lstm = list(&module(&options("lstm")));
    assert_eq!(lstm, [&expected[..], &["bias_hh_l0 [16]"]].concat());
    let gru = list(&module(&RecurrentOptions { bias: false, ..options("gru") }));
    assert_eq!(gru, ["weight_ih_l0 [12, 3]", "weight_hh_l0 [12, 4]"]);
    let rnn = list(&module(&RecurrentOptions { bias: false, ..options("rnn") }));
    assert_eq!(rnn, ["weight_ih_l0 [4, 3]", "weight_hh_l0 [4, 4]"]);
}

#[test]
fn later_layers_read_both_directions_of_the_layer_before() {
    let stacked = RecurrentOptions {
        layers: 2,
        direction: "bidirectional".into(),
        projection_size: 2,
        bias: false,
        ..options("lstm")
    };
    let expected = [
        "weight_ih_l0 [16, 3]",
        "weight_hh_l0 [16, 2]",
        "weight_hr_l0 [2, 4]",
        "weight_ih_l0_reverse [16, 3]",
        "weight_hh_l0_reverse [16, 2]",
        "weight_hr_l0_reverse [2, 4]",
        "weight_ih_l1 [16, 4]",
        "weight_hh_l1 [16, 2]",
        "weight_hr_l1 [2, 4]",
        "weight_ih_l1_reverse [16, 4]",
        "weight_hh_l1_reverse [16, 2]",
        "weight_hr_l1_reverse [2, 4]",
    ];
    assert_eq!(list(&module(&stacked)), expected);
}

#[test]
fn variants_have_only_the_weights_that_they_use() {
    let coupled = RecurrentOptions { coupled: true, peephole: true, ..options("lstm") };
    let expected = ["weight_ih_l0 [12, 3]", "weight_hh_l0 [12, 4]"];
    let coupled = list(&module(&coupled));
    assert_eq!(coupled[..2], expected);
    // Of the forget and the output gate.
    assert_eq!(coupled[4], "peephole_l0 [2, 4]");
    let normal = RecurrentOptions {
        layer_norm: true,
        input_gate: false,
        forget_gate: false,
        output_gate: false,
        peephole: true,
        bias: false,
        ..options("lstm")
    };
    let expected = [
        "weight_ih_l0 [4, 3]",
        "weight_hh_l0 [4, 4]",
        "norm_ih_weight_l0 [4]",
        "norm_ih_bias_l0 [4]",
        "norm_hh_weight_l0 [4]",
        "norm_hh_bias_l0 [4]",
        "norm_c_weight_l0 [4]",
        "norm_c_bias_l0 [4]",
    ];
    assert_eq!(list(&module(&normal)), expected);
}

#[test]
fn modules_of_a_sequence_are_numbered() {
    let mut sequence = Module::sequential();
    sequence.push(&module(&RecurrentOptions { bias: false, ..options("rnn") })).expect("fits");
    sequence.push(&Module::dropout(0.5).expect("is right")).expect("fits");
    sequence
        .push(&Module::linear(isa(), 4, 2, true, 1.0, "torch").expect("is right"))
        .expect("fits");
    let expected =
        ["0.weight_ih_l0 [4, 3]", "0.weight_hh_l0 [4, 4]", "2.weight [2, 4]", "2.bias [2]"];
    assert_eq!(list(&sequence), expected);
}

#[test]
fn first_values_are_seeded_uniform_with_the_forget_bias_set() {
    let lstm = RecurrentOptions { forget_bias: 0.75, ..options("lstm") };
    for coupled in [false, true] {
        let lstm = RecurrentOptions { coupled, ..lstm.clone() };
        let all = parameters(&module(&lstm));
        assert_eq!(all, parameters(&module(&lstm)), "the same seed");
        let other = RecurrentOptions { seed: 2.0, ..lstm };
        assert_ne!(all, parameters(&module(&other)), "another seed");
        let forget = if coupled { 0..4 } else { 4..8 };
        for (parameter, values) in all {
            let set = match parameter.name.as_str() {
                "bias_ih_l0" => Some(0.75),
                "bias_hh_l0" => Some(0.0),
                _ => None,
            };
            for (at, value) in values.into_iter().enumerate() {
                let name = &parameter.name;
                match set.filter(|_| forget.contains(&at)) {
                    Some(set) => assert_eq!(value, set, "{name}[{at}]"),
                    // 1 / sqrt(hidden)
                    None => assert!(value.abs() <= 0.5 && value != 0.0, "{name}[{at}] is {value}"),
                }
            }
        }
    }
}

/// The largest magnitude and whether most of the range below is used.
fn assert_uniform(name: &str, values: &[f32], bound: f64) {
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let reach = f64::from(largest) / bound;
    assert!(reach <= 1.0 + 1e-6 && reach > 0.8, "{name} reaches {largest}, bound {bound}");
}

/// Of `[rows, columns]` the columns, or the rows if there are fewer.
fn assert_orthonormal(name: &str, shape: &[usize], values: &[f32]) {
    let [rows, columns] = *shape else { panic!("{name} is a matrix, not {shape:?}") };
    let at = |row: usize, column: usize| f64::from(values[row * columns + column]);
    let (count, len) = (rows.min(columns), rows.max(columns));
    let part = |vector: usize, k: usize| {
        if rows < columns { at(vector, k) } else { at(k, vector) }
    };
    for one in 0..count {
        for two in 0..=one {
            let dot: f64 = (0..len).map(|k| part(one, k) * part(two, k)).sum();
            let error = (dot - f64::from(u8::from(one == two))).abs();
            assert!(error < 1e-6, "{name} {shape:?}: vectors {one} and {two} have {dot}");
        }
    }
}

#[test]
fn first_values_of_keras_are_glorot_uniform_orthogonal_and_zeros() {
    let base = |cell: &str| RecurrentOptions {
        initializer: "keras".into(),
        input_size: 20,
        hidden_size: 32,
        ..options(cell)
    };
    let no_gates = RecurrentOptions {
        input_gate: false,
        forget_gate: false,
        output_gate: false,
        projection_size: 48,
        ..base("lstm")
    };
    let cases = [
        base("rnn"),
        base("gru"),
        base("lstm"),
        RecurrentOptions { forget_bias: 2.5, layers: 2, peephole: true, ..base("lstm") },
        RecurrentOptions { projection_size: 8, direction: "bidirectional".into(), ..base("lstm") },
        RecurrentOptions { hidden_size: 1, ..base("rnn") },
        // Fewer rows than columns.
        no_gates,
    ];
    for options in cases {
        let all = parameters(&module(&options));
        assert_eq!(all, parameters(&module(&options)), "the same seed");
        assert_ne!(all, parameters(&module(&RecurrentOptions { seed: 2.0, ..options.clone() })));
        let units = options.hidden_size as usize;
        for (parameter, values) in all {
            let (name, shape) = (parameter.name.as_str(), parameter.shape.as_slice());
            let is = |role: &str| name.starts_with(role);
            if is("bias") {
                let forget = if options.forget_gate { units..2 * units } else { 0..0 };
                for (at, value) in values.into_iter().enumerate() {
                    let set = is("bias_ih") && options.cell == "lstm" && forget.contains(&at);
                    let expected = if set { options.forget_bias as f32 } else { 0.0 };
                    assert_eq!(value, expected, "{name}[{at}]");
                }
            } else if is("weight_hh") {
                assert_orthonormal(name, shape, &values);
            } else {
                let fans = if is("peephole") { 2 * units } else { shape[0] + shape[1] };
                assert_uniform(name, &values, (6.0 / fans as f64).sqrt());
            }
        }
    }
}

#[test]
fn first_values_of_keras_in_other_layers_are_uniform() {
    let linear = Module::linear(isa(), 30, 20, true, 1.0, "keras").expect("is right");
    let [(_, weight), (_, bias)] = &parameters(&linear)[..] else { panic!("weight and bias") };
    assert_uniform("weight", weight, (6.0_f64 / 50.0).sqrt());
    assert_eq!(bias, &[0.0; 20]);
    let embedding = Module::embedding(20, 8, 3.0, 1.0, "keras").expect("is right");
    let (_, table) = parameters(&embedding).remove(0);
    assert_uniform("table", &table, 0.05);
    assert_eq!(table[3 * 8..4 * 8], [0.0; 8]);
}

#[test]
fn normalisations_start_neutral_and_the_padding_of_an_embedding_at_zero() {
    let normal = module(&RecurrentOptions { layer_norm: true, ..options("lstm") });
    for (parameter, values) in parameters(&normal) {
        let neutral = match parameter.name.as_str() {
            name if !name.starts_with("norm") => continue,
            name if name.contains("weight") => 1.0,
            _ => 0.0,
        };
        assert_eq!(values, vec![neutral; values.len()], "{}", parameter.name);
    }
    let embedding = Module::embedding(5, 3, 2.0, 1.0, "torch").expect("is right");
    let (table, values) = parameters(&embedding).remove(0);
    assert_eq!((table.name.as_str(), table.shape), ("weight", vec![5, 3]));
    for (id, row) in values.chunks_exact(3).enumerate() {
        assert_eq!(row.iter().all(|&value| value == 0.0), id == 2, "row {id}");
    }
}

#[test]
fn values_that_are_set_come_back() {
    let mut lstm = module(&options("lstm"));
    let values: Vec<f32> = (0..lstm.value_count()).map(|at| at as f32).collect();
    lstm.set_values(&values).expect("the length is right");
    let mut back = vec![f32::NAN; values.len()];
    lstm.values(&mut back).expect("the length is right");
    assert_eq!(back, values);
}
