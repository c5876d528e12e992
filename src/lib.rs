//! scimfront makes an LDAP directory look like a SCIM 2.0 service provider.
//!
//! The crate is a pure core between two shells: [`scim`], [`ldap`], [`mapping`] and [`translate`] decide, [`directory`] and
//! [`http`] do. `ARCHITECTURE.md` draws the floors; `tests/architecture.rs` holds them.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod audit;
pub mod auth;
pub mod bridge;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod diagnostics;
pub mod directory;
pub mod http;
pub mod ldap;
pub mod mapping;
pub mod sandbox;
pub mod scim;
pub mod telemetry;
pub mod translate;
pub mod web;
