//! The GRU in one direction of a layer.

use crate::cell::gru::{Before, GRU_TAPE, GRU_TAPE_INNER, GruForm};
use crate::gate::gru::{CANDIDATE, COUNT, RESET, UPDATE};
use crate::panel::Panels;
use crate::rows::{Rows, load, load_block, store, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use crate::tile::{Operand, Product, Start, Sums, multiply};
use cellgate_simd::{Kernel, Simd, Vector, lanes, prelude::*};
use core::ops::Range;

/// Packed weights and scratch of a GRU layer in one direction.
pub struct Gru<'a> {
    pub form: GruForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    /// Reset after: panels of all gates. Reset before: of r and z.
    pub recurrent: Panels<'a>,
    /// Reset before: panels of n.
    pub candidate: Panels<'a>,
    /// Reset after: bias of the recurrent product, `[block][gate][lane]`, or empty.
    pub inner_bias: &'a [f32],
    /// `[batch][block][gate][lane]`
    pub sums: &'a mut [f32],
    /// Reset before: `[batch][units]`.
    pub reset_hidden: &'a mut [f32],
}

impl Kernel for Run<'_, Gru<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Run { mut layer, sequence } = self;
        drive(simd, &mut layer, sequence);
    }
}

impl<S: Simd> Recurrence<S> for Gru<'_> {
    fn units(&self) -> usize {
        self.units
    }

    fn gates(&self) -> usize {
        COUNT
    }

    fn tape(&self) -> usize {
        GRU_TAPE
    }

    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    fn step(&mut self, simd: S, step: Step) {
        let product = step.product(self.recurrent);
        let rows = product.all_rows();
        let blocks = self.units.div_ceil(lanes::<S>());
        let mut finish = Finish {
            projected: step.projected,
            before: Before { rows: step.before, first_row: step.first_row },
            blocks,
            hidden: step.hidden,
            tape: step.tape,
        };
        if self.form.reset_after {
            let width = step.projected.width;
            let start = Start::bias(self.inner_bias);
            multiply(simd, &product, Sums { start, out: self.sums, width });
            finish_after(simd, &self.form, finish, self.sums, rows);
            return;
        }
        let stride = blocks * 2 * lanes::<S>();
        // The gates stay where their sums were; the sums of n follow behind those of all rows.
        let (gates, sums) = self.sums.split_at_mut(rows.end * stride);
        for row in rows.clone() {
            let x = step.projected.row(row);
            let gates = &mut gates[row * stride..][..stride];
            copy_vectors(lanes::<S>(), (x, COUNT, 0), (gates, 2, 0), 2);
            let sums = &mut sums[row * stride / 2..][..stride / 2];
            copy_vectors(lanes::<S>(), (x, COUNT, CANDIDATE), (sums, 1, 0), 1);
        }
        multiply(simd, &product, Sums { start: Start::Out, out: &mut *gates, width: stride });
        simd.vectorize(
            #[inline(always)]
            || finish.reset(simd, &self.form, &product, gates, self.reset_hidden),
        );
        let reset =
            Rows { data: &self.reset_hidden[product.first_row * self.units..], width: self.units };
        let product = Product { operand: Operand::new(reset, self.candidate), ..product };
        multiply(simd, &product, Sums { start: Start::Out, out: &mut *sums, width: stride / 2 });
        simd.vectorize(
            #[inline(always)]
            || {
                for row in rows {
                    let (gates, sums) = (&gates[row * stride..], &sums[row * stride / 2..]);
                    finish.second(simd, &self.form, row, [(gates, 2, UPDATE), (sums, 1, 0)]);
                }
            },
        );
    }
}

/// Copies some vectors of every block; each row has so many of them, and they begin at that place.
fn copy_vectors(
    lanes: usize,
    (from, of, at): (&[f32], usize, usize),
    (to, per, place): (&mut [f32], usize, usize),
    count: usize,
) {
    let targets = to.chunks_exact_mut(per * lanes);
    for (target, source) in targets.zip(from.chunks_exact(of * lanes)) {
        target[place * lanes..][..count * lanes]
            .copy_from_slice(&source[at * lanes..][..count * lanes]);
    }
}

