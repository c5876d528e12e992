//! Private directories with a generated tree: one piece that serves the demo, the tests and the benchmarks.
//!
//! [`Slapd::start`] runs an OpenLDAP server as a child process in a private folder, on a free loopback port and an `ldapi`
//! socket; [`Samba::start`] an Active Directory domain controller on a loopback address of its own. Both end with their parent,
//! whatever ends that. [`Tree`] generates the people and groups that fill them: the same options give the same tree, byte for
//! byte. Nothing here touches a directory that it did not start.

mod base;
mod certificates;
mod conf;
mod ds389;
mod entry;
mod error;
mod guarded;
mod installation;
mod load;
mod options;
mod samba;
mod scim_schema;
mod slapd;
mod state;
mod tools;
pub mod tree;

pub use ds389::{Ds389, Ds389Options};
pub use entry::LdifEntry;
pub use error::SandboxError;
pub use options::{Load, Overlay, ServiceAccess, SlapdOptions, TlsFiles};
pub use samba::{AD_PASSWORD, AdTreeOptions, Samba, SambaOptions};
pub use slapd::Slapd;
pub use tree::{Tree, TreeOptions};
