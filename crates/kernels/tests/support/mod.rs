//! What the tests of the kernels share: instruction sets, seeded values, guarded buffers.

#![allow(dead_code, reason = "each test program uses a part")]

pub mod case;
pub mod ulp;

use cellgate_kernels::panel::{Shape, pack};
use cellgate_simd::Isa;
use std::ops::{Deref, DerefMut};

/// The sets under test: the one that `CELLGATE_ISA` names, else all of this machine.
/// Miri interprets the scalar one.
pub fn isas() -> Vec<Isa> {
    let named = std::env::var("CELLGATE_ISA").ok();
    let Some(name) = named.or(cfg!(miri).then(|| "scalar".into())) else {
        return Isa::available();
    };
    match Isa::force(&name) {
        Ok(isa) => vec![isa],
        Err(unknown) => panic!("CELLGATE_ISA is '{name}', here are {:?}", unknown.available),
    }
}

/// Seeded values (SplitMix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `len` values from U(-bound, bound).
    pub fn values(&mut self, len: usize, bound: f32) -> Vec<f32> {
        let value = |bits: u64| ((bits >> 40) as f32 / (1 << 23) as f32 - 1.0) * bound;
        (0..len).map(|_| value(self.next())).collect()
    }
}

/// A NaN that no computation makes.
const CANARY: f32 = f32::from_bits(0x7fc0_ca7e);

/// More than a column of any panel, and odd, so that slices begin off every alignment.
const MARGIN: usize = 65;

/// Memory that a kernel writes, between canaries.
pub struct Guarded(Vec<f32>);

impl Guarded {
    /// `len` floats that hold NaN until they are written.
    pub fn unset(len: usize) -> Self {
        Self(vec![CANARY; len + 2 * MARGIN])
    }

    pub fn holding(values: &[f32]) -> Self {
        let mut guarded = Self::unset(values.len());
        guarded.copy_from_slice(values);
        guarded
    }

    /// Panics when anything around the slice has changed.
    pub fn assert_intact(&self, name: &str, context: &dyn Fn() -> String) {
        let (before, rest) = self.0.split_at(MARGIN);
        let after = &rest[self.len()..];
        for (side, margin) in [("before", before), ("after", after)] {
            let touched = margin.iter().position(|value| value.to_bits() != CANARY.to_bits());
            if let Some(at) = touched {
                panic!("{}: {name} was written {side} its slice, at {at} of {MARGIN}", context());
            }
        }
    }
}

impl Deref for Guarded {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0[MARGIN..self.0.len() - MARGIN]
    }
}

impl DerefMut for Guarded {
    fn deref_mut(&mut self) -> &mut [f32] {
        let end = self.0.len() - MARGIN;
        &mut self.0[MARGIN..end]
    }
}

/// Values that a kernel reads. The slice ends where its allocation does, so that Miri and
/// sanitizers see reads past the end; reads before the start make NaN.
pub struct Input(Box<[f32]>);

impl Input {
    pub fn new(values: &[f32]) -> Self {
        Self([&[CANARY; MARGIN], values].concat().into_boxed_slice())
    }
}

impl Deref for Input {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0[MARGIN..]
    }
}

/// Packs rows of `[gates * units, width]`, or no weights into nothing.
pub fn packed(isa: Isa, shape: Shape, weights: &[f32]) -> Input {
    if weights.is_empty() {
        return Input::new(&[]);
    }
    let mut packed = vec![f32::NAN; shape.packed_len(isa.lanes())];
    pack(shape, isa.lanes(), weights, &mut packed);
    Input::new(&packed)
}

/// How far from the truth an output of moderate size may be; larger ones relatively.
const TOLERANCE: f64 = 1e-5;

/// Panics at the first value that is NaN or too far from what it should be.
pub fn assert_close(name: &str, context: &dyn Fn() -> String, got: &[f32], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{}: length of {name}", context());
    for (at, (&got, &want)) in got.iter().zip(want).enumerate() {
        let close = (f64::from(got) - want).abs() <= TOLERANCE * want.abs().max(1.0);
        assert!(close, "{}: {name}[{at}] must be {want}, got {got}", context());
    }
}
