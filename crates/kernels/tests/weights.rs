//! Products with weights of fewer bits, on every instruction set, against f64 of the rounded weights.

mod support;

use cellgate_kernels::bytes::{Bytes, bytes_len, pack_bytes};
use cellgate_kernels::linear::Linear;
use cellgate_kernels::panel::{Panels, Shape, pack_halves};
use cellgate_kernels::rows::Rows;
use cellgate_simd::{Isa, from_half, to_half};
use support::{Guarded, Input, Random, assert_close, isas, packed};

const ROWS: &[usize] = if cfg!(miri) { &[1, 3] } else { &[0, 1, 2, 3, 4, 5, 9] };
const WIDTHS: &[usize] = if cfg!(miri) { &[9] } else { &[1, 3, 8, 16, 17, 33, 63, 64, 65, 130] };
/// Bytes are multiplied in groups of four, and rounded for 1024 columns at once.
const COLUMNS: &[usize] =
    if cfg!(miri) { &[9] } else { &[1, 2, 3, 4, 5, 17, 128, 257, 1023, 1024, 1025, 2500] };

/// Rows of inputs and of weights.
struct Case {
    rows: usize,
    units: usize,
    columns: usize,
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let sizes = ROWS.iter().flat_map(|&rows| WIDTHS.iter().map(move |&units| (rows, units)));
        let sizes = sizes.flat_map(|size| COLUMNS.iter().map(move |&columns| (size, columns)));
        sizes.map(|((rows, units), columns)| {
            let random = &mut Random((rows * 1000 + units) as u64 * 10_000 + columns as u64);
            Self {
                rows,
                units,
                columns,
                x: random.values(rows * columns, 1.0),
                weights: random.values(units * columns, 1.0 / (columns as f32).sqrt()),
                bias: random.values(units, 1.0),
            }
        })
    }

    fn shape(&self) -> Shape {
        Shape { units: self.units, gates: 1, width: self.columns }
    }

    /// What a row of inputs and the weights of a unit make, for all of them.
    fn want(&self, product: impl Fn(&[f32], &[f32]) -> f64) -> Vec<f64> {
        let mut want = Vec::new();
        for x in self.x.chunks_exact(self.columns) {
            for (weights, bias) in self.weights.chunks_exact(self.columns).zip(&self.bias) {
                want.push(product(x, weights) + f64::from(*bias));
            }
        }
        want
    }

    fn check(&self, isa: Isa, panels: Panels, want: &[f64]) {
        let Self { rows, units, columns, .. } = *self;
        let bias = packed(isa, Shape { units, gates: 1, width: 1 }, &self.bias);
        let mut out = Guarded::unset(rows * units);
        isa.run(Linear {
            x: Rows { data: &Input::new(&self.x), width: columns },
            stride: columns,
            panels,
            bias: &bias,
            out: &mut out,
            width: units,
        });
        let context = || format!("{} rows {rows} of {columns} to {units}", isa.name());
        assert_close("out", &context, &out, want);
        out.assert_intact("out", &context);
    }
}

#[test]
fn halves_are_multiplied_as_what_they_hold() {
    for case in Case::all() {
        let held = |weight: f32| f64::from(from_half(to_half(weight)));
        let want = case.want(|x, weights| {
            x.iter().zip(weights).map(|(&x, &weight)| f64::from(x) * held(weight)).sum()
        });
        for isa in isas().into_iter().filter(|isa| isa.loads_halves()) {
            let lanes = isa.lanes();
            let mut panels = vec![0; case.shape().packed_len(lanes)];
            pack_halves(case.shape(), lanes, &case.weights, &mut panels);
            case.check(isa, Panels::Halves(&panels), &want);
        }
    }
}

/// Whole numbers and what one is worth, as the kernels round.
fn whole(values: &[f32]) -> (Vec<i64>, f64) {
    let largest = values.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let whole = values.iter().map(|value| (value * (127.0 / largest)).round_ties_even() as i64);
    (whole.collect(), f64::from(largest / 127.0))
}

#[test]
fn bytes_are_multiplied_exactly_whatever_the_set() {
    for case in Case::all() {
        let want = case.want(|x, weights| {
            let (weights, worth) = whole(weights);
            let part = |(x, weights): (&[f32], &[i64])| {
                let (x, each) = whole(x);
                let sum: i64 = x.iter().zip(weights).map(|(x, weight)| x * weight).sum();
                sum as f64 * each * worth
            };
            x.chunks(1024).zip(weights.chunks(1024)).map(part).sum()
        });
        for isa in isas() {
            let (lanes, layout) = (isa.lanes(), isa.dot_layout());
            let (bytes, worth) = bytes_len(case.shape(), lanes, layout);
            let (mut weights, mut scales) = (vec![0; bytes], vec![0.0; worth]);
            let target = (&mut weights[..], &mut scales[..]);
            pack_bytes(case.shape(), lanes, layout, &case.weights, target);
            let panels = Panels::Bytes(Bytes { weights: &weights, scales: &Input::new(&scales) });
            case.check(isa, panels, &want);
        }
    }
}
