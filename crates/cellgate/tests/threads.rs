//! Inference on one thread and on more: the same bits.

mod support;

use cellgate::{Call, Input, Module, limit_threads, threads};
use support::{isa, module, options};

const INPUTS: usize = 9;
const BATCHES: [usize; 7] = [1, 2, 8, 9, 13, 31, 40];
const LIMITS: [usize; 3] = [1, 2, 3];

/// Has three threads here, whatever the machine has.
fn begin() {
    // SAFETY: this file has one test, and nothing else of its process reads or writes the environment meanwhile.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", "3") };
    assert_eq!(threads(), 3);
}

fn numbers(count: usize, step: f32) -> Vec<f32> {
    (0..count).map(|at| (at as f32 * step).sin()).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The same for every number of threads.
fn check<T: PartialEq>(context: &str, run: impl Fn() -> T) {
    let [first, others @ ..] = LIMITS.map(|limit| {
        limit_threads(limit);
        run()
    });
    for (limit, other) in (2..).zip(others) {
        assert!(first == other, "{context}: {limit} threads");
    }
}

struct Case {
    batch: usize,
    time: usize,
    time_major: bool,
    ragged: bool,
    traced: bool,
}

impl Case {
    fn forward(&self, module: &Module, sizes: [usize; 3]) -> [Vec<u32>; 3] {
        let Self { batch, time, time_major, ragged, traced } = *self;
        let [row, state_len, traced_len] = sizes;
        let x = numbers(batch * time * INPUTS, 0.7);
        let state = numbers(state_len * batch, 0.3);
        let lengths: Vec<u32> = (0..batch).map(|at| (at * 17 % (time + 1)) as u32).collect();
        let mut output = vec![f32::NAN; batch * time * row];
        let mut state_out = vec![f32::NAN; state.len()];
        let mut trace = vec![f32::NAN; if traced { traced_len * batch * time } else { 0 }];
        let call = Call {
            place: "test",
            input: Input::Values(&x),
            dims: &if time_major { [time, batch, INPUTS] } else { [batch, time, INPUTS] },
            time_major,
            lengths: ragged.then_some(&lengths),
            state: Some(&state),
            output: &mut output,
            state_out: &mut state_out,
            trace: &mut trace,
        };
        module.forward(call).expect("the call is right");
        assert!(!output.iter().chain(&state_out).chain(&trace).any(|value| value.is_nan()));
        [bits(&output), bits(&state_out), bits(&trace)]
    }
}

fn check_layers() {
    // One block of units, where a row by itself has shapes of its own, and several with a rest.
    for (cell, slots) in [("lstm", 5), ("gru", 3), ("rnn", 0)] {
        for (hidden, time) in [(16, 320), (80, 120)] {
            for (layers, direction) in [(1, "forward"), (1, "reverse"), (2, "bidirectional")] {
                let mut options = options(cell);
                (options.input_size, options.hidden_size) = (INPUTS as u32, hidden);
                (options.layers, options.direction) = (layers, direction.into());
                let module = module(&options);
                let directions = if direction == "bidirectional" { 2 } else { 1 };
                let (units, stacks) = (hidden as usize, layers as usize * directions);
                let kept = if cell == "lstm" { 2 } else { 1 };
                let sizes =
                    [directions * units, stacks * units * kept, stacks * units * (slots + 1)];
                for batch in BATCHES {
                    for flags in 0..8 {
                        let [time_major, ragged, traced] = [1, 2, 4].map(|flag| flags & flag != 0);
                        let case = Case { batch, time, time_major, ragged, traced };
                        let context =
                            format!("{cell} {hidden} {direction} of {batch}, case {flags}");
                        check(&context, || case.forward(&module, sizes));
                    }
                }
            }
        }
    }
}

fn model() -> Module {
    let mut first = options("lstm");
    (first.input_size, first.hidden_size, first.layers) = (INPUTS as u32, 84, 2);
    (first.projection_size, first.layer_norm) = (33, true);
    let mut second = options("gru");
    (second.input_size, second.hidden_size, second.reset_after) = (33, 60, false);
    let mut model = Module::sequential();
    for layer in [
        Module::recurrent(isa(), &first),
        Module::recurrent(isa(), &second),
        Module::linear(isa(), 60, 70, true, 0.0, "torch"),
    ] {
        model.push(&layer.expect("the options are right")).expect("the layers fit");
    }
    model
}

fn check_model_and_stream() {
    const TIME: usize = 120;
    let model = model();
    for batch in BATCHES {
        let x = numbers(batch * TIME * INPUTS, 0.7);
        check(&format!("a model of {batch}"), || {
            let mut output = vec![f32::NAN; batch * TIME * 70];
            let call = Call {
                place: "test",
                input: Input::Values(&x),
                dims: &[batch, TIME, INPUTS],
                time_major: false,
                lengths: None,
                state: None,
                output: &mut output,
                state_out: &mut [],
                trace: &mut [],
            };
            model.forward(call).expect("the call is right");
            bits(&output)
        });
        check(&format!("a stream of {batch}"), || {
            let mut stream = model.stream("test", batch as u32).expect("it has frames");
            let mut outputs = Vec::new();
            // Blocks and single frames, of which only the former are worth threads.
            for frames in [TIME, 1, TIME / 2, 0] {
                let mut output = vec![f32::NAN; frames * stream.output_len()];
                let block = Input::Values(&x[..frames * stream.input_len()]);
                stream.run("test", block, frames, &mut output).expect("the block is right");
                outputs.push(bits(&output));
            }
            let mut state = vec![f32::NAN; stream.state_len()];
            stream.state(&mut state).expect("the length is right");
            outputs.push(bits(&state));
            outputs
        });
    }
}

fn check_convolutions() {
    const TIME: usize = 120;
    const OUTPUTS: usize = 96;
    // With dense windows, and with windows that are copied.
    for sizes in [[9, 96, 5, 1, 2, 2, 1, 1], [9, 96, 15, 1, 7, 7, 1, 3]] {
        let layer = Module::conv1d(isa(), &sizes, true, 1.0, "torch").expect("the sizes are right");
        for batch in BATCHES {
            let x = numbers(batch * TIME * INPUTS, 0.7);
            let lengths: Vec<u32> = (0..batch).map(|at| (at * 17 % (TIME + 1)) as u32).collect();
            check(&format!("a convolution {sizes:?} of {batch}"), || {
                let mut output = vec![f32::NAN; batch * TIME * OUTPUTS];
                let call = Call {
                    place: "test",
                    input: Input::Values(&x),
                    dims: &[batch, TIME, INPUTS],
                    time_major: false,
                    lengths: Some(&lengths),
                    state: None,
                    output: &mut output,
                    state_out: &mut [],
                    trace: &mut [],
                };
                layer.forward(call).expect("the call is right");
                bits(&output)
            });
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow; that parts share no sequence is tested in schedule.rs")]
#[cfg_attr(not(feature = "threads"), ignore = "needs the feature threads")]
fn any_number_of_threads_gives_the_same_bits() {
    begin();
    check_layers();
    check_model_and_stream();
    check_convolutions();
}
