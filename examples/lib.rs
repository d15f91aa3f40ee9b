//! One runnable program per idea, for embedding samos in yours: `cargo run -p samos-examples --example NAME`.
//!
//! `embedding` is the whole of it in ten lines; `reasoners` asks each of the four; `simulated_run` runs a plan on
//! providers that fail; `own_graph` brings in a sophia graph; `sparql_over_plans` asks about plans as RDF. Each is
//! also a test.
