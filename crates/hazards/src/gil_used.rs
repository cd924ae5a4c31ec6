//! A module that does not declare itself safe without the GIL.
//!
//! Rule: declare a module safe (`gil_used = false`, PyO3's default since 0.28) when it is. Importing
//! one that is not switches the GIL on for the whole process and for good, and says so in a
//! `RuntimeWarning`; `PYTHON_GIL=0` keeps it off at the user's risk.
//!
//! It is a second module in this library, which Python loads from the same file under this name.

#[pyo3::pymodule(gil_used = true)]
mod gil_used {}
