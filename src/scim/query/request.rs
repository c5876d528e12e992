//! A query as it was asked.

use crate::scim::sort::SortOrder;

/// A query, from a URL or from the body of a `.search` request. Names and the filter are still text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRequest {
    /// What to show instead of the default; empty when not given.
    pub attributes: Vec<String>,
    /// What not to show; empty when not given.
    pub excluded_attributes: Vec<String>,
    /// Which resources.
    pub filter: Option<String>,
    /// In the order of which attribute.
    pub sort_by: Option<String>,
    /// In which direction.
    pub sort_order: SortOrder,
    /// The first resource to show, counted from 1; may be less than 1, which means 1.
    pub start_index: Option<i64>,
    /// How many resources to show at most; may be negative, which means 0.
    pub count: Option<i64>,
    /// The page to show; `Some("")` is the first page of a query that goes on by cursor.
    pub cursor: Option<String>,
}
