//! What a client may see and write: keys of `[bridge.NAME.client.NAME]`.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::codes;
use super::scope::Scope;
use crate::diagnostics::toml::{Key, Kind};
use crate::diagnostics::{Code, Diagnostic, Severity, Span};
use crate::ldap::Dn;

pub(super) const ACCESS: Key = Key::new(
    "access",
    Kind::OneOf(&["read", "write"]),
    "What the client may do: `read` refuses every POST, PUT, PATCH, DELETE and bulk operation with 403.",
)
.default("\"write\"");

pub(super) const TYPES: Key = Key::new(
    "types",
    Kind::Texts,
    "The resource types that there are for the client; all of them unless given. Others answer 403, and references to them aren't \
     shown.",
)
.example("[\"User\"]");

pub(super) const ATTRIBUTES: Key = Key::new(
    "attributes",
    Kind::Texts,
    "The attributes that there are for the client, beside `schemas`, `id` and `meta`; all of them unless given. Others can't be read, \
     written, filtered or sorted by: they are unknown. `Group.members` means an attribute of one type, an extension's URN all of it.",
)
.example("[\"userName\", \"name\", \"emails\", \"active\", \"Group.displayName\"]");

pub(super) const HIDDEN: Key =
    Key::new("hidden", Kind::Texts, "Attributes that aren't there for the client: the other way round.")
        .example("[\"phoneNumbers\", \"addresses\"]");

pub(super) const WRITABLE: Key = Key::new(
    "writable",
    Kind::Texts,
    "The attributes that the client may write; all that it sees unless given. Others are `readOnly` in its schemas: PUT passes them over, \
     a PATCH that names one is refused with 400 `mutability`.",
)
.example("[\"active\", \"title\"]");

pub(super) const ONLY: Key = Key::new(
    "only",
    Kind::AnyOf(&[Kind::Text, Kind::Map(&Kind::Text)]),
    "A SCIM filter that resources must satisfy to be there for the client, or one for each of some types \
     (`{ User = '…', Group = '…' }`). Others are 404, in no list and no reference; a write that would lead out of it or into it is 403. \
     One filter for all hides the types that it can't be said of. The directory decides it, with its own rules of equality and \
     whichever of an attribute's values it finds, so it must be one that the directory can decide.",
)
.example("'userType eq \"contractor\"'");

pub(super) const WITHIN: Key = Key::new(
    "within",
    Kind::Texts,
    "DNs of entries below which (or at which) resources must stand to be there for the client, and below which new ones must be made.",
)
.example("[\"ou=berlin,ou=people,dc=example,dc=com\"]");

pub(super) const LARGEST_PAGE: Key = Key::new(
    "largest_page",
    Kind::Range(1, 100_000),
    "The most resources that a page has for the client; `limits.page_max` unless that is less.",
)
.example("200");

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// Filters that a client's resources must satisfy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Only {
    /// One for all types.
    Every(String),
    /// One for each of some types, by name.
    Some(BTreeMap<String, String>),
}

/// The keys that confine a client.
const KEYS: [&str; 6] = ["types", "attributes", "hidden", "writable", "only", "within"];

/// Where the settings confine a client: for what is found out once mapping and directories are known.
#[derive(Debug, Clone, Default)]
pub struct ConfinedAt {
    path: String,
    spans: BTreeMap<&'static str, Span>,
}

impl ConfinedAt {
    pub(super) fn of(scope: &Scope<'_>) -> Self {
        let span = |key: &str| scope.finding(Severity::Error, key, &codes::BAD_CONFINEMENT, "").span;
        let given = KEYS.into_iter().filter(|key| scope.given(key));
        Self { path: scope.path().to_owned(), spans: given.filter_map(|key| Some((key, span(key)?))).collect() }
    }

    /// An error at the `key` that confines the client.
    pub fn error(&self, key: &str, code: &'static Code, text: &str) -> Diagnostic {
        let finding = Diagnostic::error(code, format!("`{}.{key}`: {text}", self.path));
        match self.spans.get(key) {
            Some(span) => finding.at(span),
            None => finding,
        }
    }
}

/// What a client is confined to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confined {
    /// `types`
    pub types: Option<Vec<String>>,
    /// `attributes`
    pub attributes: Option<Vec<String>>,
    /// `hidden`
    pub hidden: Option<Vec<String>>,
    /// `writable`
    pub writable: Option<Vec<String>>,
    /// `only`
    pub only: Option<Only>,
    /// `within`
    pub within: Option<Vec<String>>,
}

impl Confined {
    pub(super) fn validate(&self, scope: &mut Scope<'_>) {
        let lists = [("types", &self.types), ("attributes", &self.attributes), ("within", &self.within)];
        for (key, list) in lists {
            if list.as_ref().is_some_and(Vec::is_empty) {
                scope.error(key, &codes::BAD_CONFINEMENT, "is empty: there is nothing that the client could see");
            }
        }
        for dn in self.within.iter().flatten() {
            if dn.parse::<Dn>().map_or(true, |dn| dn.is_root()) {
                scope.error("within", &codes::BAD_CONFINEMENT, "not a DN");
            }
        }
        let is_blank = match &self.only {
            None => false,
            Some(Only::Every(text)) => text.trim().is_empty(),
            Some(Only::Some(filters)) => filters.is_empty() || filters.values().any(|text| text.trim().is_empty()),
        };
        if is_blank {
            scope.error("only", &codes::BAD_CONFINEMENT, "is empty");
        }
    }
}
