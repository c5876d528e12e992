//! Promises that need a real directory, all in one program so that they share one slapd.
//!
//! Tests that only read use [`support::shared`]; tests that write take a suffix of their own with [`support::private`] or start
//! a slapd of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod active_directory;
mod atomicity;
mod attacks;
mod coherence;
mod command_line;
mod confined;
mod credentials;
mod demo;
mod dialects;
mod directory;
mod ds389;
mod exactness;
mod explain;
mod failover;
mod feeds;
mod guides;
mod identities;
#[cfg(feature = "gssapi")]
mod kerberos;
mod ldap;
mod mapping;
mod monitoring;
mod odd_trees;
mod openapi;
mod partitions;
mod patching;
mod protocol;
mod python;
mod readme;
mod reloading;
mod samba;
mod sandbox;
mod scarcity;
mod secrets;
mod soak;
mod support;
mod tls;
mod tour;
#[cfg(feature = "otel")]
mod traces;
mod watching;
mod writing;
