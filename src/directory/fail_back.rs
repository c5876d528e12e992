//! Going back to a preferred server that is there again: once it has been for a while and has what the one in use has. The
//! writes wait for a moment meanwhile, so that none is left behind.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::catch_up::{context_at, has_reached};
use super::connect::{AFTER_REFUSED_CREDENTIALS, Opened};
use super::connection::Connection;
use super::discovery;
use super::pool::Pool;
use super::reach::reach;
use super::servers::{Role, Server};

/// How often a better server is looked for.
const LOOK: Duration = Duration::from_secs(1);

/// How long writes wait at most for a change of servers.
const PAUSE: Duration = Duration::from_secs(1);

/// How long connections may take to follow.
const MOVE: Duration = Duration::from_secs(1);

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(2);

/// Brings the pool back to preferred servers until it is closed.
pub(super) async fn keep_to_the_first(pool: Arc<Pool>, role: Role) {
    loop {
        tokio::select! {
            () = pool.closed.cancelled() => return,
            () = sleep(LOOK.min(pool.options.fail_back.max(Duration::from_millis(10)))) => {}
        }
        tokio::select! {
            () = pool.closed.cancelled() => return,
            () = look(&pool, role) => {}
        }
    }
}

async fn look(pool: &Arc<Pool>, role: Role) {
    let Some(pin) = pool.pins.get(role) else { return };
    let Ok(servers) = pool.servers.of(role).await else { return };
    let better: Vec<Server> = servers.into_iter().take_while(|server| *server != pin).collect();
    if better.is_empty() {
        return;
    }
    let Opened { ldap, driver, server } = match reach(pool, role, &better).await {
        Ok(opened) => opened,
        Err(error) if error.is_credentials() => return sleep(AFTER_REFUSED_CREDENTIALS).await,
        Err(_) => return,
    };
    let candidate = Connection::new(ldap, 1, server.address.clone(), pool.skipped.clone());
    sleep(pool.options.fail_back).await;
    if discovery::probe_within(&candidate, PROBE).await && pool.pins.get(role).as_ref() == Some(&pin) {
        go_over(pool, role, &pin, server, &candidate).await;
    }
    candidate.unbind().await;
    drop(driver);
}

/// Goes over to `server` as soon as it has what the one in use has.
async fn go_over(pool: &Arc<Pool>, role: Role, pin: &Server, server: Server, candidate: &Connection) {
    // Mostly it is behind by what is written just now: only then need writes wait.
    if !catches_up(pool, role, pin, candidate).await {
        return tracing::debug!(directory = %pool.options.name, server = %server.address, "is back and still behind");
    }
    let _quiet = match role {
        Role::Replica => None,
        Role::Main => {
            let Ok(quiet) = timeout(PAUSE, pool.progress.writing.write()).await else { return };
            if !catches_up(pool, role, pin, candidate).await {
                return;
            }
            Some(quiet)
        }
    };
    tracing::info!(directory = %pool.options.name, from = %pin.address, to = %server.address, "a preferred server is back");
    pool.pins.move_to(role, server.clone());
    pool.progress.note();
    let end = Instant::now() + MOVE;
    let arrived = || pool.connections_of(role).iter().any(|connection| connection.address == server.address);
    while !arrived() && Instant::now() < end {
        sleep(Duration::from_millis(2)).await;
    }
}

/// Whether the candidate gets as far as the server in use is now, within a moment. Where they don't say how far they are, that
/// the preferred one has been back for a while has to do.
async fn catches_up(pool: &Pool, role: Role, pin: &Server, candidate: &Connection) -> bool {
    let used = pool.connections_of(role).into_iter().find(|connection| connection.address == pin.address);
    let Some(used) = used else { return false };
    let Ok(goal) = context_at(pool, &used).await else { return false };
    let end = Instant::now() + PAUSE / 2;
    loop {
        match context_at(pool, candidate).await {
            Ok(own) if has_reached(&own, &goal) => return true,
            Ok(_) if Instant::now() < end => sleep(Duration::from_millis(10)).await,
            _ => return false,
        }
    }
}
