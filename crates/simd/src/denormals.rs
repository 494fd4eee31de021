//! Flush-to-zero for the length of a call.
//!
//! Recurrent states decay into denormals, where x86 multiplies an order of magnitude
//! slower. WebAssembly has no such mode; there the cell epilogues do it.

/// Denormal results and operands count as zero until this value is dropped.
#[must_use = "the mode ends when the guard is dropped"]
pub struct FlushDenormals {
    #[cfg_attr(miri, allow(dead_code, reason = "inline assembly does not run under Miri"))]
    saved: u64,
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod control {
    /// MXCSR bits 15 (flush to zero) and 6 (denormals are zero).
    pub(super) const FLUSH: u64 = 1 << 15 | 1 << 6;

    pub(super) fn read() -> u64 {
        let mut mxcsr = 0_u32;
        // SAFETY: stmxcsr writes four bytes to the address of a live u32.
        unsafe {
            core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr, options(nostack, preserves_flags))
        };
        u64::from(mxcsr)
    }

    pub(super) fn write(value: u64) {
        let mxcsr = value as u32;
        // SAFETY: ldmxcsr reads four bytes of a live u32; the value came from stmxcsr, with at most the
        // two flush bits added, which every x86-64 has, so no reserved bit is set. Rounding and masks
        // stay as Rust expects them; the exception flags may change, hence no preserves_flags.
        unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const mxcsr, options(nostack)) };
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod control {
    /// FPCR bit 24 (FZ).
    pub(super) const FLUSH: u64 = 1 << 24;

    pub(super) fn read() -> u64 {
        let fpcr: u64;
        // SAFETY: FPCR may be read at every exception level.
        unsafe {
            core::arch::asm!("mrs {}, fpcr", out(reg) fpcr, options(nomem, nostack, preserves_flags))
        };
        fpcr
    }

    pub(super) fn write(value: u64) {
        // SAFETY: the value came from FPCR, with at most FZ added.
        unsafe {
            core::arch::asm!("msr fpcr, {}", in(reg) value, options(nomem, nostack, preserves_flags))
        };
    }
}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod control {
    pub(super) const FLUSH: u64 = 0;
    pub(super) fn read() -> u64 {
        0
    }
    pub(super) fn write(_: u64) {}
}

impl FlushDenormals {
    /// Switches the mode on for this thread.
    #[allow(clippy::new_without_default, reason = "a guard is entered, not defaulted")]
    pub fn new() -> Self {
        let saved = control::read();
        control::write(saved | control::FLUSH);
        Self { saved }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        control::write(self.saved);
    }
}

#[cfg(all(test, not(miri), any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use std::hint::black_box;

    fn half_of_smallest_normal() -> f32 {
        black_box(f32::MIN_POSITIVE) * black_box(0.5)
    }

    #[test]
    fn flushes_inside_and_restores_outside() {
        assert_ne!(half_of_smallest_normal(), 0.0);
        {
            let _guard = FlushDenormals::new();
            assert_eq!(half_of_smallest_normal(), 0.0);
        }
        assert_ne!(half_of_smallest_normal(), 0.0);
    }

    #[test]
    fn an_inner_guard_leaves_the_mode_of_the_outer_one() {
        let outer = FlushDenormals::new();
        drop(FlushDenormals::new());
        assert_eq!(half_of_smallest_normal(), 0.0);
        drop(outer);
        assert_ne!(half_of_smallest_normal(), 0.0);
    }

    #[test]
    fn a_panic_ends_the_mode() {
        let panicked = std::panic::catch_unwind(|| {
            let _guard = FlushDenormals::new();
            assert_eq!(half_of_smallest_normal(), 0.0);
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.is_err());
        assert_ne!(half_of_smallest_normal(), 0.0);
    }

    #[test]
    fn a_guard_changes_the_flush_bits_only() {
        let before = control::read();
        let guard = FlushDenormals::new();
        assert_eq!(control::read(), before | control::FLUSH);
        drop(guard);
        assert_eq!(control::read(), before);
    }
}
