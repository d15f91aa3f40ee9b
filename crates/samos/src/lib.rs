//! The facade of samos: load knowledge, ask the reasoners, check and run plans.
