//! The cells: sums of gates in, new state out.
//!
//! A product leaves the sums of all gates in scratch memory, one compiled for each number of
//! gates, and the cell passes over them in two loops, neither of which waits for the other's
//! activations. Finishing the gates in the registers of their tile is no faster (the chain from
//! gate to state to output stalls there) and needs a copy of the cell for each shape of tile.

pub mod gru;
pub mod lstm;
pub mod rnn;

use crate::bytes::add_product;
use crate::panel::Panels;
use crate::rows::{load, load_block, store, store_block};
use crate::tile::{Product, Sums, run};
use cellgate_simd::{Simd, Vector, flushes_denormals, lanes, prelude::*};

/// What accumulators start from: one packed row for all (`stride` 0, a bias) or one per row.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    pub data: &'a [f32],
    pub stride: usize,
    /// Vectors of one block in `data`, of which the first gates after `skip` are taken.
    pub per_block: usize,
    pub skip: usize,
}

impl<'a> Start<'a> {
    #[inline(always)]
    fn gates<S: Simd>(&self, gates: usize, row: usize, block: usize) -> &'a [f32] {
        let at = row * self.stride + (block * self.per_block + self.skip) * lanes::<S>();
        &self.data[at..][..gates * lanes::<S>()]
    }

    #[inline(always)]
    pub fn vectors<S: Simd, const G: usize>(
        &self,
        simd: S,
        row: usize,
        block: usize,
    ) -> [Vector<S>; G] {
        load_all(simd, self.gates::<S>(G, row, block))
    }
}

/// `G` consecutive vectors.
#[inline(always)]
pub(crate) fn load_all<S: Simd, const G: usize>(simd: S, data: &[f32]) -> [Vector<S>; G] {
    let mut vectors = [Vector::<S>::splat(simd, 0.0); G];
    for at in 0..G {
        vectors[at] = load(simd, data, at);
    }
    vectors
}

/// Keeps the sums as they are, in packed rows `[row][block][gate][lane]`.
pub(crate) struct Keep<'a> {
    pub from: From<'a>,
    pub out: &'a mut [f32],
    /// Floats of one row of `out`.
    pub stride: usize,
}

/// What the sums that are kept start from.
#[derive(Clone, Copy)]
pub(crate) enum From<'a> {
    Zero,
    Start(Start<'a>),
    /// The last gate starts from a packed vector of its own.
    StartButLast(Start<'a>, &'a [f32]),
    /// What `out` holds already.
    Out,
}

impl<S: Simd, const G: usize> Sums<S, G> for Keep<'_> {
    #[inline(always)]
    fn start(&self, simd: S, row: usize, block: usize) -> [Vector<S>; G] {
        match self.from {
            From::Zero => [Vector::<S>::splat(simd, 0.0); G],
            From::Start(start) => start.vectors(simd, row, block),
            From::StartButLast(start, last) => {
                let mut gates = start.vectors(simd, row, block);
                gates[G - 1] = load(simd, last, block);
                gates
            }
            From::Out => {
                let at = row * self.stride + block * G * lanes::<S>();
                load_all(simd, &self.out[at..][..G * lanes::<S>()])
            }
        }
    }

    #[inline(always)]
    fn finish(&mut self, row: usize, block: usize, gates: [Vector<S>; G]) {
        let out = &mut self.out[row * self.stride..][..self.stride];
        let out = &mut out[block * G * lanes::<S>()..][..G * lanes::<S>()];
        for gate in 0..G {
            store::<S>(gates[gate], out, gate);
        }
    }
}

/// A product whose sums are kept; compiled once per number of gates, whoever needs it.
#[inline(never)]
pub(crate) fn keep_sums<S: Simd, const G: usize>(simd: S, product: &Product, mut keep: Keep) {
    if let Panels::Bytes(bytes) = product.operand.panels {
        keep.begin(simd, G, product);
        return add_product(simd, product, bytes, keep.out, keep.stride);
    }
    simd.vectorize(
        #[inline(always)]
        || run::<S, _, G>(simd, product, &mut keep),
    );
}

