//! The HTTP side of a SCIM server (RFC 7644): connections, paths, media types, limits, and the one place where an error
//! becomes a response.
//!
//! [`Service`] answers requests and knows no sockets: an axum router in one layer of our own, which numbers, limits, guards and
//! logs requests and brings their paths into the router's spelling. [`Listener`] accepts connections and hands their requests to
//! it. Those who watch the server have a listener of their own: [`Admin`].

mod access;
mod activity;
mod admin;
mod backend;
mod body;
mod bulk;
mod compression;
mod connection;
mod exchange;
mod extract;
mod failure;
mod forwarded;
mod handlers;
mod layer;
mod lobby;
mod media;
mod meter;
mod mount;
mod options;
mod outgoing;
mod panics;
mod path;
mod peer;
mod place;
mod pressure;
mod reply;
mod request_id;
mod room;
mod router;
mod server;
mod service;
mod shortcut;
#[cfg(test)]
mod test_backend;
mod tls;
mod writes;
mod writing;

pub use access::AccessLog;
pub use admin::{Admin, Readiness};
pub use backend::Backend;
pub use mount::{Limits, MountedBridge};
pub use options::{Capacity, ServerOptions};
pub use peer::Peer;
pub use request_id::RequestIds;
pub use server::Listener;
pub use service::Service;
pub use tls::{Tls, TlsError, TlsMaterial};
