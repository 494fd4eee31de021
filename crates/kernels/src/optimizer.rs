//! Updates of parameters p by gradients g, as PyTorch defines them. Every slice has the same length,
//! but for those that are empty because they are not used.
//!
//! Plain loops: the compiler takes the vectors of the set. No multiply-add is fused, so that
//! all sets give the same bits.

use cellgate_simd::{Kernel, Simd};

/// Values per pass of the short loops below: what they share stays in the first-level cache.
const BLOCK: usize = 512;

/// ```text
/// g' = g + decay * p
/// b  = momentum * b + take * g'
/// p  = p - rate * d        d = g' without b, g' + momentum * b with Nesterov, else b
/// ```
pub struct Sgd<'a> {
    pub values: &'a mut [f32],
    pub gradients: &'a [f32],
    /// b; empty without momentum.
    pub velocity: &'a mut [f32],
    pub rate: f32,
    pub decay: f32,
    pub momentum: f32,
    pub take: f32,
    pub nesterov: bool,
}

impl Kernel for Sgd<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { values, gradients, velocity, rate, decay, momentum, take, nesterov } = self;
        if velocity.is_empty() {
            for (p, g) in values.iter_mut().zip(gradients) {
                *p -= rate * (g + decay * *p);
            }
            return;
        }
        let (of_gradient, of_velocity) = if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
        for ((p, g), b) in values.iter_mut().zip(gradients).zip(velocity) {
            let g = g + decay * *p;
            *b = momentum * *b + take * g;
            *p -= rate * (of_gradient * g + of_velocity * *b);
        }
    }
}

/// ```text
/// g' = g + decay * p
/// s  = alpha * s + (1 - alpha) * g'^2
/// a  = a + (1 - alpha) * (g' - a)
/// d  = g' / (sqrt(s) + eps), centered g' / (sqrt(s - a^2) + eps)
/// b  = momentum * b + d
/// p  = p - rate * b        without momentum p - rate * d
/// ```
pub struct RmsProp<'a> {
    pub values: &'a mut [f32],
    pub gradients: &'a [f32],
    /// s
    pub square: &'a mut [f32],
    /// a; empty if not centered.
    pub mean: &'a mut [f32],
    /// b; empty without momentum.
    pub velocity: &'a mut [f32],
    pub rate: f32,
    pub decay: f32,
    pub alpha: f32,
    /// `1 - alpha`
    pub take: f32,
    pub eps: f32,
    pub momentum: f32,
}

impl Kernel for RmsProp<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { values, gradients, square, mean, velocity, .. } = self;
        let Self { rate, decay, alpha, take, eps, momentum, .. } = self;
        let mut step = [0.0; BLOCK];
        for first in (0..values.len()).step_by(BLOCK) {
            let block = first..values.len().min(first + BLOCK);
            let values = &mut values[block.clone()];
            let step = &mut step[..values.len()];
            for ((g, p), step) in gradients[block.clone()].iter().zip(&*values).zip(&mut *step) {
                *step = g + decay * p;
            }
            let square = &mut square[block.clone()];
            for (s, g) in square.iter_mut().zip(&*step) {
                *s = alpha * *s + take * (g * g);
            }
            if mean.is_empty() {
                for (s, step) in square.iter().zip(&mut *step) {
                    *step /= s.sqrt() + eps;
                }
            } else {
                let mean = &mut mean[block.clone()];
                for ((s, a), step) in square.iter().zip(mean).zip(&mut *step) {
                    *a += take * (*step - *a);
                    // By rounding alone it falls below zero, when gradients hardly change.
                    *step /= (s - *a * *a).max(0.0).sqrt() + eps;
                }
            }
            if !velocity.is_empty() {
                for (b, step) in velocity[block].iter_mut().zip(&mut *step) {
                    *b = momentum * *b + *step;
                    *step = *b;
                }
            }
            for (p, step) in values.iter_mut().zip(&*step) {
                *p -= rate * step;
            }
        }
    }
}

/// ```text
/// p' = shrink * p
/// g' = g + decay * p
/// m  = m + take_first * (g' - m)
/// v  = beta2 * v + take_second * g'^2
/// p  = p' - rate * m / (sqrt(v) * scale + eps)        with the largest v so far, if it is kept
/// ```
///
/// The corrections for the start from zeros are in `rate` and `scale`.
pub struct Adam<'a> {
    pub values: &'a mut [f32],
    pub gradients: &'a [f32],
    /// m
    pub first: &'a mut [f32],
    /// v
    pub second: &'a mut [f32],
    /// The largest v; empty if it is not kept.
    pub largest: &'a mut [f32],
    pub rate: f32,
    pub scale: f32,
    pub eps: f32,
    /// AdamW; 1 for none.
    pub shrink: f32,
    /// Adam; 0 for none.
    pub decay: f32,
    /// `1 - beta1`
    pub take_first: f32,
    pub beta2: f32,
    /// `1 - beta2`
    pub take_second: f32,
}

impl Kernel for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { values, gradients, first, second, largest, .. } = self;
        let Self { rate, scale, eps, shrink, decay, take_first, beta2, take_second, .. } = self;
        let mut step = [0.0; BLOCK];
        for begin in (0..values.len()).step_by(BLOCK) {
            let block = begin..values.len().min(begin + BLOCK);
            let values = &mut values[block.clone()];
            let step = &mut step[..values.len()];
            for ((g, p), step) in gradients[block.clone()].iter().zip(&*values).zip(&mut *step) {
                *step = g + decay * p;
            }
            let mut second = &mut second[block.clone()];
            for (v, g) in second.iter_mut().zip(&*step) {
                *v = beta2 * *v + take_second * (g * g);
            }
            let first = &mut first[block.clone()];
            for (m, g) in first.iter_mut().zip(&*step) {
                *m += take_first * (g - *m);
            }
            if !largest.is_empty() {
                let largest = &mut largest[block];
                for (most, v) in largest.iter_mut().zip(&*second) {
                    *most = most.max(*v);
                }
                second = largest;
            }
            for ((p, m), v) in values.iter_mut().zip(&*first).zip(&*second) {
                *p = shrink * *p - rate * m / (v.sqrt() * scale + eps);
            }
        }
    }
}
