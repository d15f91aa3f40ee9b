//! Fast and slow answers side by side on random worlds.
//!
//! Every seed makes a small world and questions about it. The planner, the reasoners and the checker answer; the
//! reference answers by brute force with an evaluation of its own; they must agree. A difference prints the seed, the
//! question and the world as Turtle. `SAMOS_SEED=n` runs that world alone, `SAMOS_LONG=1` runs 10,000, and
//! `SAMOS_FROM=n` with `SAMOS_WORLDS=m` runs m of them from the n-th on.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a comparison says what it saw, and ends the test where something differs"
)]

mod chains;
mod compositions;
mod connections;
mod estates;
mod goals;
mod groups;
mod landmarks;
mod loaded;
mod mutants;
mod plans;
mod preparations;
mod standing;
mod waiting;
mod workshops;
mod worlds;
