//! Losses of rows: sums and gradients. Means over rows are for the caller to take.
//!
//! With row weights w, features j of F, outputs x and targets y:
//!
//! ```text
//! loss = Σ w · (Σ_j ℓ(x_j, y_j)) / F        crossEntropy: loss = Σ w · Σ_j y_j (ln Σ_k exp(x_k) - x_j)
//! ```

use crate::config::one_of;
use crate::error::{Code, Error, Result};
use crate::memory::product;
use crate::recurrent::exact;
use crate::text::text;

/// A loss by name. `delta` counts for `huber` only, `ignore_index` for `crossEntropy` only.
#[derive(Clone, Debug)]
pub struct LossOptions {
    pub kind: String,
    pub delta: f64,
    pub ignore_index: f64,
}

/// What the outputs of a batch should be.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// As many as the outputs.
    Values(&'a [f32]),
    /// One for each row.
    Classes(&'a [i32]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Mse,
    Mae,
    Huber { delta: f64 },
    CrossEntropy { ignored: i32 },
    BinaryCrossEntropy,
}

/// A checked loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    kind: Kind,
}

/// Sums over the rows of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Report {
    pub loss_sum: f64,
    /// Without ignored rows.
    pub weight_sum: f64,
    /// Weights of the rows that are right; a binary row counts by its right features.
    pub hits: f64,
}

impl Loss {
    /// Checks `options`; errors name the option.
    pub fn new(place: &str, options: &LossOptions) -> Result<Self> {
        let (delta, ignore_index) = (options.delta, options.ignore_index);
        let refuse = |expected: &str, got: f64| Err(Error::new(Code::Value, place, expected, got));
        let kind = match options.kind.as_str() {
            "mse" => Kind::Mse,
            "mae" => Kind::Mae,
            "huber" if delta > 0.0 && delta.is_finite() => Kind::Huber { delta },
            "huber" => return refuse("loss.delta must be positive and finite", delta),
            "crossEntropy" if f64::from(ignore_index as i32) == ignore_index => {
                Kind::CrossEntropy { ignored: ignore_index as i32 }
            }
            "crossEntropy" => {
                return refuse("loss.ignoreIndex must be an integer of 32 bits", ignore_index);
            }
            "binaryCrossEntropy" => Kind::BinaryCrossEntropy,
            other => {
                let names = "mse, mae, huber, crossEntropy, binaryCrossEntropy";
                return Err(one_of(place, "loss", names, other));
            }
        };
        Ok(Self { kind })
    }

    /// Checks that `target` fits `rows` outputs of `width`.
    pub fn check(&self, place: &str, target: Target, rows: usize, width: usize) -> Result<()> {
        match (self.kind, target) {
            (_, Target::Values(values)) => {
                exact(place, "y", values.len(), product(place, &[rows, width])?)
            }
            (Kind::CrossEntropy { ignored }, Target::Classes(classes)) => {
                exact(place, "y", classes.len(), rows)?;
                let known = |&class: &i32| {
                    class == ignored || usize::try_from(class).is_ok_and(|class| class < width)
                };
                let Some(at) = classes.iter().position(|class| !known(class)) else {
                    return Ok(());
                };
                let expected = text![
                    "y[",
                    at,
                    "] must be a class in [0, ",
                    width,
                    ") or the ignored ",
                    ignored
                ];
                Err(Error::new(Code::Value, place, expected, text![classes[at]]))
            }
            _ => Err(Error::new(Code::Value, place, "y must be float32 with this loss", "int32")),
        }
    }

    /// Sums over all rows of `output`, each `width` values, and `gradient`, the derivative of
    /// the loss sum by each of them. `target` is checked; `weights` has one number for each row.
    ///
    /// A row of weight 0 is not looked at: whatever it holds, it adds nothing.
    pub fn run(
        &self,
        output: &[f32],
        target: Target,
        weights: Option<&[f32]>,
        width: usize,
        gradient: &mut [f32],
    ) -> Report {
        debug_assert_eq!(output.len(), gradient.len());
        let mut report = Report::default();
        let rows = output.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
        for (row, (output, gradient)) in rows.enumerate() {
            let weight = match weights {
                _ if self.ignores(target, row) => 0.0,
                Some(weights) => f64::from(weights[row]),
                None => 1.0,
            };
            if weight == 0.0 {
                gradient.fill(0.0);
                continue;
            }
            let (loss, hit) = match target {
                Target::Classes(classes) => class_row(output, classes[row], weight, gradient),
                Target::Values(values) => {
                    let values = &values[row * width..][..width];
                    self.value_row(output, values, weight, gradient)
                }
            };
            report.loss_sum += weight * loss;
            report.weight_sum += weight;
            report.hits += weight * hit;
        }
        report
    }

