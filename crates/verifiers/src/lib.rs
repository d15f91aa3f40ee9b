//! Is a request well formed, and is it allowed now? Parameter and precondition verification.
