//! Optimisers, by PyTorch's names and definitions.

use crate::config::one_of;
use crate::error::{Code, Error, Result};
use crate::memory::{product, zeros};
use crate::text::text;
use cellgate_kernels::optimizer::{Adam, RmsProp, Sgd};
use cellgate_simd::{FlushDenormals, Isa};

/// An optimiser by name; each reads the options that PyTorch gives it.
#[derive(Clone, Debug)]
pub struct OptimizerOptions {
    pub kind: String,
    pub momentum: f64,
    pub dampening: f64,
    pub alpha: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
    pub nesterov: bool,
    pub centered: bool,
    pub amsgrad: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Sgd,
    RmsProp,
    /// With the decay in the gradient.
    Adam,
    /// With the decay on its own.
    AdamW,
}

/// A checked optimiser and what it remembers of each parameter.
pub(crate) struct Optimizer {
    kind: Kind,
    options: OptimizerOptions,
    updates: u64,
    parameters: usize,
    /// One part of `parameters` after the other: sgd `[velocity]`, rmsprop
    /// `[square | mean | velocity]`, adam and adamw `[first | second | largest]`;
    /// parts that the options do not need are absent.
    moments: Vec<f32>,
}

impl Optimizer {
    /// Checks `options`; errors name the option.
    pub fn new(place: &str, options: &OptimizerOptions, parameters: usize) -> Result<Self> {
        let kind = match options.kind.as_str() {
            "sgd" => Kind::Sgd,
            "rmsprop" => Kind::RmsProp,
            "adam" => Kind::Adam,
            "adamw" => Kind::AdamW,
            other => return Err(one_of(place, "optimizer", "sgd, rmsprop, adam, adamw", other)),
        };
        check(place, kind, options)?;
        let mut optimizer =
            Self { kind, options: options.clone(), updates: 0, parameters, moments: Vec::new() };
        let parts = optimizer.parts().into_iter().filter(|&part| part).count();
        optimizer.moments = zeros(place, product(place, &[parameters, parts])?)?;
        Ok(optimizer)
    }

    /// Which of the moments there are.
    fn parts(&self) -> [bool; 3] {
        let OptimizerOptions { momentum, centered, amsgrad, .. } = self.options;
        match self.kind {
            Kind::Sgd => [momentum != 0.0, false, false],
            Kind::RmsProp => [true, centered, momentum != 0.0],
            Kind::Adam | Kind::AdamW => [true, true, amsgrad],
        }
    }

    /// One step of learning rate `lr`; both slices are as long as the parameters.
    pub fn update(&mut self, isa: Isa, lr: f64, values: &mut [f32], gradients: &[f32]) {
        debug_assert_eq!(values.len(), self.parameters);
        debug_assert_eq!(gradients.len(), self.parameters);
        // Moments of parameters that get no gradient any more decay into denormals and stay there.
        let _flush = FlushDenormals::new();
        let parts = self.parts();
        let options = &self.options;
        let decay = options.weight_decay as f32;
        let momentum = options.momentum as f32;
        let first_update = self.updates == 0;
        self.updates = self.updates.saturating_add(1);
        let mut rest = self.moments.as_mut_slice();
        let [first, second, third] = parts.map(|present| {
            let (part, tail) =
                core::mem::take(&mut rest).split_at_mut(if present { self.parameters } else { 0 });
            rest = tail;
            part
        });
        match self.kind {
            Kind::Sgd => Sgd {
                values,
                gradients,
                velocity: first,
                rate: lr as f32,
                decay,
                momentum,
                take: if first_update { 1.0 } else { (1.0 - options.dampening) as f32 },
                nesterov: options.nesterov,
            }
            .on(isa),
            Kind::RmsProp => RmsProp {
                values,
                gradients,
                square: first,
                mean: second,
                velocity: third,
                rate: lr as f32,
                decay,
                alpha: options.alpha as f32,
                take: (1.0 - options.alpha) as f32,
                eps: options.eps as f32,
                momentum,
            }
            .on(isa),
            Kind::Adam | Kind::AdamW => {
                let correction =
                    |beta: f64| 1.0 - beta.powi(i32::try_from(self.updates).unwrap_or(i32::MAX));
                let decoupled = self.kind == Kind::AdamW;
                let shrink = 1.0 - lr * options.weight_decay;
                Adam {
                    values,
                    gradients,
                    first,
                    second,
                    largest: third,
                    rate: (lr / correction(options.beta1)) as f32,
                    scale: (1.0 / correction(options.beta2).sqrt()) as f32,
                    eps: options.eps as f32,
                    shrink: if decoupled { shrink as f32 } else { 1.0 },
                    decay: if decoupled { 0.0 } else { decay },
                    take_first: (1.0 - options.beta1) as f32,
                    beta2: options.beta2 as f32,
                    take_second: (1.0 - options.beta2) as f32,
                }
                .on(isa);
            }
        }
    }

