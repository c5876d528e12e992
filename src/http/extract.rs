//! What handlers want to know of a request, as axum's extractors. Each refuses with a [`Failure`].

mod caller;
mod content;
mod name;

pub(super) use caller::Caller;
pub(super) use content::{Conditions, Query, Search, TakesJson};
pub(super) use name::{Entry, Name, Subject};
