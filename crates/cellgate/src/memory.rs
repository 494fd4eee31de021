//! Buffers that grow and never abort.

use crate::error::{Code, Error, Result};
use crate::text::text;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};

/// No request above this many floats is tried: systems that overcommit would grant it and end the
/// process later.
static LIMIT: AtomicUsize = AtomicUsize::new(isize::MAX as usize / size_of::<f32>());

/// Refuses requests that the machine's memory cannot hold.
pub fn limit_memory(bytes: usize) {
    LIMIT.store(bytes / size_of::<f32>(), Ordering::Relaxed);
}

/// The product of `sizes`, or a memory error if it cannot be addressed as floats.
pub(crate) fn product(place: &str, sizes: &[usize]) -> Result<usize> {
    sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
        .filter(|&floats| floats <= LIMIT.load(Ordering::Relaxed))
        .ok_or_else(|| {
            Error::new(Code::Memory, place, "sizes must fit in memory", text![sizes, " floats"])
        })
}

/// Makes `buffer` at least `len` long; keeps what it holds.
pub(crate) fn fit<T: Clone + Default>(place: &str, buffer: &mut Vec<T>, len: usize) -> Result<()> {
    if buffer.len() < len {
        let more = len - buffer.len();
        buffer.try_reserve_exact(more).map_err(|_| {
            let bytes = len.saturating_mul(size_of::<T>());
            Error::new(Code::Memory, place, "sizes must fit in memory", text![bytes, " bytes"])
        })?;
        buffer.resize(len, T::default());
    }
    Ok(())
}

/// Floats that several hands write.
pub(crate) fn cells(floats: &mut [f32]) -> &[Cell<f32>] {
    Cell::from_mut(floats).as_slice_of_cells()
}

/// Copies `source` to where `target` begins. One loop for all, as it is no plain copy to the compiler.
#[inline(never)]
pub(crate) fn put(source: &[f32], target: &[Cell<f32>]) {
    target[..source.len()].iter().zip(source).for_each(|(cell, value)| cell.set(*value));
}

/// Makes the buffer of a binding at least `len` floats long.
pub fn reserve(buffer: &mut Vec<f32>, len: usize) -> Result<()> {
    fit("cellgate", buffer, product("cellgate", &[len])?)
}

/// Values that begin on a cache line. A 512-bit load that crosses one costs two: without
/// this, sequences ran a fifth slower on AVX-512. (A clone may lie off a line; it is only slower.)
#[derive(Clone, Default)]
pub(crate) struct Aligned<T = f32> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    const LINE: usize = 64;

    /// A buffer of zeros.
    pub fn zeros(place: &str, len: usize) -> Result<Self> {
        let mut values: Vec<T> = Vec::new();
        fit(place, &mut values, product(place, &[len])? + Self::LINE / size_of::<T>())?;
        let start = values.as_ptr().align_offset(Self::LINE).min(values.len() - len);
        Ok(Self { values, start, len })
    }

    /// Takes the values of a buffer of the same length.
    pub fn copy_from(&mut self, other: &Self) {
        self.copy_from_slice(other);
    }

    /// Makes the buffer at least `len` long; what it held is lost when it grows, and kept when there is no memory.
    pub fn fit(&mut self, place: &str, len: usize) -> Result<()> {
        if self.len < len {
            *self = Self::zeros(place, len)?;
        }
        Ok(())
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values[self.start..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[self.start..][..self.len]
    }
}

/// A new buffer of zeros.
pub(crate) fn zeros(place: &str, len: usize) -> Result<Vec<f32>> {
    let mut buffer = Vec::new();
    fit(place, &mut buffer, len)?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_buffers_begin_on_a_cache_line_and_hold_zeros() {
        for len in [0, 1, 15, 16, 17, 1000] {
            let mut buffer = Aligned::<f32>::zeros("test", len).expect("there is memory");
            assert_eq!(buffer.as_ptr().align_offset(Aligned::<f32>::LINE), 0, "{len} floats");
            assert_eq!(*buffer, vec![0.0; len]);
            buffer.fill(1.0);
            assert_eq!(*buffer.clone(), vec![1.0; len], "a clone of {len} floats");
        }
        assert_eq!(*Aligned::<f32>::default(), []);
    }

    #[test]
    fn aligned_buffers_only_grow() {
        let mut buffer = Aligned::<f32>::zeros("test", 8).expect("there is memory");
        buffer.fill(1.0);
        buffer.fit("test", 3).expect("it is large enough");
        assert_eq!(*buffer, [1.0; 8]);
        buffer.fit("test", 9).expect("there is memory");
        assert_eq!(*buffer, [0.0; 9]);
        buffer.fill(1.0);
        assert!(buffer.fit("test", usize::MAX / 8).is_err());
        assert_eq!(*buffer, [1.0; 9], "after a request that no memory holds");
    }

    #[test]
    fn buffers_that_are_fitted_keep_their_values() {
        let mut buffer = vec![1, 2, 3];
        fit("test", &mut buffer, 2).expect("it is large enough");
        assert_eq!(buffer, [1, 2, 3]);
        fit("test", &mut buffer, 5).expect("there is memory");
        assert_eq!(buffer, [1, 2, 3, 0, 0]);
    }

    #[test]
    fn what_no_memory_holds_is_an_error_and_no_abort() {
        let code = |result: Result<usize>| result.map_err(|error| error.code);
        // No test asks for more than this.
        limit_memory(1 << 30);
        assert_eq!(code(product("test", &[1 << 14, 1 << 14])), Ok(1 << 28));
        assert_eq!(code(product("test", &[1 << 14, (1 << 14) + 1])), Err(Code::Memory));
        assert_eq!(code(product("test", &[usize::MAX, 2])), Err(Code::Memory));
        assert_eq!(code(product("test", &[])), Ok(1));
        let error =
            zeros("test", isize::MAX as usize).expect_err("it is more than an address space");
        assert!(error.to_string().starts_with("test: sizes must fit in memory, got "), "{error}");
        assert!(reserve(&mut Vec::new(), usize::MAX).is_err());
    }
}
