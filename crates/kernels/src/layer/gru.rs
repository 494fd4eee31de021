//! The GRU in one direction of a layer.

use crate::cell::gru::{Before, GRU_TAPE, GruForm, PlainGru, record};
use crate::cell::{From, Keep, Start, keep_sums, load_all};
use crate::gate::gru::{CANDIDATE, COUNT, RESET, UPDATE};
use crate::rows::{Rows, load, load_block, store, store_block};
use crate::sequence::{InputWeights, Recurrence, Run, Step, drive};
use crate::tile::{Operand, Product, run};
use cellgate_simd::{Kernel, Simd, Vector, lanes, prelude::*};

/// Packed weights and scratch of a GRU layer in one direction.
pub struct Gru<'a> {
    pub form: GruForm,
    pub units: usize,
    pub input: InputWeights<'a>,
    /// Reset after: panels of all gates. Reset before: of r and z.
    pub recurrent: &'a [f32],
    /// Reset before: panels of n.
    pub candidate: &'a [f32],
    /// Reset after: `[block][lane]`, the bias inside the reset product.
    pub inner_bias: &'a [f32],
    /// `[batch][block][gate][lane]`: needed unless [`Gru::fused`].
    pub sums: &'a mut [f32],
    /// Reset before: `[batch][units]`.
    pub reset_hidden: &'a mut [f32],
}

impl Gru<'_> {
    /// Whether this is the form that finishes in registers.
    pub fn fused(form: &GruForm) -> bool {
        *form == GruForm::PLAIN
    }
}

impl Kernel for Run<'_, Gru<'_>> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Run { mut layer, sequence } = self;
        if Gru::fused(&layer.form) {
            drive(simd, &mut Fused { layer }, sequence);
        } else {
            drive(simd, &mut layer, sequence);
        }
    }
}

struct Fused<'a> {
    layer: Gru<'a>,
}

impl<S: Simd> Recurrence<S, COUNT> for Fused<'_> {
    const TAPE: usize = GRU_TAPE;

    #[inline(always)]
    fn units(&self) -> usize {
        self.layer.units
    }

    #[inline(always)]
    fn input(&self) -> InputWeights<'_> {
        self.layer.input
    }

    #[inline(always)]
    fn step(&mut self, simd: S, step: Step) {
        let Gru { units, recurrent, inner_bias, input: weights, .. } = self.layer;
        let (x, start) = step.input.split(weights, COUNT);
        let product = step.product::<S>(x, recurrent, units);
        let before = Before { rows: step.before, first_row: step.first_row };
        let Step { hidden, tape, .. } = step;
        fused_step(simd, &product, PlainGru { start, inner_bias, before, hidden, tape });
    }
}

#[inline(never)]
fn fused_step<S: Simd>(simd: S, product: &Product, mut cell: PlainGru) {
    simd.vectorize(
        #[inline(always)]
        || run(simd, product, &mut cell),
    );
}

impl<S: Simd> Recurrence<S, COUNT> for Gru<'_> {
    const TAPE: usize = GRU_TAPE;

    #[inline(always)]
    fn units(&self) -> usize {
        self.units
    }

    #[inline(always)]
    fn input(&self) -> InputWeights<'_> {
        self.input
    }

    #[inline(always)]
    fn one_pass(&self) -> bool {
        false
    }

    #[inline(always)]
    fn step(&mut self, simd: S, step: Step) {
        let (x, start) = step.input.split(self.input, COUNT);
        let product = step.product::<S>(x, self.recurrent, self.units);
        let mut rows = Unfused {
            form: &self.form,
            start,
            before: Before { rows: step.before, first_row: step.first_row },
            stride: product.blocks * COUNT * lanes::<S>(),
            hidden: step.hidden,
            tape: step.tape,
        };
        if self.form.reset_after {
            rows.reset_after(simd, &product, self.inner_bias, self.sums);
        } else {
            rows.reset_before(simd, &product, self.candidate, self.sums, self.reset_hidden);
        }
    }
}

