//! samos benches.