    /// How many values it remembers.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Copies what it remembers; `out` is as long as that.
    pub fn store(&self, out: &mut [f32]) {
        out.copy_from_slice(&self.moments);
    }

    /// Replaces what it remembers; `moments` is as long as that.
    pub fn load(&mut self, moments: &[f32]) {
        self.moments.copy_from_slice(moments);
    }

    /// How often it has updated.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    pub fn set_updates(&mut self, updates: u64) {
        self.updates = updates;
    }
}

fn check(place: &str, kind: Kind, options: &OptimizerOptions) -> Result<()> {
    let refuse = |expected: String, got: f64| Err(Error::new(Code::Value, place, expected, got));
    let from_zero = |name: &str, value: f64| match value {
        _ if value >= 0.0 && (value as f32).is_finite() => Ok(()),
        _ => refuse(text!["optimizer.", name, " must be finite and at least 0"], value),
    };
    let fraction = |name: &str, value: f64| match value {
        _ if (0.0..1.0).contains(&value) => Ok(()),
        _ => refuse(text!["optimizer.", name, " must be in [0, 1)"], value),
    };
    from_zero("weightDecay", options.weight_decay)?;
    match kind {
        Kind::Sgd => {
            from_zero("momentum", options.momentum)?;
            if !(options.dampening as f32).is_finite() {
                return refuse("optimizer.dampening must be finite".into(), options.dampening);
            }
            if options.nesterov && (options.momentum == 0.0 || options.dampening != 0.0) {
                let expected =
                    "optimizer.nesterov must be false without momentum or with dampening";
                return Err(Error::new(Code::Value, place, expected, "true"));
            }
        }
        Kind::RmsProp => {
            from_zero("momentum", options.momentum)?;
            from_zero("alpha", options.alpha)?;
            from_zero("eps", options.eps)?;
        }
        Kind::Adam | Kind::AdamW => {
            fraction("betas[0]", options.beta1)?;
            fraction("betas[1]", options.beta2)?;
            from_zero("eps", options.eps)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PyTorch's defaults, with what a line such as `adam beta1=0.3` says.
    fn options(line: &str) -> OptimizerOptions {
        let mut words = line.split(' ');
        let mut options = OptimizerOptions {
            kind: words.next().expect("a line begins with the kind").into(),
            momentum: 0.0,
            dampening: 0.0,
            alpha: 0.99,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            nesterov: false,
            centered: false,
            amsgrad: false,
        };
        for word in words {
            let (name, value) = word.split_once('=').expect("an option has a value");
            let value: f64 = value.parse().expect("a value is a number");
            match name {
                "momentum" => options.momentum = value,
                "dampening" => options.dampening = value,
                "alpha" => options.alpha = value,
                "beta1" => options.beta1 = value,
                "beta2" => options.beta2 = value,
                "eps" => options.eps = value,
                "weightDecay" => options.weight_decay = value,
                "nesterov" => options.nesterov = value != 0.0,
                "centered" => options.centered = value != 0.0,
                "amsgrad" => options.amsgrad = value != 0.0,
                other => panic!("unknown option {other}"),
            }
        }
        options
    }

    fn optimizer(line: &str, parameters: usize) -> Optimizer {
        Optimizer::new("test", &options(line), parameters).expect("the options are right")
    }

    fn refused(options: &OptimizerOptions) -> String {
        Optimizer::new("test", options, 1).err().expect("they are refused").to_string()
    }

    /// The same formulas as in `from_torch_optimizers.py`.
    fn start(count: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 5 % 11) as f32 - 5.0) / 8.0).collect()
    }

    fn gradient(step: usize, count: usize) -> Vec<f32> {
        let share = |at| ((step * 7 + at * 13) % 17) as f32 - 8.0;
        (0..count).map(|at| share(at) / (16 + 4 * step) as f32).collect()
    }

    fn rate(step: usize) -> f64 {
        (1 + step % 3) as f64 / 64.0
    }

    fn run(
        optimizer: &mut Optimizer,
        isa: Isa,
        values: &mut [f32],
        steps: core::ops::Range<usize>,
    ) {
        for step in steps {
            optimizer.update(isa, rate(step), values, &gradient(step, values.len()));
        }
    }

    fn assert_close(actual: &[f32], expected: &[f64], context: &str) {
        assert_eq!(actual.len(), expected.len(), "{context}");
        for (actual, expected) in actual.iter().zip(expected) {
            let error = (f64::from(*actual) - expected).abs();
            let bound = 2e-6 * expected.abs().max(1.0);
            assert!(error <= bound, "{context}: {actual}, expected {expected}");
        }
    }

    const TORCH: &str = include_str!("torch_optimizers.txt");

    fn torch_cases() -> impl Iterator<Item = &'static str> {
        TORCH.lines().filter(|line| line.starts_with(char::is_alphabetic))
    }

    #[test]
    fn trajectories_are_those_of_pytorch() {
        let (mut case, mut values, mut state) = ("", Vec::new(), None);
        let mut checked = 0;
        for line in TORCH.lines().skip(1) {
            if line.starts_with(char::is_alphabetic) {
                (case, values, state) = (line, start(5), Some((optimizer(line, 5), 0)));
                continue;
            }
            let (optimizer, done) = state.as_mut().expect("steps follow a case");
            let mut numbers = line.split(' ').map(|word| word.parse().expect("a number"));
            let steps = numbers.next().expect("a line begins with the step") as usize;
            run(optimizer, Isa::detect(), &mut values, *done..steps);
            *done = steps;
            assert_eq!(optimizer.updates(), steps as u64);
            let expected: Vec<f64> = numbers.collect();
            assert_close(&values, &expected, &format!("{case}, update {steps}"));
            checked += 1;
        }
        assert_eq!(checked, 4 * torch_cases().count());
    }

    /// One parameter as the documentation of `torch.optim` has it.
    fn transcribed(options: &OptimizerOptions, at: usize, count: usize, steps: usize) -> f64 {
        let mut p = f64::from(start(count)[at]);
        let (mut first, mut second, mut third) = (0.0_f64, 0.0_f64, 0.0_f64);
        for step in 0..steps {
            let (t, lr) = (step as i32 + 1, rate(step));
            let mut g = f64::from(gradient(step, count)[at]);
            if options.kind == "adamw" {
                p -= lr * options.weight_decay * p;
            } else {
                g += options.weight_decay * p;
            }
            match options.kind.as_str() {
                "sgd" => {
                    if options.momentum != 0.0 {
                        first = if t == 1 {
                            g
                        } else {
                            options.momentum * first + (1.0 - options.dampening) * g
                        };
                        g = if options.nesterov { g + options.momentum * first } else { first };
                    }
                    p -= lr * g;
                }
                "rmsprop" => {
                    first = options.alpha * first + (1.0 - options.alpha) * g * g;
                    let mut variance = first;
                    if options.centered {
                        second = options.alpha * second + (1.0 - options.alpha) * g;
                        variance -= second * second;
                    }
                    third = options.momentum * third + g / (variance.sqrt() + options.eps);
                    p -= lr * third;
                }
                _ => {
                    first = options.beta1 * first + (1.0 - options.beta1) * g;
                    second = options.beta2 * second + (1.0 - options.beta2) * g * g;
                    third = if options.amsgrad { third.max(second) } else { second };
                    let first = first / (1.0 - options.beta1.powi(t));
                    let second = third / (1.0 - options.beta2.powi(t));
                    p -= lr * first / (second.sqrt() + options.eps);
                }
            }
        }
        p
    }

    #[test]
    fn long_trajectories_follow_the_definitions_for_every_length_and_set() {
        let steps = if cfg!(miri) { 3 } else { 40 };
        for case in torch_cases() {
            for count in [0, 1, 3, 4, 7, 8, 9, 31, 67] {
                let options = options(case);
                let expected: Vec<f64> =
                    (0..count).map(|at| transcribed(&options, at, count, steps)).collect();
                let mut bits: Option<Vec<f32>> = None;
                for isa in Isa::available() {
                    let context = format!("{case}, {count} parameters on {}", isa.name());
                    let mut values = start(count);
                    run(&mut optimizer(case, count), isa, &mut values, 0..steps);
                    assert_close(&values, &expected, &context);
                    let bits = bits.get_or_insert_with(|| values.clone());
                    assert_eq!(&values, bits, "{context}: other bits");
                }
            }
        }
    }

    #[test]
    fn what_is_stored_goes_on_as_if_nothing_had_happened() {
        for case in torch_cases() {
            let isa = Isa::detect();
            let (mut one, mut values) = (optimizer(case, 5), start(5));
            run(&mut one, isa, &mut values, 0..4);
            let mut moments = vec![f32::NAN; one.len()];
            one.store(&mut moments);
            let (mut two, mut others) = (optimizer(case, 5), values.clone());
            two.load(&moments);
            two.set_updates(one.updates());
            run(&mut one, isa, &mut values, 4..9);
            run(&mut two, isa, &mut others, 4..9);
            assert_eq!(values, others, "{case}");
            assert_eq!(one.updates(), two.updates());
        }
    }

    #[test]
    fn moments_are_kept_only_where_they_are_needed() {
        let cases = [
            ("sgd", 0),
            ("sgd momentum=0.9", 1),
            ("rmsprop", 1),
            ("rmsprop momentum=0.9", 2),
            ("rmsprop centered=1 momentum=0.9", 3),
            ("adam", 2),
            ("adamw amsgrad=1", 3),
        ];
        for (case, parts) in cases {
            assert_eq!(optimizer(case, 5).len(), 5 * parts, "{case}");
        }
    }

    #[test]
    fn a_centered_variance_never_falls_below_zero() {
        let (mut optimizer, mut values) =
            (optimizer("rmsprop centered=1 alpha=0.5", 3), vec![0.0; 3]);
        for _ in 0..200 {
            optimizer.update(Isa::detect(), 1e-6, &mut values, &[0.1, 0.7, 1.3]);
        }
        assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
    }

    #[test]
    fn moments_without_gradients_do_not_stay_denormal() {
        let (mut optimizer, mut values) = (optimizer("adam beta2=0.9", 1), vec![1.0]);
        optimizer.update(Isa::detect(), 0.1, &mut values, &[1e-3]);
        for _ in 0..3000 {
            optimizer.update(Isa::detect(), 0.1, &mut values, &[0.0]);
        }
        let mut moments = vec![f32::NAN; 2];
        optimizer.store(&mut moments);
        let normal = !moments.iter().any(|value| value.is_subnormal());
        assert!(normal || cfg!(miri) || !cellgate_simd::flushes_denormals(), "{moments:?}");
    }

    #[test]
    fn options_out_of_range_are_named() {
        let cases = [
            ("lion", "test: optimizer must be one of sgd, rmsprop, adam, adamw, got 'lion'"),
            ("adam beta1=1", "test: optimizer.betas[0] must be in [0, 1), got 1"),
            ("adamw beta2=-0.1", "test: optimizer.betas[1] must be in [0, 1), got -0.1"),
            ("adam eps=-1", "test: optimizer.eps must be finite and at least 0, got -1"),
            (
                "adamw weightDecay=NaN",
                "test: optimizer.weightDecay must be finite and at least 0, got NaN",
            ),
            ("sgd momentum=-1", "test: optimizer.momentum must be finite and at least 0, got -1"),
            ("sgd dampening=inf", "test: optimizer.dampening must be finite, got inf"),
            ("rmsprop alpha=-1", "test: optimizer.alpha must be finite and at least 0, got -1"),
            (
                "sgd nesterov=1",
                "test: optimizer.nesterov must be false without momentum or with dampening, got true",
            ),
            (
                "sgd nesterov=1 momentum=0.9 dampening=0.5",
                "test: optimizer.nesterov must be false without momentum or with dampening, got true",
            ),
        ];
        for (case, text) in cases {
            assert_eq!(refused(&options(case)), text);
        }
        // What another optimiser reads is not looked at.
        optimizer("adam momentum=-1 alpha=-1 nesterov=1", 1);
    }
}
