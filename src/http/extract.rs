//! What handlers want to know of a request, as axum's extractors. Each refuses with a [`Failure`].

mod caller;
mod content;
mod expected;
mod message;
mod name;

pub(super) use caller::Caller;
pub(super) use content::{Conditions, Query, Search, TakesJson};
pub(super) use expected::{Expected, Selected};
pub(super) use message::{Bulk, Document, Resource};
pub(super) use name::{Entry, Kind, Name, Subject};
