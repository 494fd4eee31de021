//! How many threads training may take. Results do not depend on it.

use std::sync::atomic::{AtomicUsize, Ordering};

static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets an upper bound from 1.
pub fn limit_threads(limit: usize) {
    LIMIT.store(limit.max(1), Ordering::Relaxed);
}

/// How many threads there are within the bound.
pub fn threads() -> usize {
    let here = if cfg!(feature = "threads") {
        std::thread::available_parallelism().map_or(1, usize::from)
    } else {
        1
    };
    LIMIT.load(Ordering::Relaxed).min(here)
}
