//! Any specified provider, played from its specifications alone, with faults from a seed.
