//! Who a client is and what it may: static bearer tokens (RFC 6750), of which only the SHA-256 is kept; signed ones of authorization
//! servers (JWT); names and passwords (RFC 7617), known by the settings or the directory; client certificates.
//! And brakes: on guessing, on asking too much, and on how much a client deletes.

mod attempts;
mod authenticator;
mod basic;
mod bearer;
pub mod brake;
mod certificate;
mod client;
mod identity;
mod jwt;
mod person;
mod rate;
mod recognised;
mod release;
mod schemes;
mod spelling;
mod token;
mod turns;

pub use authenticator::{Authenticator, Credentials};
pub use basic::hashed;
pub use brake::{Brake, Braked, Kind as Braking};
pub use certificate::{AlternativeName, CertificateRule, ClientCertificate};
pub use client::{Client, ClientInfo, check_confinement};
pub use identity::{AuthzId, Identity, IdentityRule, Own};
pub use person::PersonName;
pub use rate::{ClientLimits, Pass, TooMuch};
pub use recognised::{Away, Recognised};
pub use release::Releases;
pub use schemes::Schemes;
pub use token::{InvalidTokenHash, TokenHash};
pub use turns::{NoTurn, Turn};
