//! TOML that knows where everything stands, checked against a declaration of its keys.
//!
//! [`Document::parse`] reads a text into [`Node`]s with spans. A [`TableSpec`] declares the keys of a table once;
//! [`Table::check`] holds a table against it, [`json_schema`] and [`markdown`] describe it. The typed getters of [`Table`] and
//! [`Node`] say what is wrong in a [`Report`](super::Report) instead of failing, so that one reading finds every mistake.

mod check;
pub mod codes;
mod merge;
mod node;
mod read;
mod reference;
mod schema;
mod spec;
mod units;

pub use merge::Overlay;
pub use node::{Node, Table, Value};
pub use read::Document;
pub use reference::{markdown, markdown_keys};
pub use schema::json_schema;
pub use spec::{Key, Kind, TableSpec};
pub use units::{parse_duration, parse_size};

#[cfg(test)]
mod tests;
