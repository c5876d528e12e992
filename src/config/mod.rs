//! The settings file, one file per section.
//!
//! [`Settings::load`] reads it strictly (every unknown key, wrong type and bad value at once, each with its line), lays the
//! environment's overrides (`SCIMFRONT__SERVER__LISTEN`) over it, reads the files that secrets stand in, and checks what belongs
//! together. What is returned needs no further checking. One declaration of the keys, `SPEC` in each section's file, is
//! what is checked, where defaults come from, and what the JSON schema and the reference are made of.
//!
//! Nothing here knows what a mapping file says or whether a directory answers.

mod access;
mod admin;
mod audit;
mod basic;
mod bind;
mod bridge;
mod cache;
mod client;
pub mod codes;
mod confined;
mod directory;
mod environment;
mod files;
mod guard;
mod jwt;
mod limits;
mod load;
mod log;
mod merge;
mod network;
mod places;
mod reference;
mod scope;
mod secret;
mod server;
mod tls;
mod trace;
mod url;
mod values;

#[cfg(test)]
mod tests;

pub use access::{Access, AccessTo};
pub use admin::Admin;
pub use audit::Audit;
pub use basic::{Basic, LdapBind};
pub use bind::{Bind, BindMethod};
pub use bridge::{Bridge, CursorKey, MappingSource};
pub use cache::{Cache, Feed};
pub use client::{Certificate, Client, LdapIdentity, TokenHash};
pub use confined::{Confined, ConfinedAt, Only, Rights};
pub use directory::{Ack, Directory, Purpose};
pub use environment::PREFIX;
pub use guard::Guard;
pub use jwt::{Jwt, JwtAlgorithm, JwtKeys};
pub use limits::Limits;
pub use load::Settings;
pub use log::{Log, LogFormat};
pub use network::{Network, NotANetwork};
pub use reference::{json_schema, markdown};
pub use server::{Server, ServerLimits};
pub use tls::{ClientCertificate, Tls, TlsVersion};
pub use trace::Trace;

pub use crate::scim::dialect::{Dialect, PatchAnswer};
