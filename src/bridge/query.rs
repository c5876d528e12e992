//! A list request, understood: types, filter, order, selection, page.

use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::context::{Context, Selection};
use super::error::Error;
use super::service::{Bridge, Target};
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::scim::filter;
use crate::scim::filter::ast::Expr;
use crate::scim::filter::typed::Filter as ScimFilter;
use crate::scim::query::SearchRequest;
use crate::scim::resource_schema::{AttrPath, ResourceSchema};
use crate::scim::sort::{self, SortOrder};

/// A list request, understood.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) kinds: Vec<KindQuery>,
    pub(super) filter: FilterText,
    pub(super) sort_text: Option<String>,
    pub(super) order: SortOrder,
    pub(super) selection: Arc<Selection>,
    /// From 1.
    pub(super) start: usize,
    pub(super) count: usize,
    /// What the client said, for cursors: it must say the same on every page.
    pub(super) count_given: Option<i64>,
    /// The cursor; empty for a first page.
    pub(super) cursor: Option<String>,
}

/// A filter in canonical form, printed when that is first asked for.
#[derive(Debug, Default)]
pub(super) struct FilterText {
    parsed: Option<Expr>,
    text: OnceLock<String>,
}

impl FilterText {
    /// Whether there is a filter.
    pub(super) fn is_some(&self) -> bool {
        self.parsed.is_some()
    }

    /// The text, where there is a filter.
    pub(super) fn text(&self) -> Option<&str> {
        self.parsed.as_ref().map(|parsed| self.text.get_or_init(|| parsed.to_string()).as_str())
    }
}

/// What a query means for one type.
#[derive(Debug)]
pub(super) struct KindQuery {
    pub(super) kind: TypeIndex,
    pub(super) filter: Option<ScimFilter>,
    pub(super) sort: Option<AttrPath>,
}

impl Query {
    /// What a cursor is bound to: the query but for its page, and the client.
    ///
    /// Not the mapping: a cursor names the resources that came last, and whoever is in the middle of a list when the mapping is
    /// read again goes on behind them.
    pub(super) fn digest(&self, cx: &Context) -> [u8; 16] {
        let mut hash = Sha256::new();
        let kinds: Vec<usize> = self.kinds.iter().map(|kind| kind.kind).collect();
        let text = format!(
            "{kinds:?} {:?} {:?} {:?} {:?} {:?} {}",
            self.filter.text(),
            self.sort_text,
            self.order,
            self.selection,
            cx.client.name,
            cx.client.visibility
        );
        hash.update(text.as_bytes());
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }

    /// Whether the client asked for an order.
    pub(super) fn sorted(&self) -> bool {
        self.kinds.iter().any(|kind| kind.sort.is_some())
    }
}

impl Bridge {
    /// Understands `request`.
    ///
    /// # Errors
    /// 400 `invalidFilter`, `invalidPath` or `invalidValue`, saying what is wrong.
    pub(super) fn query(&self, cx: &Context, target: Target, request: &SearchRequest) -> Result<Query, Error> {
        let parsed = request.filter.as_deref().map(|text| filter::parse(text, &self.limits.filter)).transpose();
        let parsed = parsed.map_err(scim::Error::from)?;
        let kinds: Vec<TypeIndex> = match target {
            Target::Type(kind) => {
                self.admit(kind)?;
                vec![kind]
            }
            Target::All => (0..self.mapping.resources.len()).filter(|kind| self.mapping.has(*kind)).collect(),
        };
        let schemas: Vec<&ResourceSchema> = kinds.iter().map(|kind| &*self.mapping.resources[*kind].schema).collect();
        let mut understood = Vec::new();
        let mut refusal = None;
        for (kind, schema) in kinds.iter().zip(&schemas) {
            match parsed.as_ref().map(|parsed| filter::resolve_among(parsed, schema, &schemas)).transpose() {
                Ok(filter) => understood.push(KindQuery { kind: *kind, filter, sort: None }),
                // What is said of another type's attribute of that name can't be said of this one's. If it can be said of none,
                // the first says why.
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        if understood.is_empty() {
            return Err(refusal.map_or(Error::Internal, Error::from));
        }
        if let Some(name) = &request.sort_by {
            self.sort_by(name, &mut understood)?;
        }
        let count =
            request.count.map_or(self.limits.page_default, |count| usize::try_from(count.max(0)).unwrap_or(usize::MAX));
        Ok(Query {
            kinds: understood,
            filter: FilterText { parsed, text: OnceLock::new() },
            sort_text: request.sort_by.as_ref().map(|name| name.to_ascii_lowercase()),
            order: request.sort_order,
            selection: Arc::new(Selection {
                attributes: request.attributes.clone(),
                excluded: request.excluded_attributes.clone(),
            }),
            start: request.start_index.map_or(1, |start| usize::try_from(start.max(1)).unwrap_or(usize::MAX)),
            count: count.min(self.limits.page_max).min(cx.client.page_max.unwrap_or(usize::MAX)),
            count_given: request.count,
            cursor: request.cursor.clone(),
        })
    }

    /// Resolves `sortBy` for each type. One that lacks the attribute has no value to sort by; one of them must have it.
    fn sort_by(&self, name: &str, kinds: &mut [KindQuery]) -> Result<(), scim::Error> {
        let mut refusal = None;
        for kind in kinds.iter_mut() {
            match sort::resolve(name, &self.mapping.resources[kind.kind].schema, &|_| true) {
                Ok(path) => kind.sort = Some(path),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        match refusal {
            Some(error) if kinds.iter().all(|kind| kind.sort.is_none()) => Err(error),
            _ => Ok(()),
        }
    }
}
