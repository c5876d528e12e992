//! Which server of several is used at the moment. All connections of a role go to the same one, so that what one search has
//! shown another one doesn't take back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::servers::{Role, Server};

/// The servers that are used.
#[derive(Debug, Default)]
pub(super) struct Pins {
    main: Pin,
    replica: Pin,
    last_read: Mutex<Option<Arc<str>>>,
    epoch: AtomicU64,
}

#[derive(Debug, Default)]
struct Pin {
    server: Mutex<Option<Server>>,
    /// How often a server was given up, or left for another one.
    moves: watch::Sender<u64>,
}

impl Pins {
    fn of(&self, role: Role) -> &Pin {
        match role {
            Role::Main => &self.main,
            Role::Replica => &self.replica,
        }
    }

    /// The one that is used, if there is one.
    pub(super) fn get(&self, role: Role) -> Option<Server> {
        self.of(role).server.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses `server`, to which a connection was opened; says whether none or another one was used before.
    pub(super) fn settle(&self, role: Role, server: &Server) -> bool {
        let mut pin = self.of(role).server.lock().unwrap_or_else(PoisonError::into_inner);
        let news = pin.as_ref() != Some(server);
        if news {
            *pin = Some(server.clone());
        }
        news
    }

    /// Uses `server` instead of another one: connections to that one are replaced.
    pub(super) fn move_to(&self, role: Role, server: Server) {
        *self.of(role).server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        self.of(role).moves.send_modify(|moves| *moves += 1);
    }

    /// Lets go of the server at `address`, as it is away.
    pub(super) fn give_up(&self, role: Role, address: &str) {
        let mut pin = self.of(role).server.lock().unwrap_or_else(PoisonError::into_inner);
        let given_up = pin.take_if(|pin| *pin.address == *address).is_some();
        drop(pin);
        if given_up {
            self.of(role).moves.send_modify(|moves| *moves += 1);
        }
    }

    /// Tells when a server was given up, or left for another one.
    pub(super) fn moves(&self, role: Role) -> watch::Receiver<u64> {
        self.of(role).moves.subscribe()
    }

    /// Notes that reads go to `address`. The first server that is read from is no other than before.
    pub(super) fn read_at(&self, address: &Arc<str>) {
        let mut last = self.last_read.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|last| **last == **address) {
            return;
        }
        if last.replace(address.clone()).is_some() {
            self.epoch.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Moves whenever reads go to another server than before.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::DirectoryOptions;
    use crate::directory::servers::Servers;

    async fn servers() -> Vec<Server> {
        let urls = ["ldap://a", "ldap://b"].map(|url| url.parse().unwrap());
        Servers::new(&DirectoryOptions::new(urls.to_vec())).of(Role::Main).await.unwrap()
    }

    #[tokio::test]
    async fn a_server_stays_in_use_until_it_is_given_up_or_left() {
        let (pins, servers) = (Pins::default(), servers().await);
        assert!(pins.settle(Role::Main, &servers[1]));
        assert!(!pins.settle(Role::Main, &servers[1]));
        assert_eq!(pins.get(Role::Main).as_ref(), Some(&servers[1]));
        assert_eq!(pins.get(Role::Replica), None);
        pins.give_up(Role::Main, &servers[0].address);
        assert_eq!(pins.get(Role::Main).as_ref(), Some(&servers[1]));
        let moves = pins.moves(Role::Main);
        pins.move_to(Role::Main, servers[0].clone());
        assert!(moves.has_changed().unwrap());
        pins.give_up(Role::Main, &servers[0].address);
        assert_eq!(pins.get(Role::Main), None);
    }

    #[tokio::test]
    async fn an_epoch_ends_when_reads_go_elsewhere() {
        let (pins, servers) = (Pins::default(), servers().await);
        let epoch = pins.epoch();
        pins.read_at(&servers[0].address);
        assert_eq!(pins.epoch(), epoch);
        pins.read_at(&servers[0].address);
        assert_eq!(pins.epoch(), epoch);
        pins.read_at(&servers[1].address);
        pins.read_at(&servers[0].address);
        assert_eq!(pins.epoch(), epoch + 2);
    }
}
