//! The one error type: where, what was expected, what came.

use crate::text::text;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// What kind of input was wrong. The names are stable; JavaScript sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Shape,
    Value,
    State,
    Parameters,
    Memory,
    Unsupported,
    Backend,
    Diverged,
    Busy,
    Internal,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Value => "value",
            Self::State => "state",
            Self::Parameters => "parameters",
            Self::Memory => "memory",
            Self::Unsupported => "unsupported",
            Self::Backend => "backend",
            Self::Diverged => "diverged",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    Text(String),
    /// Crosses as it is: JavaScript has the code that writes it, a page need not load another.
    Number(f64),
}

impl From<&str> for Got {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Got {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Got {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Got {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

/// A refused call. Nothing has changed. It is one pointer, so that results pass in registers.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Refusal>);

/// What an [`Error`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: Code,
    /// The public call, `lstm.forward`.
    pub place: String,
    /// Begins with the name of the argument.
    pub expected: String,
    pub got: Got,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(
        code: Code,
        place: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<Got>,
    ) -> Self {
        let (place, expected, got) = (place.into(), expected.into(), got.into());
        Self(Box::new(Refusal { code, place, expected, got }))
    }

    /// How an error crosses a binding; `ts/errors.ts` reads it.
    pub fn to_wire(&self) -> String {
        let Refusal { code, place, expected, got } = &*self.0;
        let got = match got {
            Got::Text(text) => text,
            Got::Number(number) => &text!["\u{1e}", number.to_bits()],
        };
        ["cellgate", code.name(), place, expected, got].join("\u{1f}")
    }
}

impl Deref for Error {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}, got {}", self.place, self.expected, self.got)
    }
}

impl std::error::Error for Error {}

/// `[8, 100, 40]`
pub(crate) fn dims_text(dims: &[usize]) -> String {
    text![dims]
}
