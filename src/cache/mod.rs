//! What is remembered, and when it is forgotten.

pub mod dns;
pub mod feeds;
pub mod snapshots;
pub mod stamped;