    fn ignores(&self, target: Target, row: usize) -> bool {
        match (self.kind, target) {
            (Kind::CrossEntropy { ignored }, Target::Classes(classes)) => classes[row] == ignored,
            _ => false,
        }
    }

    fn value_row(&self, x: &[f32], y: &[f32], weight: f64, gradient: &mut [f32]) -> (f64, f64) {
        match self.kind {
            Kind::Mse => features(x, y, weight, gradient, |x, y| {
                let error = x - y;
                Feature { loss: error * error, slope: 2.0 * error, right: false }
            }),
            Kind::Mae => features(x, y, weight, gradient, |x, y| {
                let error = x - y;
                // Neither 0 nor NaN has a sign.
                let slope = if error.abs() > 0.0 { error.signum() } else { error };
                Feature { loss: error.abs(), slope, right: false }
            }),
            Kind::Huber { delta } => features(x, y, weight, gradient, |x, y| {
                let error = x - y;
                let size = error.abs();
                let linear = delta * (size - 0.5 * delta);
                let loss = if size > delta { linear } else { 0.5 * error * error };
                Feature { loss, slope: error.clamp(-delta, delta), right: false }
            }),
            Kind::BinaryCrossEntropy => features(x, y, weight, gradient, |x, y| {
                let small = (-x.abs()).exp();
                let share = if x < 0.0 { small } else { 1.0 };
                let sigmoid = share / (1.0 + small);
                let loss = x.max(0.0) - x * y + small.ln_1p();
                Feature { loss, slope: sigmoid - y, right: (x > 0.0) == (y > 0.5) }
            }),
            Kind::CrossEntropy { .. } => soft_row(x, y, weight, gradient),
        }
    }
}

/// Loss and its derivative of one feature, and whether that is on the right side.
struct Feature {
    loss: f64,
    slope: f64,
    right: bool,
}

/// Means over the features of a row.
fn features(
    x: &[f32],
    y: &[f32],
    weight: f64,
    gradient: &mut [f32],
    of: impl Fn(f64, f64) -> Feature,
) -> (f64, f64) {
    let count = x.len() as f64;
    let (mut sum, mut hits) = (0.0, 0.0);
    for ((x, y), gradient) in x.iter().zip(y).zip(gradient) {
        let Feature { loss, slope, right } = of(f64::from(*x), f64::from(*y));
        sum += loss;
        hits += f64::from(u8::from(right));
        *gradient = (weight / count * slope) as f32;
    }
    (sum / count, hits / count)
}

/// Cross entropy of logits with one class.
fn class_row(x: &[f32], class: i32, weight: f64, gradient: &mut [f32]) -> (f64, f64) {
    let class = class as usize;
    let (largest, sum) = exponentials(x, gradient);
    let scale = weight / sum;
    let own = f64::from(gradient[class]);
    gradient.iter_mut().for_each(|value| *value = (scale * f64::from(*value)) as f32);
    // In one subtraction, so that little is lost when the class is nearly certain.
    gradient[class] = (scale * (own - sum)) as f32;
    let loss = sum.ln() + (f64::from(x[largest]) - f64::from(x[class]));
    (loss, f64::from(u8::from(largest == class)))
}

/// Cross entropy of logits with a share for every class.
fn soft_row(x: &[f32], y: &[f32], weight: f64, gradient: &mut [f32]) -> (f64, f64) {
    let (largest, sum) = exponentials(x, gradient);
    let (total, log) = (y.iter().copied().map(f64::from).sum::<f64>(), sum.ln());
    let mut loss = 0.0;
    for ((x_j, y), gradient) in x.iter().zip(y).zip(gradient) {
        let y = f64::from(*y);
        loss += y * (log + (f64::from(x[largest]) - f64::from(*x_j)));
        *gradient = (weight / sum * (total * f64::from(*gradient) - y * sum)) as f32;
    }
    (loss, f64::from(u8::from(largest == argmax(y))))
}

