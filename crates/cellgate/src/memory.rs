//! Buffers that grow and never abort.

use crate::error::{Code, Error, Result};
use std::ops::{Deref, DerefMut};

/// No request above this is tried: systems that overcommit would grant it and stop later.
const MAX_FLOATS: usize = if usize::BITS > 32 { 1 << (usize::BITS / 2 + 2) } else { 1 << 29 };

/// The product of `sizes`, or a memory error if it cannot be addressed as floats.
pub(crate) fn product(place: &str, sizes: &[usize]) -> Result<usize> {
    sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
        .filter(|&floats| floats <= MAX_FLOATS)
        .ok_or_else(|| {
            Error::new(Code::Memory, place, "sizes must fit in memory", format!("{sizes:?} floats"))
        })
}

/// Makes `buffer` at least `len` long; keeps what it holds.
pub(crate) fn fit<T: Clone + Default>(place: &str, buffer: &mut Vec<T>, len: usize) -> Result<()> {
    if buffer.len() < len {
        let more = len - buffer.len();
        buffer.try_reserve_exact(more).map_err(|_| {
            let bytes = len.saturating_mul(size_of::<T>());
            Error::new(Code::Memory, place, "sizes must fit in memory", format!("{bytes} bytes"))
        })?;
        buffer.resize(len, T::default());
    }
    Ok(())
}

/// Makes the buffer of a binding at least `len` floats long.
pub fn reserve(buffer: &mut Vec<f32>, len: usize) -> Result<()> {
    fit("cellgate", buffer, product("cellgate", &[len])?)
}

/// Floats that begin on a cache line. A 512-bit load that crosses one costs two: without
/// this, sequences ran a fifth slower on AVX-512. (A clone may lie off a line; it is only slower.)
#[derive(Clone, Default)]
pub(crate) struct Aligned {
    floats: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    const LINE: usize = 64;

    /// A buffer of zeros.
    pub fn zeros(place: &str, len: usize) -> Result<Self> {
        let floats = zeros(place, product(place, &[len])? + Self::LINE / size_of::<f32>())?;
        let start = floats.as_ptr().align_offset(Self::LINE).min(floats.len() - len);
        Ok(Self { floats, start, len })
    }

    /// Makes the buffer at least `len` long; what it held is lost when it grows.
    pub fn fit(&mut self, place: &str, len: usize) -> Result<()> {
        if self.len < len {
            *self = Self::default();
            *self = Self::zeros(place, len)?;
        }
        Ok(())
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.floats[self.start..][..self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.floats[self.start..][..self.len]
    }
}

/// A new buffer of zeros.
pub(crate) fn zeros(place: &str, len: usize) -> Result<Vec<f32>> {
    let mut buffer = Vec::new();
    fit(place, &mut buffer, len)?;
    Ok(buffer)
}
