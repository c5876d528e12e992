//! Who is at the other end of a connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::auth::ClientCertificate;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// From where it comes; nothing where there is no socket.
    pub address: Option<IpAddr>,
    /// The certificate that it showed.
    pub shown: Option<Shown>,
}

/// A certificate that was verified when its connection began.
#[derive(Debug, Clone)]
pub struct Shown {
    certificate: ClientCertificate,
    /// Whether the authorities are still those that it was verified by.
    trusted: Trust,
}

/// Whether the same authorities are trusted as when this was made.
#[derive(Debug, Clone)]
pub(super) struct Trust(Arc<AtomicBool>);

impl Default for Trust {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Trust {
    /// Others are trusted from now on.
    pub(super) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Shown {
    pub(super) fn new(certificate: ClientCertificate, trusted: Trust) -> Self {
        Self { certificate, trusted }
    }
}

impl Peer {
    /// The certificate that was shown, as long as it holds: a connection may outlive it, and the trust in who issued it.
    pub fn certificate(&self, now: SystemTime) -> Option<&ClientCertificate> {
        let shown = self.shown.as_ref().filter(|shown| shown.trusted.0.load(Ordering::Relaxed))?;
        Some(&shown.certificate).filter(|certificate| certificate.lasts(now))
    }
}
