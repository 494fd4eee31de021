//! Steps of training, and runs on several threads, take no memory once the first of a shape has.

mod support;

use cellgate::{ActivationOptions, Batch, Call, Error, Input, Module, Target};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{isa, module, options, trainer};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Serialises the tests, whose allocations are counted together.
static TURN: Mutex<()> = Mutex::new(());

/// The fewest allocations of five calls: the test's runner takes some of its own now and then, and so does the
/// queue of a thread pool, for dozens of calls at once.
fn allocations(mut call: impl FnMut()) -> usize {
    let mut count = || {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        (0..5).for_each(|_| call());
        ALLOCATIONS.load(Ordering::Relaxed) - before
    };
    [count(), count(), count()].into_iter().min().expect("there are three")
}

/// A model of layers that take 3 values and give the last step.
fn model<const LAYERS: usize>(layers: [Result<Module, Error>; LAYERS]) -> Module {
    let mut module = Module::sequential();
    for layer in layers {
        module.push(&layer.expect("the options are right")).expect("the layers fit");
    }
    module
}

/// Allocations of a step of training, after the first two: the second is the first that carries a state on.
fn allocations_of_a_step(model: &Module, outputs: usize, carry: bool) -> usize {
    let (batch, time) = (24, 9);
    let mut trainer = trainer(model);
    let x: Vec<f32> = (0..batch * time * 3).map(|at| (at % 7) as f32 / 7.0).collect();
    let y = vec![0.5; batch * outputs];
    let lengths: Vec<u32> = (0..batch as u32).map(|at| at % 10).collect();
    let mut step = || {
        let batch = Batch {
            place: "test",
            input: Input::Values(&x),
            dims: &[batch, time, 3],
            lengths: Some(&lengths),
            target: Target::Values(&y),
            weights: None,
            carry,
        };
        trainer.step(batch, 1e-3).expect("the batch is right");
    };
    step();
    step();
    allocations(step)
}

#[test]
fn a_step_takes_no_memory_after_the_first() {
    let _turn = TURN.lock();
    for cell in ["lstm", "gru", "rnn"] {
        let mut first = options(cell);
        first.layers = 2;
        first.direction = "bidirectional".into();
        first.dropout = 0.1;
        first.recurrent_dropout = 0.1;
        first.zoneout = 0.1;
        let mut second = options(cell);
        (second.input_size, second.return_sequences) = (8, false);
        let model = model([
            Module::recurrent(isa(), &first),
            Module::dropout(0.2),
            Module::recurrent(isa(), &second),
            Module::linear(isa(), 4, 2, true, 0.0, "torch"),
        ]);
        assert_eq!(allocations_of_a_step(&model, 2, true), 0, "{cell}");
    }
}

#[test]
fn a_step_with_convolutions_takes_no_memory_after_the_first() {
    let _turn = TURN.lock();
    let mut last = options("gru");
    (last.input_size, last.return_sequences) = (6, false);
    let relu = ActivationOptions { kind: "relu".into(), alpha: 0.0, beta: 0.0 };
    let model = model([
        Module::conv1d(isa(), &[3, 4, 3, 1, 1, 1, 1, 1], true, 1.0, "torch"),
        Module::nonlinearity(isa(), &relu),
        Module::conv1d(isa(), &[4, 6, 2, 2, 0, 1, 2, 2], true, 2.0, "torch"),
        Module::recurrent(isa(), &last),
    ]);
    assert_eq!(allocations_of_a_step(&model, 4, false), 0);
}

#[test]
fn a_convolution_takes_no_memory_after_the_first() {
    let _turn = TURN.lock();
    let (batch, time) = (40, 20);
    for sizes in [[16, 24, 3, 1, 1, 1, 1, 1], [16, 24, 3, 1, 2, 2, 2, 4]] {
        let layer = Module::conv1d(isa(), &sizes, true, 1.0, "torch").expect("the sizes are right");
        let x: Vec<f32> = (0..batch * time * 16).map(|at| (at % 7) as f32 / 7.0).collect();
        let lengths: Vec<u32> = (0..batch as u32).map(|at| at % 21).collect();
        let mut output = vec![0.0; batch * time * 24];
        let mut forward = || {
            let call = Call {
                place: "test",
                input: Input::Values(&x),
                dims: &[batch, time, 16],
                time_major: false,
                lengths: Some(&lengths),
                state: None,
                output: &mut output,
                state_out: &mut [],
                trace: &mut [],
            };
            layer.forward(call).expect("the call is right");
        };
        forward();
        assert_eq!(allocations(forward), 0, "{sizes:?}");
    }
}

#[test]
fn sequences_and_frames_take_no_memory_after_the_first() {
    let _turn = TURN.lock();
    let (batch, time, units) = (40, 20, 64);
    let mut options = options("lstm");
    (options.input_size, options.hidden_size, options.layers) = (units, units, 2);
    let layer = module(&options);
    let rows = batch * time * units as usize;
    let x: Vec<f32> = (0..rows).map(|at| (at % 7) as f32 / 7.0).collect();
    let lengths: Vec<u32> = (0..batch as u32).map(|at| at % 21).collect();
    let mut output = vec![0.0; rows];
    let mut state_out = vec![0.0; 4 * batch * units as usize];
    let mut forward = || {
        let call = Call {
            place: "test",
            input: Input::Values(&x),
            dims: &[batch, time, units as usize],
            time_major: false,
            lengths: Some(&lengths),
            state: None,
            output: &mut output,
            state_out: &mut state_out,
            trace: &mut [],
        };
        layer.forward(call).expect("the call is right");
    };
    forward();
    assert_eq!(allocations(&mut forward), 0, "a sequence");
    let mut stream = layer.stream("test", batch as u32).expect("it runs forward");
    let mut run = || {
        let block = Input::Values(&x);
        stream.run("test", block, time, &mut output).expect("the block is right");
    };
    run();
    assert_eq!(allocations(&mut run), 0, "frames");
}
