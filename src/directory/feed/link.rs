//! The feed's own connection, beside the pool's and to the same server.

use crate::directory::connection::{Connection, Driver};
use crate::directory::pool::Pool;
use crate::directory::reach::reach;

/// A connection of its own.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) connection: Connection,
    _driver: Driver,
}

/// Opens a connection to the server that is to be followed.
///
/// # Errors
/// Why that isn't possible.
pub(super) async fn open(pool: &Pool) -> Result<Link, String> {
    let role = pool.followed();
    let server = pool.pins.get(role).ok_or_else(|| "the directory is unavailable".to_owned())?;
    let opened = reach(pool, role, &[server]).await.map_err(|error| error.to_string())?;
    let connection = Connection::new(opened.ldap, 1, opened.server.address, pool.skipped.clone());
    Ok(Link { connection, _driver: opened.driver })
}
