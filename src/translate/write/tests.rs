//! Plans for writes: a table of cases (`tests/cases/write.toml`) and laws over random ones, each carried out on a model of a directory.

mod kit;
mod laws;
mod model;
mod others;
mod table;
