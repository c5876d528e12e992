//! The parameters of a query and what their values have in common, in a URL and in a body.

use crate::scim::error::Error;
use crate::scim::sort::SortOrder;

/// How many names a list may have, and how many octets they may have together: some ten times what all schemas have.
pub(super) const MOST_NAMES: usize = 1_000;
const MOST_OCTETS: usize = 16 << 10;

/// A parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
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

    pub(super) fn name(self) -> &'static str {
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

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn wrong(self, expected: &str) -> Error {
        Error::invalid_value(format!("`{}` must be {expected}", self.name()))
    }
}

pub(super) fn sort_order(text: &str) -> Result<SortOrder, Error> {
    match text.trim() {
        "" => Ok(SortOrder::default()),
        order if order.eq_ignore_ascii_case("ascending") => Ok(SortOrder::Ascending),
        order if order.eq_ignore_ascii_case("descending") => Ok(SortOrder::Descending),
        _ => Err(Parameter::SortOrder.wrong("`ascending` or `descending`")),
    }
}

/// The names in a comma-separated list.
pub(super) fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Refuses lists that are too long.
pub(super) fn check_names(parameter: Parameter, names: &[String]) -> Result<(), Error> {
    if names.len() > MOST_NAMES || names.iter().map(String::len).sum::<usize>() > MOST_OCTETS {
        return Err(parameter.wrong(&format!("at most {MOST_NAMES} names of {MOST_OCTETS} octets together")));
    }
    Ok(())
}
