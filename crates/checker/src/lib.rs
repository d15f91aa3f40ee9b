//! The independent checker of plans, with its own evaluation.
