//! Connecting for a pool. A service account's password is a setting, and somebody sees to it: it is tried again and again. A person's
//! password may be an old one, and each attempt counts for the directory: it is tried at one server at a time, and never again
//! once one has refused it.

use std::sync::atomic::Ordering::Relaxed;

use super::connect::{ConnectError, Opened, connect, connect_in_turn};
use super::pool::Pool;
use super::servers::{Role, Server};

/// Connects to the first of `servers` that lets us in.
///
/// # Errors
/// Why none does; at once where a server of this role has refused the credentials that aren't to be tried twice.
pub(super) async fn reach(pool: &Pool, role: Role, servers: &[Server]) -> Result<Opened, ConnectError> {
    let Some(refused) = &pool.refused else { return connect(&pool.options, servers).await };
    if refused.of(role).load(Relaxed) {
        return Err(ConnectError::RefusedBefore);
    }
    let opened = connect_in_turn(&pool.options, servers).await;
    if opened.as_ref().is_err_and(ConnectError::is_verdict) {
        refused.of(role).store(true, Relaxed);
    }
    opened
}
