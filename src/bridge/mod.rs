//! The use cases of one mapping over its directories. They carry out the plans that [`translate`](crate::translate) makes.

mod answer;
mod bulk;
mod by_id;
mod candidates;
mod catalog;
pub mod check;

mod context;
mod cursor;
mod discovery;
mod dynamic;
mod error;
mod everywhere;
mod feed;
mod fetch;
mod get;
mod keys;
mod list;
mod lookup;
mod oddities;
mod page;
mod partition;
mod query;
mod referrers;
mod resolve;
mod scan;
mod service;
mod snapshot;
mod walk;
mod write;

pub use answer::{Fetched, Representation};
pub use context::{ClientInfo, Context, Dialect, PatchAnswer, Selection};
pub use cursor::{CursorKey, InvalidCursorKey};
pub use error::Error;
pub use service::{Bridge, InvalidBridge, Limits, Target, Writing};
pub use write::{Preconditions, Written};

pub use crate::mapping::model::TypeIndex;
pub use crate::scim::bulk::Job;
