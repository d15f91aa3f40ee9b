//! Codes of planning and the reasoners.

super::codes! {}