/// What the cell reads and writes once gates are summed.
struct Finish<'a> {
    projected: Rows<'a>,
    before: Before<'a>,
    blocks: usize,
    hidden: &'a mut [f32],
    tape: &'a mut [f32],
}

/// Reset after the product. The common form is compiled by itself.
#[inline(never)]
fn finish_after<S: Simd>(
    simd: S,
    form: &GruForm,
    mut finish: Finish,
    sums: &mut [f32],
    rows: Range<usize>,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in rows {
                let len = finish.blocks * COUNT * lanes::<S>();
                let sums = &mut sums[row * len..][..len];
                if *form == GruForm::PLAIN {
                    finish.after(simd, &GruForm::PLAIN, row, sums);
                } else {
                    finish.after(simd, form, row, sums);
                }
            }
        },
    );
}

impl Finish<'_> {
    #[inline(always)]
    fn after<S: Simd>(&mut self, simd: S, form: &GruForm, row: usize, sums: &mut [f32]) {
        for block in 0..self.blocks {
            let at = block * COUNT;
            let x = self.projected.row(row);
            let r: Vector<S> = load(simd, x, at + RESET) + load(simd, sums, at + RESET);
            let z: Vector<S> = load(simd, x, at + UPDATE) + load(simd, sums, at + UPDATE);
            let (r, z) = (form.gate(simd, r), form.gate(simd, z));
            let inner = load(simd, sums, at + CANDIDATE);
            store::<S>(z, sums, at + UPDATE);
            store::<S>(r.mul_add(inner, load(simd, x, at + CANDIDATE)), sums, at + CANDIDATE);
            if !self.tape.is_empty() {
                let at = (row * self.blocks + block) * GRU_TAPE;
                store::<S>(r, self.tape, at + RESET);
                store::<S>(inner, self.tape, at + GRU_TAPE_INNER);
            }
        }
        self.second(simd, form, row, [(sums, COUNT, UPDATE), (sums, COUNT, CANDIDATE)]);
    }

    /// Reset before the product: `r * h` into `reset_hidden`.
    #[inline(always)]
    fn reset<S: Simd>(
        &mut self,
        simd: S,
        form: &GruForm,
        product: &Product,
        gates: &mut [f32],
        reset_hidden: &mut [f32],
    ) {
        let units = self.before.rows.width;
        for row in product.all_rows() {
            let len = self.blocks * 2 * lanes::<S>();
            let gates = &mut gates[row * len..][..len];
            let seen = product.operand.rows.row(row - product.first_row);
            let reset_hidden = &mut reset_hidden[row * units..][..units];
            for block in 0..self.blocks {
                let r = form.gate(simd, load(simd, gates, block * 2 + RESET));
                let z = form.gate(simd, load(simd, gates, block * 2 + UPDATE));
                store_block::<S>(r * load_block(simd, seen, block), reset_hidden, block);
                store::<S>(z, gates, block * 2 + UPDATE);
                if !self.tape.is_empty() {
                    let at = (row * self.blocks + block) * GRU_TAPE;
                    store::<S>(r, self.tape, at + RESET);
                    store::<S>(r, self.tape, at + GRU_TAPE_INNER);
                }
            }
        }
    }

    /// The candidate and the new state; each of z and n's sum lies in a slice with so many vectors per
    /// block, at that place among them.
    #[inline(always)]
    fn second<S: Simd>(
        &mut self,
        simd: S,
        form: &GruForm,
        row: usize,
        [z, n]: [(&[f32], usize, usize); 2],
    ) {
        let units = self.before.rows.width;
        let hidden = &mut self.hidden[row * units..][..units];
        for block in 0..self.blocks {
            let z = load(simd, z.0, block * z.1 + z.2);
            let n = form.candidate(simd, load(simd, n.0, block * n.1 + n.2));
            let h = load_block(simd, self.before.row(row), block);
            store_block::<S>(form.mix(simd, z, n, h), hidden, block);
            if !self.tape.is_empty() {
                let at = (row * self.blocks + block) * GRU_TAPE;
                store::<S>(z, self.tape, at + UPDATE);
                store::<S>(n, self.tape, at + CANDIDATE);
            }
        }
    }
}
