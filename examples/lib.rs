//! samos examples.
