//! Providers played.
