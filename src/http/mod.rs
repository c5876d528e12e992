//! The HTTP side of a SCIM server (RFC 7644): connections, paths, media types, limits, and the one place where an error
//! becomes a response.
//!
//! [`Service`] answers one request and knows no sockets; [`Listener`] accepts connections and hands their requests to it.
//! Paths are taken apart by hand: resource types are known at run time only, and every answer, 404 and 405 included, has to
//! be SCIM's.

mod activity;
mod backend;
mod body;
mod connection;
mod exchange;
mod failure;
mod handlers;
mod media;
mod mount;
mod options;
mod path;
mod reply;
mod request_id;
mod route;
mod server;
mod service;
#[cfg(test)]
mod test_backend;

pub use backend::Backend;
pub use mount::{Limits, MountedBridge};
pub use options::ServerOptions;
pub use request_id::RequestIds;
pub use server::Listener;
pub use service::{Answer, Service};
