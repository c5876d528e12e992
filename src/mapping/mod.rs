//! The mapping language: from a file to a checked, typed [`Mapping`]. Pure.
//!
//! A mapping says, SCIM path on the left, where each attribute lives in LDAP. Filters, PATCH, schema discovery, `check` and the
//! documentation all come from the one compiled value; nothing else knows both languages but [`translate`](crate::translate).

pub mod atom;
pub mod bounds;
mod braces;
pub mod builtin;
mod check;
pub mod codec;
pub mod codes;
mod compile;
pub mod confine;
mod forbidden;
mod load;
pub mod model;
pub mod reference;
pub mod rules;
pub mod spec;
pub mod template;
pub mod value_template;
pub mod writing;

pub use check::check;
pub use compile::compile;
pub use confine::Confinement;
pub use model::Mapping;
