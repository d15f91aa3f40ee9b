//! Carries out a plan: a pure state machine, event in, commands out.
