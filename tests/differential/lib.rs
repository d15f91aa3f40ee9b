//! The comparisons of fast and slow answers stand in `main.rs` and beside it.
