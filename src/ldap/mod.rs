//! The LDAP data model (RFC 4511 to 4519). Pure: knows no SCIM and no sockets.

pub mod attribute;
pub mod ber;
pub mod change;
pub mod controls;
pub mod dn;
pub mod entry;
pub mod filter;
pub mod filter_eval;
pub mod filter_parse;
pub mod ldif;
pub mod matching;
pub mod plan;
pub mod prepare;
pub mod result;
pub mod server_url;
pub mod subschema;
pub mod time;
pub mod url;

pub use attribute::{AttributeDescription, AttributeSet};
pub use dn::{Dn, DnKey};
pub use entry::{Dereferenced, Entry};
pub use filter::Filter;
pub use plan::{Dereference, Scope, Search};
pub use result::{LdapResult, ResultCode};
pub use subschema::Subschema;
