//! PATCH (RFC 7644 section 3.5.2): body -> [`RawOperation`] -> [`Operation`] -> a changed resource.
//!
//! [`parse()`] reads the message, [`resolve()`] turns what clients really send into operations on attributes of the schema with values
//! in canonical form, [`apply()`] carries them out on a resource, all or none. [`members()`] and [`members_only`] find what can be
//! done to a group without looking at it.

mod apply;
mod body;
mod draft;
mod limits;
mod members;
mod multiple;
mod operation;
mod resolve;
mod single;
mod template;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use apply::{Changed, apply};
pub use body::{RawOperation, URN, parse};
pub use limits::Limits;
pub use members::{MemberDelta, members, members_only};
pub use operation::{Op, Operation, Target, attributes, filtered};
pub use resolve::resolve;
