//! An array of the caller by its address alone.

use cellgate::{Code, Error, Input};
use napi::bindgen_prelude::{FromNapiValue, TypeName};
use napi::check_status;
use napi::sys::{self, TypedarrayType};
use napi::{Result, ValueType};
use std::ptr::{null_mut, slice_from_raw_parts, slice_from_raw_parts_mut};

/// A typed array for the length of a call that runs no JavaScript.
///
/// Slices as arguments are entered in a table of borrows, which takes several times as long as a step of a small layer;
/// nothing keeps two of these apart, hence unsafe.
pub(crate) struct Numbers {
    kind: sys::napi_typedarray_type,
    data: *mut std::ffi::c_void,
    length: usize,
}

impl TypeName for Numbers {
    fn type_name() -> &'static str {
        "TypedArray"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl FromNapiValue for Numbers {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut numbers = Self { kind: 0, data: null_mut(), length: 0 };
        let Self { kind, data, length } = &mut numbers;
        let (buffer, offset) = (null_mut(), null_mut());
        // SAFETY: `env` and `value` are those of the call at hand, and what is not asked for may be null.
        check_status!(unsafe {
            sys::napi_get_typedarray_info(env, value, kind, length, data, buffer, offset)
        })?;
        Ok(numbers)
    }
}

impl Numbers {
    /// Values or ids.
    ///
    /// # Safety
    /// No JavaScript runs while the result lives, and nothing writes to the array.
    pub unsafe fn input<'a>(&self) -> std::result::Result<Input<'a>, Error> {
        // SAFETY: of these types, and the caller promises the rest.
        unsafe {
            match self.kind {
                TypedarrayType::float32_array => Ok(Input::Values(self.slice())),
                TypedarrayType::int32_array => Ok(Input::Ids(self.slice())),
                _ => Err(Error::new(Code::Internal, "cellgate", "float32 or int32", "another")),
            }
        }
    }

    /// # Safety
    /// The array is of this type; else as of `input`.
    unsafe fn slice<'a, T>(&self) -> &'a [T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: a typed array's data are valid, aligned for their type, and stay while no JavaScript runs.
        unsafe { &*slice_from_raw_parts(self.data.cast(), self.length) }
    }

    /// Values.
    ///
    /// # Safety
    /// As of `input`.
    pub unsafe fn floats<'a>(&self) -> std::result::Result<&'a [f32], Error> {
        // SAFETY: as said above.
        match unsafe { self.input()? } {
            Input::Values(values) => Ok(values),
            Input::Ids(_) => Err(Error::new(Code::Internal, "cellgate", "float32", "int32")),
        }
    }

    /// Lengths of sequences.
    ///
    /// # Safety
    /// As of `input`.
    pub unsafe fn lengths<'a>(&self) -> std::result::Result<&'a [u32], Error> {
        if self.kind != TypedarrayType::uint32_array {
            return Err(Error::new(Code::Internal, "cellgate", "uint32", "another"));
        }
        // SAFETY: of this type, and the caller promises the rest.
        Ok(unsafe { self.slice() })
    }

    /// Where results go.
    ///
    /// # Safety
    /// No JavaScript runs while the result lives, and nothing else reads or writes the array.
    pub unsafe fn output<'a>(&self) -> std::result::Result<&'a mut [f32], Error> {
        if self.length == 0 {
            return Ok(&mut []);
        }
        if self.kind != TypedarrayType::float32_array {
            return Err(Error::new(Code::Internal, "cellgate", "float32", "another"));
        }
        // SAFETY: as in `slice`, and not shared, as the caller says.
        Ok(unsafe { &mut *slice_from_raw_parts_mut(self.data.cast(), self.length) })
    }
}
