//! The LDAP data model (RFC 4511 to 4519). Pure: knows no SCIM and no sockets.

pub mod attribute;
pub mod dn;
pub mod entry;
pub mod filter;
pub mod plan;
pub mod prepare;

pub use attribute::{AttributeDescription, AttributeSet};
pub use dn::{Dn, DnKey};
pub use entry::Entry;
pub use filter::Filter;
pub use plan::{Scope, Search};
