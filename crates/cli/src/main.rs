//! The samos command line.
fn main() {}