/// Writes `exp(x - max x)`; gives where the maximum is, and their sum.
fn exponentials(x: &[f32], out: &mut [f32]) -> (usize, f64) {
    let largest = argmax(x);
    let mut sum = 0.0;
    for (out, value) in out.iter_mut().zip(x) {
        let value = (f64::from(*value) - f64::from(x[largest])).exp();
        sum += value;
        *out = value as f32;
    }
    (largest, sum)
}

/// The first of the largest.
fn argmax(values: &[f32]) -> usize {
    let mut largest = 0;
    for (at, &value) in values.iter().enumerate() {
        if value > values[largest] {
            largest = at;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 5] = ["mse", "mae", "huber", "crossEntropy", "binaryCrossEntropy"];

    fn options(kind: &str) -> LossOptions {
        LossOptions { kind: kind.into(), delta: 0.75, ignore_index: -100.0 }
    }

    fn loss(kind: &str) -> Loss {
        Loss::new("test", &options(kind)).expect("the options are right")
    }

    /// The report and the gradient of a checked call.
    fn run(
        kind: &str,
        x: &[f32],
        y: Target,
        w: Option<&[f32]>,
        width: usize,
    ) -> (Report, Vec<f32>) {
        let loss = loss(kind);
        loss.check("test", y, x.len() / width, width).expect("the target is right");
        let mut gradient = vec![f32::NAN; x.len()];
        let report = loss.run(x, y, w, width, &mut gradient);
        (report, gradient)
    }

    /// Loss sum by the definitions, in f64 throughout, without care for overflow.
    fn defined(kind: &str, x: &[f64], y: &[f64], weights: &[f64], width: usize) -> f64 {
        let row = |row: usize| -> f64 {
            let (x, y) = (&x[row * width..][..width], &y[row * width..][..width]);
            let total: f64 = x.iter().map(|x| x.exp()).sum();
            let each = |(x, y): (&f64, &f64)| {
                let error = (x - y).abs();
                let sigmoid = 1.0 / (1.0 + (-x).exp());
                match kind {
                    "mse" => error.powi(2),
                    "mae" => error,
                    "huber" if error <= 0.75 => 0.5 * error.powi(2),
                    "huber" => 0.75 * (error - 0.375),
                    "binaryCrossEntropy" => -y * sigmoid.ln() - (1.0 - y) * (1.0 - sigmoid).ln(),
                    _ => -y * (x.exp() / total).ln() * width as f64,
                }
            };
            x.iter().zip(y).map(each).sum::<f64>() / width as f64
        };
        weights.iter().enumerate().map(|(at, weight)| weight * row(at)).sum()
    }

    fn numbers(seed: u64, count: usize, scale: f32) -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| (2.0 * rng.f32() - 1.0) * scale).collect()
    }

    fn wide(values: &[f32]) -> Vec<f64> {
        values.iter().copied().map(f64::from).collect()
    }

    #[test]
    fn losses_and_gradients_are_those_of_the_definitions() {
        for (at, kind) in KINDS.into_iter().enumerate() {
            for width in [1, 2, 5] {
                let x = numbers(at as u64, 4 * width, 3.0);
                let soft = kind.ends_with("Entropy");
                let y: Vec<f32> = numbers(at as u64 + 9, 4 * width, 1.0)
                    .into_iter()
                    .map(|y| if soft { y.abs() } else { 3.0 * y })
                    .collect();
                let weights = [0.5, 1.0, 0.0, 2.0];
                let (report, gradient) = run(kind, &x, Target::Values(&y), Some(&weights), width);
                let (mut x, y, w) = (wide(&x), wide(&y), wide(&weights));
                let expected = defined(kind, &x, &y, &w, width);
                let context = format!("{kind} of width {width}");
                assert!(
                    (report.loss_sum - expected).abs() < 1e-9,
                    "{context}: {report:?}, {expected}"
                );
                assert_eq!(report.weight_sum, 3.5, "{context}");
                for at in 0..x.len() {
                    const STEP: f64 = 1e-5;
                    let middle = x[at];
                    x[at] = middle + STEP;
                    let above = defined(kind, &x, &y, &w, width);
                    x[at] = middle - STEP;
                    let below = defined(kind, &x, &y, &w, width);
                    x[at] = middle;
                    let (slope, got) = ((above - below) / (2.0 * STEP), f64::from(gradient[at]));
                    assert!(
                        (slope - got).abs() < 1e-6,
                        "{context} at {at}: {got}, expected {slope}"
                    );
                }
            }
        }
    }

    #[test]
    fn classes_and_one_hot_rows_agree_to_the_bit() {
        let (x, classes) = (numbers(3, 6 * 4, 5.0), [0, 3, 1, 2, 3, 0]);
        let mut one_hot = vec![0.0; x.len()];
        for (row, &class) in classes.iter().enumerate() {
            one_hot[row * 4 + class as usize] = 1.0;
        }
        let weights = [1.0, 0.25, 0.0, 3.0, 1.0, 1.5];
        let by_class = run("crossEntropy", &x, Target::Classes(&classes), Some(&weights), 4);
        let by_row = run("crossEntropy", &x, Target::Values(&one_hot), Some(&weights), 4);
        assert_eq!(by_class, by_row);
    }

    #[test]
    fn ignored_rows_count_as_rows_of_weight_zero() {
        let x = numbers(4, 3 * 2, 2.0);
        let (some, gradient) = run("crossEntropy", &x, Target::Classes(&[1, -100, 0]), None, 2);
        let weights = [1.0, 0.0, 1.0];
        let weighted = run("crossEntropy", &x, Target::Classes(&[1, 1, 0]), Some(&weights), 2);
        assert_eq!((some, gradient), weighted);
        assert_eq!(some.weight_sum, 2.0);
        assert_eq!(weighted.1[2..4], [0.0, 0.0]);
        let padding = LossOptions { ignore_index: 0.0, ..options("crossEntropy") };
        let padding = Loss::new("test", &padding).expect("the options are right");
        let report = padding.run(&x, Target::Classes(&[0, 0, 0]), None, 2, &mut [0.0; 6]);
        assert_eq!(report, Report::default());
    }

    #[test]
    fn rows_of_weight_zero_are_not_looked_at_and_no_rows_are_no_loss() {
        for kind in KINDS {
            let x = [f32::NAN, f32::INFINITY];
            let (report, gradient) = run(kind, &x, Target::Values(&[0.0; 2]), Some(&[0.0; 2]), 1);
            assert_eq!((report, gradient), (Report::default(), vec![0.0; 2]), "{kind}");
            let (report, _) = run(kind, &[], Target::Values(&[]), None, 3);
            assert_eq!(report, Report::default(), "{kind}");
        }
        let (report, _) = run("crossEntropy", &[], Target::Classes(&[]), Some(&[]), 3);
        assert_eq!(report, Report::default());
    }

    #[test]
    fn extreme_logits_overflow_nothing() {
        let x = [1e4, -1e4, -1e4, 1e4];
        let (report, gradient) = run("crossEntropy", &x, Target::Classes(&[0, 0]), None, 2);
        assert_eq!(report, Report { loss_sum: 2e4, weight_sum: 2.0, hits: 1.0 });
        assert_eq!(gradient, [0.0, 0.0, -1.0, 1.0]);
        let y = [1.0, 0.0, 1.0, 0.0];
        let (report, gradient) = run("binaryCrossEntropy", &x, Target::Values(&y), None, 2);
        assert_eq!(report, Report { loss_sum: 1e4, weight_sum: 2.0, hits: 1.0 });
        assert_eq!(gradient, [0.0, 0.0, -0.5, 0.5]);
        for kind in KINDS {
            let x = [3e38, -3e38];
            let (report, _) = run(kind, &x, Target::Values(&[-3e38, 3e38]), None, 2);
            assert!(report.loss_sum.is_finite(), "{kind}: {report:?}");
        }
    }

    #[test]
    fn a_class_that_is_nearly_certain_keeps_its_digits() {
        let (report, gradient) = run("crossEntropy", &[0.0, -20.0], Target::Classes(&[0]), None, 2);
        let share = (-20.0_f64).exp();
        assert!((report.loss_sum / share - 1.0).abs() < 1e-6, "{report:?}");
        assert!((f64::from(gradient[0]) / -share - 1.0).abs() < 1e-6, "{gradient:?}");
    }

    #[test]
    fn nan_reaches_the_sum_from_every_place() {
        for kind in KINDS {
            for (x, y) in [([f32::NAN, 1.0], [0.0, 1.0]), ([1.0, f32::NAN], [0.0, 1.0])] {
                let (report, _) = run(kind, &x, Target::Values(&y), None, 2);
                assert!(report.loss_sum.is_nan(), "{kind} of {x:?}");
            }
            let (report, _) = run(kind, &[0.0, 1.0], Target::Values(&[f32::NAN, 0.0]), None, 2);
            assert!(report.loss_sum.is_nan(), "{kind} with a target");
        }
        for x in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
            let (report, gradient) = run("crossEntropy", &x, Target::Classes(&[1]), None, 2);
            assert!(report.loss_sum.is_nan() && gradient.iter().all(|value| value.is_nan()));
        }
    }

    #[test]
    fn slopes_where_targets_are_met_are_zero() {
        for kind in ["mse", "mae", "huber"] {
            let (report, gradient) = run(kind, &[1.5, -2.0], Target::Values(&[1.5, -2.0]), None, 2);
            assert_eq!((report.loss_sum, gradient), (0.0, vec![0.0; 2]), "{kind}");
        }
    }

    #[test]
    fn hits_are_weights_of_rows_that_are_right() {
        let x = [0.1, 0.9, 0.9, 0.1, 0.5, 0.5];
        let weights = [2.0, 0.5, 1.0];
        let (report, _) = run("crossEntropy", &x, Target::Classes(&[1, 1, 0]), Some(&weights), 2);
        assert_eq!(report.hits, 3.0);
        let soft = [0.4, 0.6, 0.4, 0.6, 0.6, 0.4];
        let (report, _) = run("crossEntropy", &x, Target::Values(&soft), Some(&weights), 2);
        assert_eq!(report.hits, 3.0);
        let x = [1.0, -1.0, 1.0, 1.0];
        let (report, _) = run(
            "binaryCrossEntropy",
            &x,
            Target::Values(&[1.0, 0.0, 1.0, 0.0]),
            Some(&[3.0, 1.0]),
            2,
        );
        assert_eq!(report.hits, 3.5);
        for kind in ["mse", "mae", "huber"] {
            assert_eq!(run(kind, &x, Target::Values(&x), None, 2).0.hits, 0.0, "{kind}");
        }
    }

    #[test]
    fn wrong_options_and_targets_are_named() {
        let text = |result: Result<()>| result.expect_err("it is refused").to_string();
        let new = |options: LossOptions| text(Loss::new("test", &options).map(|_| ()));
        assert_eq!(
            new(options("l2")),
            "test: loss must be one of mse, mae, huber, crossEntropy, binaryCrossEntropy, got 'l2'"
        );
        for delta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let expected = format!("test: loss.delta must be positive and finite, got {delta}");
            assert_eq!(new(LossOptions { delta, ..options("huber") }), expected);
            assert!(Loss::new("test", &LossOptions { delta, ..options("mse") }).is_ok());
        }
        for ignore_index in [0.5, f64::NAN, 1e10] {
            let expected =
                format!("test: loss.ignoreIndex must be an integer of 32 bits, got {ignore_index}");
            assert_eq!(new(LossOptions { ignore_index, ..options("crossEntropy") }), expected);
        }
        let check = |kind: &str, target: Target| text(loss(kind).check("fit", target, 4, 5));
        for class in [5, -1, i32::MIN] {
            let expected =
                format!("fit: y[3] must be a class in [0, 5) or the ignored -100, got {class}");
            assert_eq!(check("crossEntropy", Target::Classes(&[0, 4, -100, class])), expected);
        }
        assert_eq!(
            check("crossEntropy", Target::Classes(&[0; 3])),
            "fit: y must hold 4 values, got 3"
        );
        for kind in KINDS {
            assert_eq!(
                check(kind, Target::Values(&[0.0; 4])),
                "fit: y must hold 20 values, got 4",
                "{kind}"
            );
        }
        assert_eq!(
            check("mse", Target::Classes(&[0; 4])),
            "fit: y must be float32 with this loss, got int32"
        );
    }
}
