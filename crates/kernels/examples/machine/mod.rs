//! What a machine can do at most, for programs that measure it.

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
pub struct Read<'a> {
    pub data: &'a [f32],
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

/// The shortest of the runs that begin within `limit`, in nanoseconds; at least one.
pub fn shortest(limit: Duration, mut run: impl FnMut() -> f32) -> f64 {
    let end = Instant::now() + limit;
    let mut shortest = Duration::MAX;
    loop {
        let start = Instant::now();
        black_box(run());
        shortest = shortest.min(start.elapsed());
        if Instant::now() >= end {
            break;
        }
    }
    shortest.as_secs_f64() * 1e9
}

/// Billions of multiplications and additions a second on registers alone.
pub fn peak(isa: Isa, limit: Duration) -> f64 {
    let flops = (2 * CHAINS * STEPS * isa.lanes()) as f64;
    flops / shortest(limit, || isa.run(MultiplyAdd { factor: black_box(0.5) }))
}
