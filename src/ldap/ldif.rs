//! LDIF (RFC 2849): entries and changes written as text, content records read back; plans for people, without secrets.

#[cfg(test)]
mod laws;
mod operation;
mod read;
mod write;

pub use operation::{changes, undo};
pub use read::{InvalidLdif, Record, read};
pub use write::{write_change, write_entry};
