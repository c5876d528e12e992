//! Who is at the other end of a connection.

use std::net::IpAddr;
use std::sync::Arc;

use crate::auth::ClientCertificate;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// From where it comes; nothing where there is no socket.
    pub address: Option<IpAddr>,
    /// The certificate that it showed, verified.
    pub certificate: Option<Arc<ClientCertificate>>,
}
