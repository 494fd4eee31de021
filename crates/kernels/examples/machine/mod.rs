//! What a machine can do at most, for programs that measure it.

use cellgate_simd::{Isa, Kernel, Simd, Vector, lanes, prelude::*};
use std::hint::black_box;
use std::ops::Deref;
use std::time::{Duration, Instant};

/// Independent chains: latency times throughput of a multiply-add, and no more than registers.
const CHAINS: usize = 12;
const STEPS: usize = 4096;
/// Floats of a cache line.
const LINE: usize = 16;
const SAMPLE: Duration = Duration::from_micros(20);

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

/// Floats that begin on a cache line, as weights do.
pub struct Aligned {
    values: Vec<f32>,
    start: usize,
}

impl Aligned {
    pub fn new(values: &[f32]) -> Self {
        let mut own = vec![0.0; values.len() + LINE];
        let start = own.as_ptr().align_offset(LINE * size_of::<f32>());
        own[start..][..values.len()].copy_from_slice(values);
        own.truncate(start + values.len());
        Self { values: own, start }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..]
    }
}

/// Nanoseconds of one run: the shortest of the samples that begin within `limit`, each of so many runs that
/// the clock's own time does not count. At least one run.
pub fn shortest(limit: Duration, mut run: impl FnMut() -> f32) -> f64 {
    let mut sample = |runs: u32| {
        let start = Instant::now();
        for _ in 0..runs {
            black_box(run());
        }
        start.elapsed() / runs
    };
    let end = Instant::now() + limit;
    let mut shortest = sample(1);
    let runs = (SAMPLE.as_nanos() / shortest.as_nanos().max(1)).clamp(1, 10_000) as u32;
    while Instant::now() < end {
        shortest = shortest.min(sample(runs));
    }
    shortest.as_secs_f64() * 1e9
}

/// Billions of multiplications and additions a second on registers alone.
pub fn peak(isa: Isa, limit: Duration) -> f64 {
    let flops = (2 * CHAINS * STEPS * isa.lanes()) as f64;
    flops / shortest(limit, || isa.run(MultiplyAdd { factor: black_box(0.5) }))
}
