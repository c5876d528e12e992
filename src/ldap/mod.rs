//! The LDAP data model (RFC 4511 to 4519). Pure: knows no SCIM and no sockets.

pub mod attribute;
pub mod ber;
pub mod change;
pub mod controls;
pub mod csn;
pub mod dn;
pub mod entry;
pub mod extended_dn;
pub mod filter;
pub mod filter_eval;
pub mod filter_parse;
pub mod ldif;
pub mod matching;
pub mod plan;
pub mod prepare;
pub mod result;
pub mod secret;
pub mod server_url;
mod spelled;
pub mod subschema;
pub mod time;
pub mod url;
pub mod value_range;

pub use attribute::{AttributeDescription, AttributeSet};
pub use csn::ContextCsn;
pub use dn::{Dn, DnKey, is_spelled_below};
pub use entry::{Dereferenced, Entry};
pub use extended_dn::ExtendedDn;
pub use filter::Filter;
pub use plan::{Dereference, Scope, Search};
pub use result::{LdapResult, ResultCode};
pub use subschema::Subschema;
pub use value_range::ValueRange;
