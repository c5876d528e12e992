//! Who a client is and what it may do. So far: static bearer tokens (RFC 6750), of which only the SHA-256 is kept,
//! and client certificates;
//! and a brake on how much a client deletes.

mod authenticator;
mod bearer;
pub mod brake;
mod certificate;
mod client;
mod release;
mod token;

pub use authenticator::{Authenticator, Credentials};
pub use brake::{Brake, Braked, Kind as Braking};
pub use certificate::{AlternativeName, CertificateRule, ClientCertificate};
pub use client::{Client, ClientInfo, check_confinement};
pub use release::Releases;
pub use token::{InvalidTokenHash, TokenHash};
