//! The schema that a directory publishes (RFC 4512 section 4.2), and the standard one for when no directory is at hand.

mod class;
mod core;
mod description;
mod index;
mod parse;
mod types;

pub use index::{SchemaWarning, Subschema};
pub use types::{AttributeType, ClassKind, MatchingRuleDescription, ObjectClass, Oid, ResolvedAttribute, Usage};
