//! Change feeds, on real directories.

mod active_directory;
mod ds389;
mod kit;
mod losses;
mod polling;
mod proxy;
mod random;
mod restless;
mod scenario;
mod sync;
