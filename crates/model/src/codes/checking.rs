//! Codes of the checker of plans.

super::codes! {}
