//! Plans accepted and plans refused, on two small clouds.

mod accepted;
mod agreed;
mod carried;
mod evaluated;
mod hostile;
mod ordered;
mod refused;
mod undone;
mod waited;
mod world;
