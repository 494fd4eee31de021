//! IEEE half-precision weights.

use crate::Vector;
use fearless_simd::Simd;

/// Whether `S` turns half precision into f32 while it loads. Where it does not, panels hold what a half
/// can hold as f32.
#[inline(always)]
pub fn loads_halves<S: Simd>(simd: S) -> bool {
    #[cfg(target_arch = "x86_64")]
    return simd.level().as_avx2().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = simd;
        false
    }
}

/// The first vector of `halves`.
///
/// # Panics
/// Where [`loads_halves`] says no.
#[inline(always)]
pub fn load_halves<S: Simd>(simd: S, halves: &[u16]) -> Vector<S> {
    let halves = &halves[..crate::lanes::<S>()];
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64 as x86;
        use core::mem::transmute_copy;
        let at = halves.as_ptr();
        if simd.level().as_avx512().is_some() {
            // SAFETY: the level has AVX-512, there are 16 halves, and `Vector` is of 16 floats.
            // Rounding, of which there is none, is named so that the instruction may load by itself.
            return unsafe {
                const AS_SET: i32 = x86::_MM_FROUND_CUR_DIRECTION;
                let halves = x86::_mm256_loadu_si256(at.cast());
                transmute_copy(&x86::_mm512_cvt_roundph_ps::<AS_SET>(halves))
            };
        }
        if simd.level().as_avx2().is_some() {
            // SAFETY: the level has F16C, there are 8 halves, and `Vector` is of 8 floats.
            return unsafe {
                transmute_copy(&x86::_mm256_cvtph_ps(x86::_mm_loadu_si128(at.cast())))
            };
        }
    }
    let _ = (simd, halves);
    unreachable!("panels of halves are for sets that load them")
}

const INFINITY: u16 = 0x7c00;
const LARGEST: u16 = INFINITY - 1;
/// The smallest normal half, and the step of those below it.
const SMALLEST_NORMAL: f32 = 1.0 / 16384.0;
const STEP: f32 = SMALLEST_NORMAL / 1024.0;
/// Between the exponents of both, at their place in a float.
const BIAS: u32 = (127 - 15) << 23;

/// The nearest half, ties to even. Finite values stay finite: beyond 65504 they become 65504.
pub fn to_half(value: f32) -> u16 {
    let sign = (value.to_bits() >> 16) as u16 & 0x8000;
    let size = value.abs();
    let bits = size.to_bits();
    sign | if size < SMALLEST_NORMAL {
        (size / STEP).round_ties_even() as u16
    } else if size.is_finite() {
        let even = bits >> 13 & 1;
        ((bits - BIAS + 0xfff + even) >> 13).min(u32::from(LARGEST)) as u16
    } else {
        INFINITY | u16::from(size.is_nan()) << 9
    }
}

/// The value of a half.
pub fn from_half(half: u16) -> f32 {
    let bits = u32::from(half & 0x7fff);
    let size = if bits < 1 << 10 {
        bits as f32 * STEP
    } else if half & INFINITY == INFINITY {
        f32::from_bits(0xff << 23 | bits << 13)
    } else {
        f32::from_bits((bits << 13) + BIAS)
    };
    if half & 0x8000 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, Kernel, lanes};
    use fearless_simd::prelude::*;

    #[test]
    fn every_half_survives_the_way_there_and_back() {
        for half in 0..=u16::MAX {
            let value = from_half(half);
            if value.is_nan() {
                assert!(from_half(to_half(value)).is_nan());
            } else {
                assert_eq!(to_half(value), half);
            }
        }
    }

    #[test]
    fn values_between_two_halves_go_to_the_nearest_and_ties_to_the_even_one() {
        for half in 0..LARGEST {
            let (low, high) = (from_half(half), from_half(half + 1));
            let middle = (low + high) / 2.0;
            assert_eq!(to_half(middle), half + (half & 1));
            assert_eq!(to_half(middle.next_down()), half);
            assert_eq!(to_half(-middle.next_up()), 0x8000 | (half + 1));
        }
    }

    #[test]
    fn what_is_too_large_becomes_the_largest() {
        for value in [65504.0, 65519.0, 65520.0, 1e30, f32::MAX] {
            assert_eq!(from_half(to_half(value)), 65504.0);
            assert_eq!(from_half(to_half(-value)), -65504.0);
        }
        assert_eq!(from_half(to_half(f32::INFINITY)), f32::INFINITY);
    }

    #[test]
    fn loads_what_the_half_means_whatever_happens_to_denormals() {
        struct Check;
        impl Kernel for Check {
            type Output = ();
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) {
                if !loads_halves(simd) {
                    return;
                }
                let _flush = crate::FlushDenormals::new();
                let all: Vec<u16> = (0..INFINITY).chain(0x8000..0x8000 | INFINITY).collect();
                for halves in all.chunks_exact(lanes::<S>()) {
                    let loaded: Vector<S> = load_halves(simd, halves);
                    for (value, half) in loaded.as_slice().iter().zip(halves) {
                        assert_eq!(value.to_bits(), from_half(*half).to_bits());
                    }
                }
            }
        }
        for isa in Isa::available() {
            assert_eq!(isa.loads_halves(), matches!(isa.name(), "avx2" | "avx512"));
            isa.run(Check);
        }
    }
}
