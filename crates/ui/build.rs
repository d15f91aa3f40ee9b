//! Tells Cargo that the interface was built anew; nothing is built here.

#![allow(clippy::print_stdout, reason = "that is how Cargo is told")]

fn main() {
    // Also where the folder is missing: then this is looked at again each time, until `cargo xtask ui` has made it.
    println!("cargo::rerun-if-changed=web/dist");
}
