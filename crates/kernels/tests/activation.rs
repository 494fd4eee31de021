//! Accuracy and range of the activations on every instruction set of this machine.

mod support;

use cellgate_kernels::activation::{Activation, Apply};
use support::ulp::{logistic, ulp_distance};
use support::{Guarded, assert_close, isas};

/// The bound that the documentation of `sigmoid` and `tanh` promises.
const MAX_ULP: f64 = 4.0;

struct Case {
    activation: Activation,
    reference: fn(f64) -> f64,
    range: (f32, f32),
}

const CASES: [Case; 2] = [
    Case { activation: Activation::Sigmoid, reference: logistic, range: (0.0, 1.0) },
    Case { activation: Activation::Tanh, reference: f64::tanh, range: (-1.0, 1.0) },
];

/// Checks every `stride`-th bit pattern of f32.
fn sweep(stride: usize) {
    let isas = isas();
    let mut failures = Vec::new();
    for Case { activation, reference, range } in CASES {
        let mut worst = vec![(0.0, 0.0_f32); isas.len()];
        let mut bits = (0..=u32::MAX).step_by(stride);
        loop {
            let inputs: Vec<f32> = bits.by_ref().take(4096).map(f32::from_bits).collect();
            if inputs.is_empty() {
                break;
            }
            let truth: Vec<f64> = inputs.iter().map(|&x| reference(f64::from(x))).collect();
            for (isa, worst) in isas.iter().zip(&mut worst) {
                let mut outputs = inputs.clone();
                isa.run(Apply { activation, values: &mut outputs });
                for ((&x, &want), &y) in inputs.iter().zip(&truth).zip(&outputs) {
                    let right = if x.is_nan() { y.is_nan() } else { range.0 <= y && y <= range.1 };
                    assert!(right, "{} {activation:?} of {x} is {y}", isa.name());
                    let distance = ulp_distance(y, want);
                    if distance > worst.0 {
                        *worst = (distance, x);
                    }
                }
            }
        }
        for (isa, (distance, x)) in isas.iter().zip(worst) {
            let summary = format!("{} {activation:?}: {distance:.2} ULP at {x:e}", isa.name());
            println!("{summary}");
            if distance > MAX_ULP {
                failures.push(summary);
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn sigmoid_and_tanh_are_within_four_ulp() {
    // A prime, so that all exponents and many mantissas are met.
    sweep(if cfg!(miri) { 40_000_003 } else { 4_099 });
}

#[test]
#[ignore = "all 2^32 values take minutes: cargo test --release -p cellgate-kernels --features scalar -- --ignored"]
fn sigmoid_and_tanh_are_within_four_ulp_everywhere() {
    sweep(1);
}

#[test]
fn saturation_is_clean() {
    for isa in isas() {
        let mut values =
            [9.02, 20.0, f32::MAX, f32::INFINITY, -9.02, -20.0, f32::MIN, f32::NEG_INFINITY];
        isa.run(Apply { activation: Activation::Tanh, values: &mut values });
        assert_eq!(values, [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0], "{}", isa.name());
        let mut values = [17.4, f32::INFINITY, -104.0, f32::NEG_INFINITY, 0.0, -0.0];
        isa.run(Apply { activation: Activation::Sigmoid, values: &mut values });
        assert_eq!(values, [1.0, 1.0, 0.0, 0.0, 0.5, 0.5], "{}", isa.name());
        let mut zeros = [0.0, -0.0];
        isa.run(Apply { activation: Activation::Tanh, values: &mut zeros });
        assert_eq!(zeros.map(f32::to_bits), [0.0_f32, -0.0].map(f32::to_bits), "{}", isa.name());
    }
}

#[test]
fn simple_activations_keep_their_formula_at_every_length() {
    type Formula = fn(f32) -> f32;
    let cases: [(Activation, Formula); 5] = [
        (Activation::Relu, |x| x.max(0.0)),
        (Activation::Softsign, |x| x / (1.0 + x.abs())),
        (Activation::Identity, |x| x),
        (Activation::HardSigmoid { alpha: 0.2, beta: 0.5 }, |x| (0.2 * x + 0.5).clamp(0.0, 1.0)),
        (Activation::HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, |x| {
            (x / 6.0 + 0.5).clamp(0.0, 1.0)
        }),
    ];
    for isa in isas() {
        for length in (0..40).step_by(if cfg!(miri) { 3 } else { 1 }) {
            for (activation, reference) in cases {
                let context = || format!("{} {activation:?} of {length}", isa.name());
                let inputs: Vec<f32> = (0..length).map(|at| (at as f32 - 17.0) * 0.37).collect();
                let want: Vec<f64> = inputs.iter().map(|&x| f64::from(reference(x))).collect();
                let mut outputs = Guarded::holding(&inputs);
                isa.run(Apply { activation, values: &mut outputs });
                assert_close("values", &context, &outputs, &want);
                outputs.assert_intact("values", &context);
            }
        }
        for (activation, _) in cases {
            let mut nan = [f32::NAN];
            isa.run(Apply { activation, values: &mut nan });
            assert!(nan[0].is_nan(), "{} {activation:?} of NaN", isa.name());
        }
    }
}
