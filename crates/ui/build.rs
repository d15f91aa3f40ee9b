//! Tells Cargo that the interface was built anew; nothing is built here.

fn main() {
    // Also where the folder is missing: then this is looked at again each time, until `cargo xtask ui` has made it.
    println!("cargo::rerun-if-changed=web/dist");
}
