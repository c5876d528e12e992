//! What clients send, brought to one form: the bodies of POST and PUT (RFC 7644 sections 3.3 and 3.5.1) and the values of PATCH.
//!
//! The canonical form of a resource has attribute names in the schema's case, extension attributes nested under their URN, values
//! of the attribute's JSON type, no null, no empty string, list or object, nothing unknown or read only, no element twice and at
//! most one primary. It is what [`patch::apply()`](crate::scim::patch::apply()) works on and what is written to the directory.

mod elements;
mod image;
mod keys;
mod place;
mod required;
mod scalar;
mod schemas;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use elements::{Elements, Key};
pub use image::{Image, Mode, resource};
pub(crate) use keys::{select, select_in};
pub use place::place;
pub(crate) use required::parts_missing;
pub use required::{immutable, missing};
pub(crate) use value::{Reader, is_read_only, is_unassigned};
