//! Who can say that a second server has a write: connections to the other servers, and what they have said so far.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::connection::{Connection, Driver};
use super::servers::Server;
use crate::ldap::ContextCsn;

/// What was acknowledged, and the connections that tell how far the other servers are.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    reached: Mutex<Vec<ContextCsn>>,
    connections: Mutex<HashMap<Arc<str>, Arc<Witness>>>,
}

/// The place of a connection to one of the servers.
pub(super) type Witness = tokio::sync::Mutex<Option<(Arc<Connection>, Driver)>>;

impl Witnesses {
    /// Everything up to `goal` was acknowledged.
    pub(super) fn note(&self, goal: &[ContextCsn]) {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.len() != goal.len() {
            *reached = goal.to_vec();
        }
        reached.iter_mut().zip(goal).for_each(|(reached, goal)| reached.join(goal));
    }

    /// Lets the connections go.
    pub(super) fn close(&self) {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How far a server is that has every acknowledged write, tree by tree; nothing before the first.
    pub(super) fn reached(&self) -> Vec<ContextCsn> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The place of the connection to `server`.
    pub(super) fn of(&self, server: &Server) -> Arc<Witness> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.entry(server.address.clone()).or_default().clone()
    }
}
