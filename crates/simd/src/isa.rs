//! Detection, naming and forcing of instruction sets.

use crate::DotLayout;
use fearless_simd::{Level, Simd};

/// A computation that can run on any instruction set.
pub trait Kernel {
    /// What it returns.
    type Output;

    /// The computation. Implementations are `#[inline(always)]`, and so is what they call,
    /// unless that enables the instructions again by [`Simd::vectorize`].
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// An instruction set that this machine is known to have, with the token that proves it.
///
/// SSE4.2 is not among them: no kernel here gains from it over the x86-64 baseline.
#[derive(Clone, Copy, Debug)]
pub enum Isa {
    /// Plain code, the specification of the others.
    #[cfg(feature = "scalar")]
    Scalar(fearless_simd::Fallback),
    /// Baseline of x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2(fearless_simd::x86::Sse2),
    /// AVX2 with FMA (x86-64-v3).
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::x86::Avx2),
    /// AVX-512 as of Ice Lake and Zen 4.
    #[cfg(target_arch = "x86_64")]
    Avx512(fearless_simd::x86::Avx512),
    /// Baseline of arm64.
    #[cfg(target_arch = "aarch64")]
    Neon(fearless_simd::aarch64::Neon),
    /// Fixed-width WebAssembly SIMD, with relaxed multiply-add in the artefact built for it.
    #[cfg(target_arch = "wasm32")]
    Simd128(fearless_simd::wasm32::WasmSimd128),
}

/// The asked-for set is not a known name, or this machine lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownIsa {
    /// What could be asked for.
    pub available: Vec<&'static str>,
}

impl Isa {
    /// The best set of this machine.
    ///
    /// # Panics
    /// Never: every target has a baseline.
    pub fn detect() -> Self {
        *Self::available().last().expect("every target has a baseline")
    }

    /// The set called `name`, for tests and comparisons.
    pub fn force(name: &str) -> Result<Self, UnknownIsa> {
        let all = Self::available();
        all.iter()
            .copied()
            .find(|isa| isa.name() == name)
            .ok_or_else(|| UnknownIsa { available: all.iter().map(|isa| isa.name()).collect() })
    }

    /// Every set that can be forced here, weakest first.
    pub fn available() -> Vec<Self> {
        let level = Level::new();
        let mut all = Vec::new();
        #[cfg(feature = "scalar")]
        if let Level::Fallback(token) = Level::fallback() {
            all.push(Self::Scalar(token));
        }
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(level.as_sse2().map(Self::Sse2));
            all.extend(level.as_avx2().map(Self::Avx2));
            all.extend(level.as_avx512().map(Self::Avx512));
        }
        #[cfg(target_arch = "aarch64")]
        all.extend(level.as_neon().map(Self::Neon));
        #[cfg(target_arch = "wasm32")]
        all.extend(level.as_wasm_simd128().map(Self::Simd128));
        all
    }

    /// The short name used in options, tests and reports.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "scalar")]
            Self::Scalar(_) => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Sse2(_) => "sse2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
            #[cfg(target_arch = "wasm32")]
            Self::Simd128(_) if cfg!(target_feature = "relaxed-simd") => "relaxed",
            #[cfg(target_arch = "wasm32")]
            Self::Simd128(_) => "simd128",
        }
    }

    /// f32 lanes of one vector: the unit width of packed panels.
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl Kernel for Lanes {
            type Output = usize;
            #[inline(always)]
            fn run<S: Simd>(self, _: S) -> usize {
                crate::lanes::<S>()
            }
        }
        self.run(Lanes)
    }

    /// Whether panels of half precision can be loaded; see [`crate::loads_halves`].
    pub fn loads_halves(self) -> bool {
        struct LoadsHalves;
        impl Kernel for LoadsHalves {
            type Output = bool;
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> bool {
                crate::loads_halves(simd)
            }
        }
        self.run(LoadsHalves)
    }

    /// How whole-number weights lie; see [`crate::dot_layout`].
    pub fn dot_layout(self) -> DotLayout {
        struct Layout;
        impl Kernel for Layout {
            type Output = DotLayout;
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> DotLayout {
                crate::dot_layout(simd)
            }
        }
        self.run(Layout)
    }

    /// Runs `kernel` with the instructions of this set enabled.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(feature = "scalar")]
            Self::Scalar(token) => enabled(token, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2(token) => enabled(token, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(token) => enabled(token, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(token) => enabled(token, kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(token) => enabled(token, kernel),
            #[cfg(target_arch = "wasm32")]
            Self::Simd128(token) => enabled(token, kernel),
        }
    }
}

#[inline(always)]
fn enabled<S: Simd, K: Kernel>(token: S, kernel: K) -> K::Output {
    token.vectorize(
        #[inline(always)]
        || kernel.run(token),
    )
}
