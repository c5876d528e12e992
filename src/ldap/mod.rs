//! The LDAP data model (RFC 4511 to 4519). Pure: knows no SCIM and no sockets.

pub mod attribute;
pub mod entry;
pub mod filter;
pub mod plan;

pub use attribute::{AttributeDescription, AttributeSet};
pub use entry::Entry;
pub use filter::Filter;
pub use plan::{Scope, Search};
