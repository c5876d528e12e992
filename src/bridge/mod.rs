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
mod documents;
mod dynamic;
mod error;
mod everywhere;
mod feed;
mod fetch;
mod follow;
mod get;
mod kept;
mod keys;
mod list;
mod lookup;
mod many;
mod memory;
mod meter;
mod oddities;
mod openapi;
mod page;
mod part;
mod partition;
mod plan_key;
mod preload;
mod query;
mod referrers;
mod resolve;
mod scan;
mod service;
mod snapshot;
mod told;
mod views;
mod walk;
mod warm;
mod write;

pub use answer::{Fetched, Representation};
pub use context::{ClientInfo, Context, Dialect, PatchAnswer, Selection};
pub use cursor::{CursorKey, InvalidCursorKey};
pub use error::Error;
pub use follow::FeedHealth;
pub use memory::Remembering;
pub use openapi::Access;
pub use service::{Bridge, InvalidBridge, Limits, Target, Writing};
pub use write::{Preconditions, Written};

pub use crate::directory::{FeedSource, FeedState};
pub use crate::mapping::model::TypeIndex;
pub use crate::scim::bulk::Job;
