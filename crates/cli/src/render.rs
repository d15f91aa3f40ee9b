//! How things look: tables, plans, findings. Pure functions from values to text.

pub(crate) mod answer;
pub(crate) mod diagnostic;
pub(crate) mod names;
pub(crate) mod plan;
pub(crate) mod preparation;
pub(crate) mod ready;
pub(crate) mod run;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod yaml;
