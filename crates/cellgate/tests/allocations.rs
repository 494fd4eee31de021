//! Steps of training take no memory once the first of a shape has.

mod support;

use cellgate::{Batch, Input, Module, Target};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{isa, options, trainer};

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

#[test]
fn a_step_takes_no_memory_after_the_first() {
    let (batch, time) = (24, 5);
    for cell in ["lstm", "gru", "rnn"] {
        let mut first = options(cell);
        first.layers = 2;
        first.direction = "bidirectional".into();
        first.dropout = 0.1;
        first.recurrent_dropout = 0.1;
        first.zoneout = 0.1;
        let mut second = options(cell);
        (second.input_size, second.return_sequences) = (8, false);
        let mut module = Module::sequential();
        for layer in [
            Module::recurrent(isa(), &first),
            Module::dropout(0.2),
            Module::recurrent(isa(), &second),
            Module::linear(isa(), 4, 2, true, 0.0, "torch"),
        ] {
            module.push(&layer.expect("the options are right")).expect("the layers fit");
        }
        let mut trainer = trainer(&module);
        let x: Vec<f32> = (0..batch * time * 3).map(|at| (at % 7) as f32 / 7.0).collect();
        let y = vec![0.5; batch * 2];
        let lengths: Vec<u32> = (0..batch as u32).map(|at| at % 6).collect();
        let mut step = || {
            let batch = Batch {
                place: "test",
                input: Input::Values(&x),
                dims: &[batch, time, 3],
                lengths: Some(&lengths),
                target: Target::Values(&y),
                weights: None,
                carry: true,
            };
            trainer.step(batch, 1e-3).expect("the batch is right");
        };
        // The second is the first that carries a state on.
        step();
        step();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        for _ in 0..5 {
            step();
        }
        assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before, "{cell}");
    }
}
