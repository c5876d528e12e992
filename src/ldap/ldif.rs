//! LDIF (RFC 2849): entries and changes written as text, content records read back.

mod read;
mod write;

pub use read::{InvalidLdif, Record, read};
pub use write::{write_change, write_entry};
