//! How many threads work may take, and how they share it. Results do not depend on it.

#[cfg(feature = "threads")]
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

#[cfg(feature = "threads")]
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets an upper bound from 1.
#[cfg(feature = "threads")]
pub fn limit_threads(limit: usize) {
    LIMIT.store(limit.max(1), Ordering::Relaxed);
}

/// How many threads there are within the bound: as many as rayon would start, without starting them.
#[cfg(feature = "threads")]
pub fn threads() -> usize {
    static HERE: OnceLock<usize> = OnceLock::new();
    let here = HERE.get_or_init(|| {
        let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|count| count.parse().ok());
        asked
            .filter(|&count| count > 0)
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    });
    LIMIT.load(Ordering::Relaxed).min(*here)
}

/// Nothing here takes more than one thread.
#[cfg(not(feature = "threads"))]
pub fn limit_threads(_: usize) {}

/// One.
#[cfg(not(feature = "threads"))]
pub const fn threads() -> usize {
    1
}

/// How many threads a pass of so many multiply-adds is worth: 50 µs each with AVX-512. Waking one takes 10 to 40.
pub(crate) fn worth(work: usize) -> usize {
    const EACH: usize = 5 << 20;
    threads().min(work / EACH).max(1)
}

/// Runs both, at the same time if there is more than one of `threads`.
pub(crate) fn join<A: Send, B: Send>(
    threads: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "threads")]
    if threads > 1 {
        use cellgate_simd::FlushDenormals;
        let flushed = || FlushDenormals::new();
        return rayon::join(
            || {
                let _flush = flushed();
                first()
            },
            || {
                let _flush = flushed();
                second()
            },
        );
    }
    let _ = threads;
    (first(), second())
}

/// Runs `job` on every item and its number from `first`, on `threads` threads.
pub(crate) fn each<T: Send, E: Send>(
    threads: usize,
    first: usize,
    items: &mut [T],
    job: &(impl Fn(usize, &mut T) -> Result<(), E> + Sync),
) -> Result<(), E> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return (first..).zip(items).try_for_each(|(at, item)| job(at, item));
    }
    let half = threads / 2;
    let middle = items.len() * half / threads;
    let (low, high) = items.split_at_mut(middle);
    let (low, high) = join(
        threads,
        || each(half, first, low, job),
        || each(threads - half, first + middle, high, job),
    );
    low.and(high)
}
