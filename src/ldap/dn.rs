//! Distinguished names (RFC 4514): read, printed in one canonical form, compared through a normalised key.

mod error;
mod key;
mod name;
mod parse;

pub use error::InvalidDn;
pub use key::{DnKey, is_spelled_below};
pub use name::{Ava, Dn, Rdn};
