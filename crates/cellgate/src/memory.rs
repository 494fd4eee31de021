//! Buffers that grow and never abort.

use crate::error::{Code, Error, Result};

/// No request above this is tried: systems that overcommit would grant it and stop later.
const MAX_FLOATS: usize = if usize::BITS > 32 {
    1 << (usize::BITS / 2 + 2)
} else {
    1 << 29
};

/// The product of `sizes`, or a memory error if it cannot be addressed as floats.
pub(crate) fn product(place: &str, sizes: &[usize]) -> Result<usize> {
    sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
        .filter(|&floats| floats <= MAX_FLOATS)
        .ok_or_else(|| {
            Error::new(
                Code::Memory,
                place,
                "sizes must fit in memory",
                format!("{sizes:?} floats"),
            )
        })
}

/// Makes `buffer` at least `len` long; keeps what it holds.
pub(crate) fn fit<T: Clone + Default>(place: &str, buffer: &mut Vec<T>, len: usize) -> Result<()> {
    if buffer.len() < len {
        let more = len - buffer.len();
        buffer.try_reserve_exact(more).map_err(|_| {
            let bytes = len.saturating_mul(size_of::<T>());
            Error::new(
                Code::Memory,
                place,
                "sizes must fit in memory",
                format!("{bytes} bytes"),
            )
        })?;
        buffer.resize(len, T::default());
    }
    Ok(())
}

/// Makes the buffer of a binding at least `len` floats long.
pub fn reserve(buffer: &mut Vec<f32>, len: usize) -> Result<()> {
    fit("cellgate", buffer, product("cellgate", &[len])?)
}

/// A new buffer of zeros.
pub(crate) fn zeros(place: &str, len: usize) -> Result<Vec<f32>> {
    let mut buffer = Vec::new();
    fit(place, &mut buffer, len)?;
    Ok(buffer)
}
