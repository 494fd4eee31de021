//! The one error type: where, what was expected, what came.

use std::fmt;

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

/// A refused call. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    /// The public call, `lstm.forward`.
    pub place: String,
    /// Begins with the name of the argument.
    pub expected: String,
    pub got: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(
        code: Code,
        place: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        Self { code, place: place.into(), expected: expected.into(), got: got.into() }
    }

    /// How an error crosses a binding; `ts/errors.ts` reads it.
    pub fn to_wire(&self) -> String {
        let Self { code, place, expected, got } = self;
        ["cellgate", code.name(), place, expected, got].join("\u{1f}")
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
    format!("{dims:?}")
}
