//! How much of a filter is read before it is refused.

/// Limits that are kept while parsing, so that what exceeds them costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub max_bytes: usize,
    /// Levels of brackets and `not`.
    pub max_depth: usize,
    /// Comparisons and presence tests.
    pub max_terms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 65_536, max_depth: 32, max_terms: 1_000 }
    }
}
