//! SCIM requests become LDAP plans, LDAP entries become SCIM resources. Pure: nothing here performs anything.

pub mod discovery;
pub mod errors;
pub mod explain;
pub mod filter;
pub mod law;
pub mod leans;
pub mod lookup;
pub mod oddities;
pub mod primary_group;
pub mod project;
pub mod read;
pub mod references;
pub mod referrers;
pub mod render;
pub mod search;
pub mod shown;
#[cfg(test)]
mod test_directory;
#[cfg(test)]
mod test_kit;
pub mod version;
pub mod view;
pub mod write;

pub use view::View;
