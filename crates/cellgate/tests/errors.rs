//! Refused calls: the code, where, what was expected and what came; and nothing has changed.

mod support;

use cellgate::{
    Call, Code, Error, Got, Input, Isa, Module, RecurrentOptions, Stream, choose, limit_memory,
};
use support::{isa, module, options};

/// Code and text of a refusal.
fn refused<T>(result: Result<T, Error>) -> (Code, String) {
    let error = result.err().expect("the call is refused");
    let wire = error.to_wire();
    let parts: Vec<&str> = wire.split('\u{1f}').collect();
    let got = match &error.got {
        Got::Text(text) => text.clone(),
        Got::Number(number) => format!("\u{1e}{}", number.to_bits()),
    };
    assert_eq!(parts, ["cellgate", error.code.name(), &error.place, &error.expected, &got]);
    (error.code, error.to_string())
}

fn refused_options(options: &RecurrentOptions) -> (Code, String) {
    refused(Module::recurrent(isa(), options))
}

fn value(text: &str) -> (Code, String) {
    (Code::Value, text.into())
}

#[test]
fn wrong_options_are_named() {
    let lstm = || options("lstm");
    let cases = [
        (options("lst"), "recurrent: cell must be one of rnn, lstm, gru, got 'lst'"),
        (
            RecurrentOptions { hidden_size: 0, ..lstm() },
            "lstm: hiddenSize must be at least 1, got 0",
        ),
        (RecurrentOptions { layers: 0, ..lstm() }, "lstm: layers must be at least 1, got 0"),
        (
            RecurrentOptions { direction: "up".into(), ..options("gru") },
            "gru: direction must be one of forward, reverse, bidirectional, got 'up'",
        ),
        (
            RecurrentOptions { dropout: 1.0, ..options("rnn") },
            "rnn: dropout must be in [0, 1), got 1",
        ),
        (
            RecurrentOptions { initializer: "he".into(), ..options("gru") },
            "gru: initializer must be one of torch, keras, got 'he'",
        ),
        (
            RecurrentOptions { weights: "f64".into(), ..options("rnn") },
            "rnn: weights must be one of f32, f16, int8, got 'f64'",
        ),
        (
            RecurrentOptions { clip: f64::NAN, ..lstm() },
            "lstm: clip must be positive and finite, got NaN",
        ),
        (
            RecurrentOptions { cell_clip: -1.0, ..lstm() },
            "lstm: cellClip must be positive and finite, got -1",
        ),
        (
            RecurrentOptions { forget_bias: f64::INFINITY, ..lstm() },
            "lstm: forgetBias must be finite, got inf",
        ),
        (
            RecurrentOptions { coupled: true, forget_gate: false, ..lstm() },
            "lstm: coupled must be false without input gate or forget gate, got true",
        ),
        (
            RecurrentOptions { update_gate: "mix".into(), ..options("gru") },
            "gru: updateGate must be one of keep, write, got 'mix'",
        ),
    ];
    for (options, text) in cases {
        assert_eq!(refused_options(&options), value(text));
    }
    let text = "linear: initializer must be one of torch, keras, got 'he'";
    assert_eq!(refused(Module::linear(isa(), 5, 2, true, 1.0, "he")), value(text));
    let text = "embedding: initializer must be one of torch, keras, got 'he'";
    assert_eq!(refused(Module::embedding(5, 2, -1.0, 1.0, "he")), value(text));
    let mut odd = lstm();
    odd.gate.kind = "swish".into();
    let text = "lstm: activations.gate must be one of sigmoid, hardSigmoid, tanh, relu, softsign, \
                identity, got 'swish'";
    assert_eq!(refused_options(&odd), value(text));
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    // No test asks for more than this.
    limit_memory(1 << 30);
    let huge = [
        RecurrentOptions { hidden_size: u32::MAX, input_size: u32::MAX, ..options("lstm") },
        RecurrentOptions { layers: u32::MAX, hidden_size: 1 << 20, ..options("gru") },
    ];
    for options in huge {
        assert_eq!(refused_options(&options).0, Code::Memory);
    }
    assert_eq!(refused(Module::embedding(u32::MAX, u32::MAX, -1.0, 1.0, "torch")).0, Code::Memory);
    assert_eq!(refused(module(&options("lstm")).stream("lstm.stream", u32::MAX)).0, Code::Memory);
}

#[test]
fn an_unknown_instruction_set_names_those_of_the_machine() {
    let (code, text) = refused(choose(Some("mmx")));
    let names: Vec<&str> = Isa::available().iter().map(|isa| isa.name()).collect();
    assert_eq!(code, Code::Backend);
    assert_eq!(text, format!("init: isa must be one of {}, got 'mmx'", names.join(", ")));
}

/// One call on zeros of `dims`, with two sequences in the output and state.
struct Attempt<'a> {
    dims: &'a [usize],
    lengths: Option<&'a [u32]>,
    state: Option<&'a [f32]>,
}

const RIGHT: Attempt = Attempt { dims: &[2, 5, 3], lengths: None, state: None };

