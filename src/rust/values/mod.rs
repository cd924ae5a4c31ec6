//! Values on their way between Python and Rust.

pub mod int_list;
pub mod repr;
pub mod reserve;
pub mod seconds;
pub mod sequences;
