//! Dot products of small whole numbers, exact and the same on every set.
//!
//! Weights and inputs are from -127 to 127. Where an instruction multiplies four bytes of each lane at
//! once, weights are bytes without a sign, 128 too large, which [`Quantised::start`] takes back; elsewhere
//! one multiplies two numbers of 16 bits.

use core::slice::from_raw_parts_mut;
use fearless_simd::Simd;

/// A native-width vector of i32 on `S`, with as many lanes as one of f32.
pub type Integers<S> = <S as Simd>::i32s;

/// The largest weight or input.
pub const LARGEST: f32 = 127.0;

/// How weights lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DotLayout {
    /// Columns side by side in a lane.
    pub group: usize,
    /// What turns bits of a weight, by exclusive or.
    pub flip: u8,
}

/// The layout that [`dot`] wants.
#[inline(always)]
pub fn dot_layout<S: Simd>(simd: S) -> DotLayout {
    #[cfg(target_arch = "x86_64")]
    if simd.level().as_avx512().is_some() {
        return DotLayout { group: 4, flip: 0x80 };
    }
    let _ = simd;
    DotLayout { group: 2, flip: 0 }
}

/// A row of inputs as whole numbers.
#[derive(Clone, Copy)]
pub struct Quantised {
    /// What one is worth. NaN if an input was not finite.
    pub scale: f32,
    /// What each sum starts from.
    pub start: i32,
}

/// Rounds `row` to whole multiples of a 127th of its largest size, and writes them in groups, one word each.
/// Ties go to the even one.
#[inline(always)]
pub fn quantise<S: Simd>(simd: S, row: &[f32], words: &mut [i32]) -> Quantised {
    /// Rounds a small float that it is added to, and leaves the whole number in the low bits.
    const ROUND: f32 = (3 << 22) as f32;
    let DotLayout { group, flip } = dot_layout(simd);
    let words = &mut words[..row.len().div_ceil(group)];
    // As whole numbers, sizes compare as the floats do, and NaN is the largest.
    let largest = row.iter().map(|value| value.to_bits() as i32 & i32::MAX).max().unwrap_or(0);
    let largest = f32::from_bits(largest as u32);
    // Below, the inverse would not be finite.
    let (scale, inverse) = if largest < 1e-30 {
        (0.0, 0.0)
    } else if largest.is_finite() {
        (largest / LARGEST, LARGEST / largest)
    } else {
        (f32::NAN, 0.0)
    };
    if inverse == 0.0 {
        words.fill(0);
        return Quantised { scale, start: 0 };
    }
    let whole =
        |value: f32| (value * inverse + ROUND).to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    if let Some(last) = words.last_mut() {
        *last = 0;
    }
    if group == 2 {
        // SAFETY: the same bytes; any bits are a value of both, and 16 bits are aligned where 32 are.
        let parts: &mut [i16] =
            unsafe { from_raw_parts_mut(words.as_mut_ptr().cast(), 2 * words.len()) };
        parts.iter_mut().zip(row).for_each(|(part, &value)| *part = whole(value) as i16);
        return Quantised { scale, start: 0 };
    }
    // SAFETY: the same bytes; any bits are a value of both, and bytes need no alignment.
    let parts: &mut [i8] =
        unsafe { from_raw_parts_mut(words.as_mut_ptr().cast(), 4 * words.len()) };
    let mut sum = 0;
    for (part, &value) in parts.iter_mut().zip(row) {
        let value = whole(value);
        *part = value as i8;
        sum += value;
    }
    Quantised { scale, start: -(sum * i32::from(flip)) }
}

/// `sum + weights * word`, lane by lane: one group of columns.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, weights: &[i8], word: i32, sum: Integers<S>) -> Integers<S> {
    #[cfg(target_arch = "x86_64")]
    return x86::dot(simd, weights, word, sum);
    #[cfg(target_arch = "wasm32")]
    return wasm::dot(simd, weights, word, sum);
    #[cfg(target_arch = "aarch64")]
    return neon::dot(simd, weights, word, sum);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32", target_arch = "aarch64")))]
    plain(simd, weights, word, sum)
}

