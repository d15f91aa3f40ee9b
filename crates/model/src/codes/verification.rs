//! Codes of the verifiers.

super::codes! {}
