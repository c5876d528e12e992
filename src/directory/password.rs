//! Setting a password by Password Modify (RFC 3062): the server hashes it and applies its policy.

use std::time::Instant;

use super::apply::{Single, send_write};
use super::{Directory, Error, Written};
use crate::ldap::plan::NewPassword;

impl Directory {
    /// Sets the password of the entry called `dn`. Runs on when the future is dropped.
    ///
    /// # Errors
    /// As [`Directory::write`]; [`Error::NotSent`] for an empty password, which servers would replace by one of their own.
    pub async fn password_modify(&self, dn: &str, new: NewPassword, deadline: Instant) -> Result<Written, Error> {
        if new.expose().is_empty() || dn.is_empty() {
            return Err(Error::NotSent { detail: "a password and the DN it belongs to can't be empty".to_owned() });
        }
        let (pool, dn) = (self.0.pool.clone(), dn.to_owned());
        self.detached(async move {
            let (_, server) = send_write(&pool, Single::Password(&dn, &new), deadline).await?;
            Ok(Written { post_read: None, server })
        })
        .await
    }
}
