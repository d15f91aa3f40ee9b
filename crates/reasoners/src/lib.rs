//! The four kinds of reasoning assistance, and goals.