/// The cell of any form, on sums that lie in memory.
struct Unfused<'a> {
    form: &'a GruForm,
    start: Start<'a>,
    before: Before<'a>,
    stride: usize,
    hidden: &'a mut [f32],
    tape: &'a mut [f32],
}

impl Unfused<'_> {
    #[inline(always)]
    fn reset_after<S: Simd>(
        &mut self,
        simd: S,
        product: &Product,
        inner_bias: &[f32],
        sums: &mut [f32],
    ) {
        let stride = self.stride;
        let from = From::StartButLast(self.start, inner_bias);
        let keep = Keep { from, out: &mut *sums, stride };
        keep_sums::<S, COUNT>(simd, product, keep);
        for row in product.all_rows() {
            for block in 0..product.blocks {
                let x: [_; COUNT] = self.start.vectors(simd, row, block);
                let [r, z, n]: [_; COUNT] =
                    load_all(simd, &sums[row * stride + block * COUNT * lanes::<S>()..]);
                let r = self.form.gate(simd, r);
                let z = self.form.gate(simd, z);
                let inner = n;
                let n = self.form.candidate(simd, r.mul_add(inner, x[CANDIDATE]));
                self.finish(simd, row, block, [r, z, n], inner);
            }
        }
    }

    #[inline(always)]
    fn reset_before<S: Simd>(
        &mut self,
        simd: S,
        product: &Product,
        candidate: &[f32],
        sums: &mut [f32],
        reset_hidden: &mut [f32],
    ) {
        let units = self.before.rows.width;
        let gates = product.blocks * 2 * lanes::<S>();
        let keep = Keep { from: From::Start(self.start), out: &mut *sums, stride: gates };
        keep_sums::<S, 2>(simd, product, keep);
        // z stays where the sums of r were; the sums of n follow behind all gates.
        let (gate_sums, sums) = sums.split_at_mut(product.end_row() * gates);
        for row in product.all_rows() {
            let gate_sums = &mut gate_sums[row * gates..][..gates];
            for block in 0..product.blocks {
                let seen = product.h.rows.row(row - product.first_row);
                let h = load_block(simd, seen, block);
                let r = self.form.gate(simd, load(simd, gate_sums, block * 2 + RESET));
                let z = self.form.gate(simd, load(simd, gate_sums, block * 2 + UPDATE));
                store_block::<S>(r * h, &mut reset_hidden[row * units..][..units], block);
                store::<S>(r, gate_sums, block * 2 + RESET);
                store::<S>(z, gate_sums, block * 2 + UPDATE);
            }
        }
        let reset = Rows { data: &reset_hidden[product.first_row * units..], width: units };
        let product = Product { h: Operand::new(reset, candidate), ..*product };
        let stride = product.blocks * lanes::<S>();
        let start = Start { skip: CANDIDATE, ..self.start };
        keep_sums::<S, 1>(
            simd,
            &product,
            Keep { from: From::Start(start), out: &mut *sums, stride },
        );
        for row in product.all_rows() {
            let gate_sums = &gate_sums[row * gates..][..gates];
            for block in 0..product.blocks {
                let [r, z]: [_; 2] = load_all(simd, &gate_sums[block * 2 * lanes::<S>()..]);
                let n = self.form.candidate(simd, load(simd, &sums[row * stride..], block));
                self.finish(simd, row, block, [r, z, n], r);
            }
        }
    }

    #[inline(always)]
    fn finish<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        block: usize,
        values: [Vector<S>; COUNT],
        inner: Vector<S>,
    ) {
        let units = self.before.rows.width;
        let h = load_block(simd, self.before.row(row), block);
        let after = self.form.mix(simd, values[UPDATE], values[CANDIDATE], h);
        store_block::<S>(after, &mut self.hidden[row * units..][..units], block);
        record::<S>(values, inner, self.tape, row * units.div_ceil(lanes::<S>()) + block);
    }
}
