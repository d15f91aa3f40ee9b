//! samos tests.
