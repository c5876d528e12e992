//! How much of a PATCH is read before it is refused.

use crate::scim::filter;

/// Limits that are kept while reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Operations in a request, and again when values without a path are taken apart (then at least as many as the resource type
    /// has attributes and sub-attributes).
    pub max_operations: usize,
    /// Each path with its filter.
    pub path: filter::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_operations: 1_000, path: filter::Limits::default() }
    }
}
