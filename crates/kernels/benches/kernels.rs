//! Kernels by themselves, on every instruction set of this machine: matrix products beside the multiply-adds that the
//! machine can do at most, and nanoseconds and accuracy of the activations.
//!
//!     cargo bench -p cellgate-kernels
//!
//! Run as a test, each kernel is called once.

#[path = "../examples/machine/mod.rs"]
mod machine;
#[path = "../tests/support/ulp.rs"]
mod ulp;

use cellgate_kernels::activation::{Activation, Apply};
use cellgate_kernels::linear::Linear;
use cellgate_kernels::panel::Panels;
use cellgate_kernels::rows::Rows;
use cellgate_simd::Isa;
use machine::{Aligned, Read, peak, shortest};
use std::hint::black_box;
use std::time::Duration;
use ulp::{logistic, ulp_distance};

/// Weights that stay in the first cache, in the second, and in neither: columns and outputs, those of four gates.
const MATRICES: [(usize, usize); 3] = [(32, 128), (128, 512), (512, 2048)];
/// A step of one sequence, the tiles of small batches, and many.
const ROWS: [usize; 6] = [1, 2, 3, 4, 16, 64];
/// Fits the first cache with its copy.
const VALUES: usize = 2048;
/// A prime: every exponent and many mantissas.
const STRIDE: usize = 65_537;

type Reference = fn(f64) -> f64;
const ACTIVATIONS: [(Activation, Reference); 2] =
    [(Activation::Sigmoid, logistic), (Activation::Tanh, f64::tanh)];

fn wave(len: usize, scale: f32) -> Vec<f32> {
    (0..len).map(|at| scale * (at as f32 * 12.9898).sin()).collect()
}

/// Billions of multiplications and additions a second of `rows` rows times a packed matrix.
fn product(isa: Isa, rows: usize, (columns, width): (usize, usize), limit: Duration) -> f64 {
    let scale = 1.0 / (columns as f32).sqrt();
    let x = wave(rows * columns, 1.0);
    let panels = Aligned::new(&wave(columns * width, scale));
    let mut out = vec![0.0; rows * width];
    let nanoseconds = shortest(limit, || {
        Linear {
            x: Rows { data: black_box(&x), width: columns },
            stride: columns,
            panels: Panels::Floats(&panels),
            bias: &[],
            out: &mut out,
            width,
        }
        .on(isa);
        out[0]
    });
    (2 * rows * columns * width) as f64 / nanoseconds
}

/// Nanoseconds of one value out of the first cache, where gates mostly are.
fn nanoseconds(isa: Isa, activation: Activation, limit: Duration) -> f64 {
    let inputs = wave(VALUES, 4.0);
    let mut values = inputs.clone();
    let both = shortest(limit, || {
        values.copy_from_slice(black_box(&inputs));
        isa.run(Apply { activation, values: &mut values });
        values[0]
    });
    let copy = shortest(limit, || {
        values.copy_from_slice(black_box(&inputs));
        isa.run(Read { data: &values })
    });
    (both - copy).max(0.0) / VALUES as f64
}

/// The largest error met, in units of the last place.
fn worst_ulp(isa: Isa, activation: Activation, reference: Reference) -> f64 {
    let bits = (0..=u32::MAX).step_by(STRIDE);
    let inputs: Vec<f32> = bits.map(f32::from_bits).filter(|x| !x.is_nan()).collect();
    let mut outputs = inputs.clone();
    isa.run(Apply { activation, values: &mut outputs });
    let errors =
        inputs.iter().zip(&outputs).map(|(&x, &y)| ulp_distance(y, reference(f64::from(x))));
    errors.fold(0.0, f64::max)
}

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let limit = if is_bench { Duration::from_millis(100) } else { Duration::ZERO };
    for isa in Isa::available() {
        let name = isa.name();
        let peak = peak(isa, limit);
        println!("{name}: at most {peak:.1} GFLOP/s");
        for matrix in MATRICES {
            for rows in ROWS {
                let gflops = product(isa, rows, matrix, limit);
                let (columns, width) = matrix;
                println!(
                    "{name}: {rows:2} rows by {columns}x{width}: {gflops:6.1} GFLOP/s, {:3.0} % of the peak",
                    100.0 * gflops / peak
                );
            }
        }
        for (activation, reference) in ACTIVATIONS {
            println!(
                "{name}: {activation:?}: {:.3} ns a value, {:.2} ULP at most",
                nanoseconds(isa, activation, limit),
                worst_ulp(isa, activation, reference)
            );
        }
    }
}