fn attempt(module: &Module, Attempt { dims, lengths, state }: Attempt) -> Result<Vec<f32>, Error> {
    let x: Vec<f32> = (0..dims.iter().product()).map(|at| at as f32 * 0.1 - 1.0).collect();
    let (mut output, mut state_out) = (vec![0.0; 2 * 5 * 4], vec![0.0; 2 * 2 * 4]);
    module.forward(Call {
        place: "lstm.forward",
        input: Input::Values(&x),
        dims,
        time_major: false,
        lengths,
        state,
        output: &mut output,
        state_out: &mut state_out,
        trace: &mut [],
    })?;
    output.extend(state_out);
    Ok(output)
}

#[test]
fn a_refused_call_names_its_argument_and_the_next_one_is_right() {
    let lstm = module(&options("lstm"));
    let right = attempt(&lstm, RIGHT).expect("the call is right");
    let check = |wrong: Attempt, code, text: &str| {
        assert_eq!(refused(attempt(&lstm, wrong)), (code, text.into()));
        assert_eq!(attempt(&lstm, RIGHT).as_ref(), Ok(&right));
    };
    check(
        Attempt { dims: &[2, 5, 4], ..RIGHT },
        Code::Shape,
        "lstm.forward: x must be [batch, time, inputSize] = [*, *, 3], got [2, 5, 4]",
    );
    check(
        Attempt { lengths: Some(&[5]), ..RIGHT },
        Code::Shape,
        "lstm.forward: lengths must be [batch] = [2], got [1]",
    );
    check(
        Attempt { lengths: Some(&[5, 6]), ..RIGHT },
        Code::Value,
        "lstm.forward: lengths[1] must be at most the steps of x = 5, got 6",
    );
    check(
        Attempt { state: Some(&[0.0; 8]), ..RIGHT },
        Code::State,
        "lstm.forward: state.h must be [layers * directions, batch, 4] = [1, 2, 4] and state.c \
         [1, 2, 4], got 8 values",
    );
    check(
        Attempt { dims: &[2, 6, 3], ..RIGHT },
        Code::Shape,
        "lstm.forward: output must hold 48 values, got 40",
    );
}

#[test]
fn ids_are_checked_before_any_is_looked_up() {
    let embedding = Module::embedding(5, 2, -1.0, 1.0, "torch").expect("is right");
    let look_up = |ids: &[i32]| {
        let mut output = vec![0.0; ids.len() * 2];
        let call = Call {
            place: "embedding.forward",
            input: Input::Ids(ids),
            dims: &[ids.len()],
            time_major: false,
            lengths: None,
            state: None,
            output: &mut output,
            state_out: &mut [],
            trace: &mut [],
        };
        embedding.forward(call).map(|()| output)
    };
    for (ids, got) in [([0, 5], 5), ([4, -1], -1), ([0, i32::MIN], i32::MIN)] {
        let text = format!("embedding.forward: ids[1] must be in [0, 5), got {got}");
        assert_eq!(refused(look_up(&ids)), (Code::Value, text));
    }
    assert!(look_up(&[0, 4]).is_ok());
    let padding = "embedding: padding must be below vocabularySize = 5, got 5";
    assert_eq!(refused(Module::embedding(5, 2, 5.0, 1.0, "torch")), value(padding));
}

#[test]
fn modules_that_do_not_fit_are_not_joined() {
    let mut sequence = Module::sequential();
    sequence.push(&module(&options("lstm"))).expect("fits");
    let wide = Module::linear(isa(), 5, 2, true, 1.0, "torch").expect("is right");
    let text = "sequential: layers[1] must have inputSize = 4, got 5";
    assert_eq!(refused(sequence.push(&wide)), (Code::Shape, text.into()));
    let table = Module::embedding(5, 2, -1.0, 1.0, "torch").expect("is right");
    let text = "sequential: layers must have an embedding only in the first place, got layers[1]";
    assert_eq!(refused(sequence.push(&table)), value(text));
    assert_eq!(sequence.parameters().len(), 4);
}

#[test]
fn streams_refuse_what_they_cannot_run() {
    let both = RecurrentOptions { direction: "bidirectional".into(), ..options("lstm") };
    let (code, text) = refused(module(&both).stream("lstm.stream", 1));
    assert_eq!(code, Code::Unsupported);
    assert!(text.starts_with("lstm.stream: the layer must run forward only, because"), "{text}");
    assert!(text.ends_with(", got bidirectional"), "{text}");
    let text = "lstm.stream: batch must be at least 1, got 0";
    assert_eq!(refused(module(&options("lstm")).stream("lstm.stream", 0)), value(text));
}

/// One frame of one sequence.
fn step(stream: &mut Stream, frame: &[f32]) -> Result<[f32; 4], Error> {
    let mut output = [0.0; 4];
    stream.run("lstm.stream", Input::Values(frame), 1, &mut output).map(|()| output)
}

#[test]
fn a_refused_frame_leaves_the_state_and_streams_continue_as_sequences_do() {
    let lstm = module(&options("lstm"));
    let sequence = attempt(&lstm, RIGHT).expect("the call is right");
    let mut stream = lstm.stream("lstm.stream", 1).expect("is right");
    for (time, want) in sequence.chunks_exact(4).take(5).enumerate() {
        let text = "lstm.stream: input must hold 3 values, got 2";
        assert_eq!(refused(step(&mut stream, &[9.0; 2])), (Code::Shape, text.into()));
        let frame = [0, 1, 2].map(|at| (time * 3 + at) as f32 * 0.1 - 1.0);
        let got = step(&mut stream, &frame).expect("the frame is right");
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-6, "step {time}: {got} must be {want}");
        }
    }
}
