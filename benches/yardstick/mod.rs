//! Yardsticks: what the same machine does without scimfront, and how what scimfront does is measured beside it.
//!
//! Everything is a ratio of two figures from one run on one machine; the absolute ones say little elsewhere.
#![allow(dead_code, reason = "each benchmark takes what it needs")]

pub(crate) mod http;
pub(crate) mod ldap;
pub(crate) mod memory;
pub(crate) mod table;
pub(crate) mod tool;
