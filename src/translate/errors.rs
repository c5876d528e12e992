//! What a directory's refusal means to a SCIM client.
//!
//! A directory's own words may name DNs and hold values: they go to the log, and what the client reads is ours.

mod failure;
mod named;
mod search;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod write;

pub use failure::of_failure;
pub use search::{of_search, retry_after, scan_too_large, too_many, too_many_members};
pub use verdict::{NameOf, Verdict, WriteKind};
pub use write::of_write;
