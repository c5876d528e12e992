//! What a client asks of a list or of a single resource (RFC 7644 sections 3.4.2, 3.4.3 and 3.9, RFC 9865 section 2).

mod body;
mod url;

use super::error::Error;
use super::sort::SortOrder;

/// URN of the body of a `.search` request.
pub const URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

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

impl SearchRequest {
    /// Reads the query of a URL (what follows `?`). Parameter names may be in any case, unknown ones are ignored, `+` is a blank.
    ///
    /// # Errors
    /// 400 `invalidValue` when a parameter isn't UTF-8, is given twice (lists may be), or isn't of its type; when both `attributes`
    /// and `excludedAttributes` are given.
    pub fn from_query(query: &str) -> Result<Self, Error> {
        url::read(query)?.checked()
    }

    /// Reads the body of a `.search` request. Keys may be in any case, unknown ones are ignored, null is the same as nothing.
    ///
    /// # Errors
    /// 400 `invalidSyntax` when it isn't a JSON object, has two keys that differ in case at most, or its `schemas` isn't that of a
    /// search request; 400 `invalidValue` when a member isn't of its type, or both `attributes` and `excludedAttributes` are given.
    pub fn from_body(body: &[u8]) -> Result<Self, Error> {
        body::read(body)?.checked()
    }

    /// The two lists are mutually exclusive (RFC 7644 section 3.9).
    fn checked(self) -> Result<Self, Error> {
        if self.attributes.is_empty() || self.excluded_attributes.is_empty() {
            return Ok(self);
        }
        Err(Error::invalid_value("`attributes` and `excludedAttributes` exclude each other"))
    }
}

/// A parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameter {
    Attributes,
    ExcludedAttributes,
    Filter,
    SortBy,
    SortOrder,
    StartIndex,
    Count,
    Cursor,
}

impl Parameter {
    const ALL: [Self; 8] = [
        Self::Attributes,
        Self::ExcludedAttributes,
        Self::Filter,
        Self::SortBy,
        Self::SortOrder,
        Self::StartIndex,
        Self::Count,
        Self::Cursor,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::ExcludedAttributes => "excludedAttributes",
            Self::Filter => "filter",
            Self::SortBy => "sortBy",
            Self::SortOrder => "sortOrder",
            Self::StartIndex => "startIndex",
            Self::Count => "count",
            Self::Cursor => "cursor",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(name))
    }

    fn wrong(self, expected: &str) -> Error {
        Error::invalid_value(format!("`{}` must be {expected}", self.name()))
    }
}

fn sort_order(text: &str) -> Result<SortOrder, Error> {
    match text.trim() {
        "" => Ok(SortOrder::default()),
        order if order.eq_ignore_ascii_case("ascending") => Ok(SortOrder::Ascending),
        order if order.eq_ignore_ascii_case("descending") => Ok(SortOrder::Descending),
        _ => Err(Parameter::SortOrder.wrong("`ascending` or `descending`")),
    }
}

/// The names in a comma-separated list.
fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