/// The specification of [`dot`] for pairs.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
fn plain<S: Simd>(simd: S, weights: &[i8], word: i32, sum: Integers<S>) -> Integers<S> {
    use fearless_simd::prelude::*;
    let (low, high) = (i32::from(word as i16), word >> 16);
    Integers::<S>::from_fn(
        simd,
        #[inline(always)]
        |lane| {
            let (first, second) = (weights[2 * lane], weights[2 * lane + 1]);
            sum.as_slice()[lane] + i32::from(first) * low + i32::from(second) * high
        },
    )
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Integers;
    use core::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_add_epi32, _mm_loadl_epi64, _mm_loadu_si128, _mm_madd_epi16,
        _mm_set1_epi32, _mm_srai_epi16, _mm_unpacklo_epi8, _mm256_add_epi32, _mm256_cvtepi8_epi16,
        _mm256_madd_epi16, _mm256_set1_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512,
        _mm512_set1_epi32,
    };
    use core::mem::transmute_copy;
    use fearless_simd::Simd;

    #[inline(always)]
    pub fn dot<S: Simd>(simd: S, weights: &[i8], word: i32, sum: Integers<S>) -> Integers<S> {
        let level = simd.level();
        if level.as_avx512().is_some() {
            let weights = weights[..64].as_ptr();
            // SAFETY: the level has VNNI, there are 64 weights, and `Integers` is of 16 lanes.
            return unsafe {
                let weights = _mm512_loadu_si512(weights.cast());
                let sum: __m512i = transmute_copy(&sum);
                transmute_copy(&_mm512_dpbusd_epi32(sum, weights, _mm512_set1_epi32(word)))
            };
        }
        if level.as_avx2().is_some() {
            let weights = weights[..16].as_ptr();
            // SAFETY: the level has AVX2, there are 16 weights, and `Integers` is of 8 lanes.
            return unsafe {
                let weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
                let products = _mm256_madd_epi16(weights, _mm256_set1_epi32(word));
                let sum: __m256i = transmute_copy(&sum);
                transmute_copy(&_mm256_add_epi32(sum, products))
            };
        }
        if level.as_sse2().is_some() {
            let weights = weights[..8].as_ptr();
            // SAFETY: the level has SSE2, there are 8 weights, and `Integers` is of 4 lanes.
            return unsafe {
                let bytes = _mm_loadl_epi64(weights.cast());
                let weights = _mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes));
                let products = _mm_madd_epi16(weights, _mm_set1_epi32(word));
                let sum: __m128i = transmute_copy(&sum);
                transmute_copy(&_mm_add_epi32(sum, products))
            };
        }
        super::plain(simd, weights, word, sum)
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::Integers;
    use core::arch::wasm32::{
        i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128,
    };
    use core::mem::transmute_copy;
    use fearless_simd::Simd;

    #[inline(always)]
    pub fn dot<S: Simd>(_: S, weights: &[i8], word: i32, sum: Integers<S>) -> Integers<S> {
        const { assert!(size_of::<Integers<S>>() == size_of::<v128>()) };
        let weights = weights[..8].as_ptr();
        // SAFETY: there are 8 weights; any bits are a value of both types, which are of one size.
        unsafe {
            let products = i32x4_dot_i16x8(i16x8_load_extend_i8x8(weights), i32x4_splat(word));
            transmute_copy(&i32x4_add(transmute_copy(&sum), products))
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use super::Integers;
    use core::arch::aarch64::{
        int32x4_t, vaddq_s32, vdup_n_s32, vget_high_s16, vget_low_s16, vld1_s8, vmovl_s8,
        vmull_s16, vpaddq_s32, vreinterpret_s16_s32,
    };
    use core::mem::transmute_copy;
    use fearless_simd::Simd;

    #[inline(always)]
    pub fn dot<S: Simd>(simd: S, weights: &[i8], word: i32, sum: Integers<S>) -> Integers<S> {
        if simd.level().as_neon().is_none() {
            return super::plain(simd, weights, word, sum);
        }
        let weights = weights[..8].as_ptr();
        // SAFETY: the level has NEON, there are 8 weights, and `Integers` is of 4 lanes.
        unsafe {
            let weights = vmovl_s8(vld1_s8(weights));
            let pair = vreinterpret_s16_s32(vdup_n_s32(word));
            let products = vpaddq_s32(
                vmull_s16(vget_low_s16(weights), pair),
                vmull_s16(vget_high_s16(weights), pair),
            );
            let sum: int32x4_t = transmute_copy(&sum);
            transmute_copy(&vaddq_s32(sum, products))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, Kernel, lanes};
    use fearless_simd::prelude::*;

    /// Exact dot products of `lanes` rows of weights with one row of inputs.
    struct Check<'a> {
        weights: &'a [i8],
        inputs: &'a [f32],
    }

    impl Kernel for Check<'_> {
        type Output = (f32, Vec<i32>);

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let DotLayout { group, flip } = dot_layout(simd);
            let (columns, lanes) = (self.inputs.len(), lanes::<S>());
            let mut words = vec![-1; columns.div_ceil(group)];
            let Quantised { scale, start } = quantise(simd, self.inputs, &mut words);
            let mut sum = Integers::<S>::splat(simd, start);
            for (at, word) in words.into_iter().enumerate() {
                let mut packed = vec![flip as i8; lanes * group];
                for (place, packed) in packed.iter_mut().enumerate() {
                    let (lane, column) = (place / group, at * group + place % group);
                    if column < columns {
                        *packed ^= self.weights[lane * columns + column];
                    }
                }
                sum = dot(simd, &packed, word, sum);
            }
            (scale, sum.as_slice().to_vec())
        }
    }

    #[test]
    fn products_are_exact_on_every_set_at_every_sign_and_size() {
        for columns in [1, 2, 3, 4, 5, 8, 31, 1024] {
            let spread = |at: usize, by: usize| (at * by % 255) as i32 - 127;
            for (by, largest) in [(37, false), (101, false), (1, true)] {
                let weight =
                    |at: usize| if largest { 127 - 254 * (at % 2) as i32 } else { spread(at, by) };
                let weights: Vec<i8> = (0..16 * columns).map(|at| weight(at) as i8).collect();
                // One of them is 127 in size, so that the scale is 1.
                let whole: Vec<i32> = (0..columns)
                    .map(|at| if at == 0 || largest { -127 } else { spread(at, 53) })
                    .collect();
                let inputs: Vec<f32> = whole.iter().map(|&value| value as f32).collect();
                for isa in Isa::available() {
                    let (scale, sums) = isa.run(Check { weights: &weights, inputs: &inputs });
                    assert_eq!(scale, 1.0);
                    for (lane, sum) in sums.into_iter().enumerate() {
                        let row = &weights[lane * columns..][..columns];
                        let want: i32 =
                            row.iter().zip(&whole).map(|(&weight, &x)| i32::from(weight) * x).sum();
                        assert_eq!(sum, want, "{} {columns} columns, lane {lane}", isa.name());
                    }
                }
            }
        }
    }

    #[test]
    fn inputs_round_to_the_nearest_and_ties_to_the_even_one() {
        let inputs = [127.0, 0.5, -0.5, 1.5, -2.5, 3.49, -126.6, -0.0];
        let want = [127, 0, 0, 2, -2, 3, -127, 0];
        for isa in Isa::available() {
            for (at, want) in want.into_iter().enumerate() {
                let mut weights = vec![0; 16 * inputs.len()];
                weights[at] = 1;
                let (_, sums) = isa.run(Check { weights: &weights, inputs: &inputs });
                assert_eq!(sums[0], want, "{}", isa.name());
            }
        }
    }

    #[test]
    fn nothing_is_zero_and_what_is_not_finite_shows() {
        for isa in Isa::available() {
            let scale = |inputs: &[f32]| {
                let weights = vec![1; 16 * inputs.len()];
                let (scale, sums) = isa.run(Check { weights: &weights, inputs });
                assert!(sums.iter().all(|&sum| sum == 0), "{}", isa.name());
                scale
            };
            assert_eq!(scale(&[0.0, -0.0, 1e-40]), 0.0);
            assert!(scale(&[1.0, f32::INFINITY, 2.0]).is_nan());
            assert!(scale(&[f32::NAN, 1.0]).is_nan());
        }
    }
}
