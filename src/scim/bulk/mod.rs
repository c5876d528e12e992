//! Bulk requests (RFC 7644 section 3.7): many writes in one message, which may refer to what others of them make.
//!
//! [`parse`] reads the message, [`Job`] says what to do next, takes word of what became of it, and makes the answer. It
//! performs nothing itself.

mod action;
mod answer;
mod batch;
mod cut;
mod job;
mod message;
mod path;
mod plan;
mod reference;
mod work;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use action::{Action, Done};
pub use answer::{HEAD, TAIL};
pub use job::{Job, Ticket};
pub use message::{Limits, Method, Operation, Received, Request, parse};
pub use path::Target;
