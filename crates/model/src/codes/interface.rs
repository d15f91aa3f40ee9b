//! Codes of the command line.

super::codes! {}
