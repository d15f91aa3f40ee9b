//! The source paper as code: slow, obvious twins of the reasoners, for tests.
