//! Whether a password is somebody's: by a bind on a connection of its own, which is closed at once.

use std::sync::Arc;
use std::time::Instant;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout_at;

use super::connect::connect_in_turn;
use super::servers::Role;
use super::{Bind, Directory, DirectoryOptions, Error};

impl Directory {
    /// Whether the entry called `dn` can bind with `password`. An account that is locked, disabled or expired can't. One server's word is
    /// enough: the one's that is in use, or the next one's where that doesn't say.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Deadline`] when no server says.
    pub async fn is_password(&self, dn: &str, password: &SecretString, deadline: Instant) -> Result<bool, Error> {
        // Servers take an empty password for no login at all, and say that it succeeded (RFC 4513 section 5.1.2).
        if dn.is_empty() || password.expose_secret().is_empty() {
            return Ok(false);
        }
        let pool = &self.0.pool;
        let turn = timeout_at(deadline.into(), pool.judging.acquire()).await;
        let _turn = turn.map_err(|_| Error::Deadline)?.map_err(|_| Error::Deadline)?;
        let bind = Bind::Simple { dn: dn.to_owned(), password: password.clone() };
        let options = Arc::new(DirectoryOptions { bind, ..DirectoryOptions::clone(&pool.options) });
        let servers = pool
            .servers
            .of_with_first(Role::Main, pool.pins.get(Role::Main))
            .await
            .map_err(|detail| Error::Unavailable { retry_after: std::time::Duration::from_secs(1), detail })?;
        let opened = timeout_at(deadline.into(), connect_in_turn(&options, &servers)).await;
        let opened = opened.map_err(|_| Error::Deadline)?;
        match opened {
            Ok(mut opened) => {
                let _ = opened.ldap.unbind().await;
                Ok(true)
            }
            Err(error) if error.is_verdict() => {
                tracing::debug!(dn, %error, "a password is refused");
                Ok(false)
            }
            Err(error) => {
                tracing::warn!(%error, "no server says whose a password is");
                let retry_after = std::time::Duration::from_secs(1);
                Err(Error::Unavailable { retry_after, detail: error.to_string() })
            }
        }
    }
}
