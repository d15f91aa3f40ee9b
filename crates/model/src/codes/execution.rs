//! Codes of execution and simulation.

super::codes! {}
