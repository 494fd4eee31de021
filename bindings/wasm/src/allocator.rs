//! The allocator of the module, a sixth of what that of Rust takes of a page's download.
//!
//! rlsf has one for WebAssembly, too, which never joins what the memory grew by at different times: large buffers
//! that grow would leave holes that none of them fits.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::{NonNull, null_mut, slice_from_raw_parts_mut, with_exposed_provenance_mut};
use rlsf::{FlexSource, FlexTlsf};

const PAGE: usize = 1 << 16;

/// The memory of the module, which only grows.
struct Memory;

/// Grows the memory; gives the byte offset of what is new, and how much it is.
fn grow(bytes: usize) -> Option<(usize, usize)> {
    let pages = bytes.div_ceil(PAGE);
    let before = memory_grow::<0>(pages);
    (before != usize::MAX).then_some((before * PAGE, pages * PAGE))
}

// SAFETY: memory that was grown belongs to nobody else, and what begins at its old end lies behind what ended there.
unsafe impl FlexSource for Memory {
    unsafe fn alloc(&mut self, bytes: usize) -> Option<NonNull<[u8]>> {
        let (start, len) = grow(bytes)?;
        NonNull::new(slice_from_raw_parts_mut(with_exposed_provenance_mut(start), len))
    }

    unsafe fn realloc_inplace_grow(&mut self, part: NonNull<[u8]>, bytes: usize) -> Option<usize> {
        let end = part.addr().get() + part.len();
        if end != memory_size::<0>() * PAGE {
            return None;
        }
        let (_, more) = grow(bytes - part.len())?;
        Some(part.len() + more)
    }

    fn supports_realloc_inplace_grow(&self) -> bool {
        true
    }

    fn min_align(&self) -> usize {
        PAGE
    }
}

/// With classes for every size there can be: with fewer, rlsf joins nothing that the memory grew by.
struct Allocator(UnsafeCell<FlexTlsf<Memory, u32, u16, 28, 16>>);

// SAFETY: there is one thread.
#[cfg(not(target_feature = "atomics"))]
unsafe impl Sync for Allocator {}

// SAFETY: rlsf keeps what `GlobalAlloc` asks for. Nothing that it calls allocates, so there is one reference at a time.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let inner = unsafe { &mut *self.0.get() };
        inner.allocate(layout).map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as above; `start` came from `alloc`, which does not give null to who frees it.
        unsafe { (*self.0.get()).deallocate(NonNull::new_unchecked(start), layout.align()) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(FlexTlsf::new(Memory)));
