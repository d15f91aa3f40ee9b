//! Chores of the repository: tidy, test, demo, bench.
fn main() {}
