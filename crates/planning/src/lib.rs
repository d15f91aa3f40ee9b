//! Search over operations: slices, binds, chains, ranks, orders.
