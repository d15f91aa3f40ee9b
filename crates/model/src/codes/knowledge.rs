//! Codes of loading, validating and interpreting knowledge.

super::codes! {}