impl Keep<'_> {
    /// Puts what sums start from where they will be.
    #[inline(never)]
    fn begin<S: Simd>(&mut self, simd: S, gates: usize, product: &Product) {
        let (lanes, len) = (lanes::<S>(), product.blocks * gates * lanes::<S>());
        simd.vectorize(
            #[inline(always)]
            || {
                for row in product.all_rows() {
                    let out = &mut self.out[row * self.stride..][..len];
                    let (start, last) = match self.from {
                        From::Out => return,
                        From::Zero => {
                            out.fill(0.0);
                            continue;
                        }
                        From::Start(start) => (start, None),
                        From::StartButLast(start, last) => (start, Some(last)),
                    };
                    for (block, out) in out.chunks_exact_mut(gates * lanes).enumerate() {
                        out.copy_from_slice(start.gates::<S>(gates, row, block));
                        if let Some(last) = last {
                            out[(gates - 1) * lanes..]
                                .copy_from_slice(&last[block * lanes..][..lanes]);
                        }
                    }
                }
            },
        );
    }
}

/// [`keep_sums`] of a number of gates known at run time, one to four.
pub(crate) fn sum_gates<S: Simd>(simd: S, gates: usize, product: &Product, keep: Keep) {
    match gates {
        1 => keep_sums::<S, 1>(simd, product, keep),
        2 => keep_sums::<S, 2>(simd, product, keep),
        3 => keep_sums::<S, 3>(simd, product, keep),
        _ => keep_sums::<S, 4>(simd, product, keep),
    }
}

/// Writes plain rows of `width` floats: output of a linear map.
pub(crate) struct Plain<'a> {
    /// Packed, one vector per block; empty for none.
    pub bias: &'a [f32],
    pub out: &'a mut [f32],
    pub width: usize,
    /// Whether to add to what `out` holds in place of starting from the bias.
    pub add: bool,
}

impl<S: Simd> Sums<S, 1> for Plain<'_> {
    #[inline(always)]
    fn start(&self, simd: S, row: usize, block: usize) -> [Vector<S>; 1] {
        [if self.add {
            load_block(simd, &self.out[row * self.width..][..self.width], block)
        } else if self.bias.is_empty() {
            Vector::<S>::splat(simd, 0.0)
        } else {
            load(simd, self.bias, block)
        }]
    }

    #[inline(always)]
    fn finish(&mut self, row: usize, block: usize, [sum]: [Vector<S>; 1]) {
        store_block::<S>(sum, &mut self.out[row * self.width..][..self.width], block);
    }
}

/// A product into plain rows; compiled once.
#[inline(never)]
pub(crate) fn plain_sums<S: Simd>(simd: S, product: &Product, mut plain: Plain) {
    if let Panels::Bytes(bytes) = product.operand.panels {
        let Plain { bias, out, width, add } = plain;
        for row in product.all_rows().filter(|_| !add) {
            let out = &mut out[row * width..][..width];
            if bias.is_empty() { out.fill(0.0) } else { out.copy_from_slice(&bias[..width]) }
        }
        return add_product(simd, product, bytes, out, width);
    }
    simd.vectorize(
        #[inline(always)]
        || run(simd, product, &mut plain),
    );
}

/// Recurrent state as the next step may see it: without denormals where no mode flushes them.
#[inline(always)]
pub(crate) fn settle<S: Simd>(simd: S, state: Vector<S>) -> Vector<S> {
    if flushes_denormals() {
        return state;
    }
    let zero = Vector::<S>::splat(simd, 0.0);
    let tiny = Vector::<S>::splat(simd, f32::MIN_POSITIVE);
    state.abs().simd_lt(tiny).select(zero, state)
}
