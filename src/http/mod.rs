//! The HTTP side of a SCIM server (RFC 7644): connections, paths, media types, limits, and the one place where an error
//! becomes a response.
//!
//! [`Service`] answers requests and knows no sockets: an axum router in one layer of our own, which numbers, limits, guards and
//! logs requests and brings their paths into the router's spelling. [`Listener`] accepts connections and hands their requests to
//! it.

mod activity;
mod backend;
mod body;
mod bulk;
mod connection;
mod exchange;
mod extract;
mod failure;
mod handlers;
mod layer;
mod media;
mod mount;
mod options;
mod panics;
mod path;
mod place;
mod reply;
mod request_id;
mod router;
mod server;
mod service;
mod shortcut;
#[cfg(test)]
mod test_backend;
mod writes;
mod writing;

pub use backend::Backend;
pub use mount::{Limits, MountedBridge};
pub use options::ServerOptions;
pub use request_id::RequestIds;
pub use server::Listener;
pub use service::Service;
