//! What one thread of this machine can do at most: multiply-adds a second with every instruction set, and bytes
//! a second out of memory of growing size.
//!
//!     cargo run --release -p cellgate-kernels --example roofline

use cellgate_simd::{Isa, Kernel, Simd, Vector, lanes, prelude::*};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Independent chains: latency times throughput of a multiply-add, and no more than registers.
const CHAINS: usize = 12;
const STEPS: usize = 4096;

/// Multiply-adds on registers alone.
struct MultiplyAdd {
    factor: f32,
}

impl Kernel for MultiplyAdd {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let factor = Vector::<S>::splat(simd, self.factor);
        let mut sums = [Vector::<S>::splat(simd, 1.0); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, factor);
            }
        }
        let mut total = Vector::<S>::splat(simd, 0.0);
        for sum in sums {
            total += sum;
        }
        total.as_slice()[0]
    }
}

/// Reads every vector of a buffer once.
struct Read<'a> {
    data: &'a [f32],
}

impl Kernel for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let mut sums = [Vector::<S>::splat(simd, 0.0); CHAINS];
        for vectors in self.data.chunks_exact(CHAINS * lanes::<S>()) {
            for (sum, vector) in sums.iter_mut().zip(vectors.chunks_exact(lanes::<S>())) {
                *sum += Vector::<S>::from_slice(simd, vector);
            }
        }
        let mut total = Vector::<S>::splat(simd, 0.0);
        for sum in sums {
            total += sum;
        }
        total.as_slice()[0]
    }
}

/// The shortest of many runs, in nanoseconds.
fn shortest(mut run: impl FnMut() -> f32) -> f64 {
    let end = Instant::now() + Duration::from_millis(150);
    let mut shortest = Duration::MAX;
    while Instant::now() < end {
        let start = Instant::now();
        black_box(run());
        shortest = shortest.min(start.elapsed());
    }
    shortest.as_secs_f64() * 1e9
}

fn main() {
    let buffer = vec![1.0_f32; 32 << 20];
    let entries: Vec<String> = Isa::available()
        .into_iter()
        .map(|isa| {
            let flops = (2 * CHAINS * STEPS * isa.lanes()) as f64;
            let gflops = flops / shortest(|| isa.run(MultiplyAdd { factor: black_box(0.5) }));
            let bandwidth: Vec<String> =
                [1 << 14, 1 << 17, 1 << 19, 1 << 21, 1 << 22, 1 << 23, 1 << 27]
                    .into_iter()
                    .map(|bytes: usize| {
                        let data = &buffer[..bytes / size_of::<f32>()];
                        // Small buffers many times, so that the clock's own time does not count.
                        let rounds = ((1 << 20) / bytes).max(1);
                        let nanoseconds = shortest(|| {
                            (0..rounds).map(|_| isa.run(Read { data: black_box(data) })).sum()
                        });
                        let gbps = (rounds * bytes) as f64 / nanoseconds;
                        format!("{{\"bytes\":{bytes},\"gbps\":{gbps:.1}}}")
                    })
                    .collect();
            let (name, bandwidth) = (isa.name(), bandwidth.join(","));
            format!("{{\"isa\":\"{name}\",\"gflops\":{gflops:.1},\"bandwidth\":[{bandwidth}]}}")
        })
        .collect();
    println!("[{}]", entries.join(",\n "));
}
