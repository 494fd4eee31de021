//! The one gate order inside cellgate: PyTorch's. Importers permute once.
//!
//! A cell that lacks a gate keeps the order of the rest.

/// Gates of the LSTM in the order of weight rows.
pub mod lstm {
    pub const INPUT: usize = 0;
    pub const FORGET: usize = 1;
    pub const CANDIDATE: usize = 2;
    pub const OUTPUT: usize = 3;
    pub const COUNT: usize = 4;
}

/// Gates of the GRU in the order of weight rows.
pub mod gru {
    pub const RESET: usize = 0;
    pub const UPDATE: usize = 1;
    pub const CANDIDATE: usize = 2;
    pub const COUNT: usize = 3;
}
