//! The linear map on every instruction set, against f64.

mod support;

use cellgate_kernels::linear::Linear;
use cellgate_kernels::panel::{Panels, Shape};
use cellgate_kernels::rows::Rows;
use support::{Guarded, Input, Random, assert_close, isas, packed};

const ROWS: &[usize] = if cfg!(miri) { &[0, 1, 3] } else { &[0, 1, 2, 3, 4, 5, 6, 7, 13] };
/// Single rows take eight blocks at a time, several rows four: 130 is more of both.
const WIDTHS: &[usize] =
    if cfg!(miri) { &[1, 9] } else { &[1, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130] };
/// Up to 128 columns are multiplied at once when there are several rows.
const COLUMNS: &[usize] =
    if cfg!(miri) { &[1, 9] } else { &[1, 2, 7, 8, 9, 17, 127, 128, 129, 130, 257] };

/// `rows` rows of `columns` values, `stride` apart, times `[units, columns]`.
fn check(rows: usize, units: usize, columns: usize, stride: usize) {
    let random = &mut Random((rows * 1000 + units) as u64 * 1000 + columns as u64);
    let x = random.values(if rows == 0 { 0 } else { (rows - 1) * stride + columns }, 1.0);
    let weights = random.values(units * columns, 1.0 / (columns as f32).sqrt());
    let bias = random.values(units, 1.0);
    for has_bias in [true, false] {
        let sum = |row: &[f32], unit: usize| {
            let weights = &weights[unit * columns..][..columns];
            let product = |(&x, &w): (&f32, &f32)| f64::from(x) * f64::from(w);
            let bias = if has_bias { f64::from(bias[unit]) } else { 0.0 };
            row.iter().zip(weights).map(product).sum::<f64>() + bias
        };
        let starts = (0..rows).map(|row| &x[row * stride..][..columns]);
        let want: Vec<f64> =
            starts.flat_map(|row| (0..units).map(move |unit| sum(row, unit))).collect();
        for isa in isas() {
            let panels = packed(isa, Shape { units, gates: 1, width: columns }, &weights);
            let bias = packed(isa, Shape { units, gates: 1, width: 1 }, &bias);
            let mut out = Guarded::unset(rows * units);
            isa.run(Linear {
                x: Rows { data: &Input::new(&x), width: columns },
                stride,
                panels: Panels::Floats(&panels),
                bias: if has_bias { &bias } else { &[] },
                out: &mut out,
                width: units,
            });
            let context = || {
                format!(
                    "{} rows {rows} of {columns}, {stride} apart, to {units}, bias {has_bias}",
                    isa.name()
                )
            };
            assert_close("out", &context, &out, &want);
            out.assert_intact("out", &context);
        }
    }
}

#[test]
fn every_shape_agrees_with_the_reference_and_writes_its_rows_only() {
    for &rows in ROWS {
        for &width in WIDTHS {
            for &columns in COLUMNS {
                check(rows, width, columns, columns);
            }
        }
    }
}

#[test]
fn rows_may_overlap_or_lie_apart() {
    for &rows in ROWS {
        for &columns in COLUMNS {
            for stride in [1, columns.div_ceil(2), columns + 3] {
                check(rows, 33, columns, stride);
            }
        }
    }
}
