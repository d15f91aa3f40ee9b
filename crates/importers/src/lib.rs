//! Other people's models of what can be done, as ontology worlds; and our worlds in their notation.
//!
//! In: texts and the names of the files they stand in. Out: Turtle that `knowledge` loads, or findings with file, line
//! and column. Not here: reading or writing files, loading what was made, planning.

pub mod pddl;
