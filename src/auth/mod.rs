//! Who a client is and what it may do. So far: static bearer tokens (RFC 6750), of which only the SHA-256 is kept.

mod authenticator;
mod bearer;
mod token;

pub use authenticator::{Authenticator, Client, ClientInfo, Credentials};
pub use token::{InvalidTokenHash, TokenHash};
