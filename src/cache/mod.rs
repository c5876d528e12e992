//! What is remembered, and when it is forgotten.

pub mod changes;
pub mod dns;
pub mod feeds;
mod flights;
pub mod id;
pub mod meters;
pub mod moment;
pub mod resources;
mod seen;
pub mod snapshots;
pub mod stamped;
pub mod watch;

pub use flights::{Boarding, Follow, Lead};
