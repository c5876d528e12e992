//! The LDAP data model (RFC 4511 to 4519). Pure: knows no SCIM and no sockets.

pub mod attribute;
pub mod change;
pub mod dn;
pub mod entry;
pub mod filter;
pub mod ldif;
pub mod matching;
pub mod plan;
pub mod prepare;
pub mod subschema;
pub mod time;

pub use attribute::{AttributeDescription, AttributeSet};
pub use dn::{Dn, DnKey};
pub use entry::{Dereferenced, Entry};
pub use filter::Filter;
pub use plan::{Dereference, Scope, Search};
pub use subschema::Subschema;
