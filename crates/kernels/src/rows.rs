//! Rows of a matrix whose length is no multiple of a vector.

use cellgate_simd::{Simd, Vector, lanes, prelude::*};

/// Equally spaced rows of `width` floats.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub data: &'a [f32],
    pub width: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.data[row * self.width..][..self.width]
    }
}

/// Loads the vector of `row` that belongs to `block`; lanes past its end are zero.
#[inline(always)]
pub fn load_block<S: Simd>(simd: S, row: &[f32], block: usize) -> Vector<S> {
    let rest = &row[block * lanes::<S>()..];
    if rest.len() >= lanes::<S>() {
        Vector::<S>::from_slice(simd, &rest[..lanes::<S>()])
    } else {
        Vector::<S>::from_fn(simd, |lane| rest.get(lane).copied().unwrap_or(0.0))
    }
}

/// Stores the lanes of `value` that `row` has room for.
#[inline(always)]
pub fn store_block<S: Simd>(value: Vector<S>, row: &mut [f32], block: usize) {
    let rest = &mut row[block * lanes::<S>()..];
    if rest.len() >= lanes::<S>() {
        value.store_slice(&mut rest[..lanes::<S>()]);
    } else {
        rest.copy_from_slice(&value.as_slice()[..rest.len()]);
    }
}

/// Loads vector `index` of a slice of whole vectors.
#[inline(always)]
pub fn load<S: Simd>(simd: S, data: &[f32], index: usize) -> Vector<S> {
    Vector::<S>::from_slice(simd, &data[index * lanes::<S>()..][..lanes::<S>()])
}

/// Stores vector `index` of a slice of whole vectors.
#[inline(always)]
pub fn store<S: Simd>(value: Vector<S>, data: &mut [f32], index: usize) {
    value.store_slice(&mut data[index * lanes::<S>()..][..lanes::<S>()]);
}
