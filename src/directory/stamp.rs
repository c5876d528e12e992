//! How far a directory has moved: equal stamps say that nothing changed in between.

use std::sync::Arc;
use std::time::Instant;

use super::discovery::base_search;
use super::{Directory, Error};
use crate::ldap::{AttributeSet, Entry};

/// A directory's state as opaque octets: contextCSN values (one per provider), or an update sequence number with the
/// server that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp(Vec<Vec<u8>>);

impl Stamp {
    /// A stamp of these values, in any order; none where there are none.
    fn new(mut values: Vec<Vec<u8>>) -> Option<Self> {
        values.sort_unstable();
        (!values.is_empty()).then_some(Self(values))
    }

    /// The same as read from one of several servers: another one may be behind with what this stamp says.
    fn of_epoch(mut self, epoch: u64) -> Self {
        if epoch > 0 {
            self.0.push(format!("epoch {epoch}").into_bytes());
        }
        self
    }
}

impl Directory {
    /// How far the directory that holds `base` has moved; nothing where the server doesn't say (OpenLDAP says with
    /// overlay syncprov, as contextCSN of the suffix; Active Directory as highestCommittedUSN of each server).
    ///
    /// Changes that slapd's memberof and refint overlays make by themselves don't move it.
    ///
    /// # Errors
    /// As [`Directory::search`].
    pub async fn stamp(&self, base: &str, deadline: Instant) -> Result<Option<Stamp>, Error> {
        let Some(capabilities) = self.capabilities() else { return Ok(None) };
        let (base, names) = if capabilities.active_directory() {
            ("", &["highestCommittedUSN", "dsServiceName"][..])
        } else {
            (capabilities.naming_context(base).unwrap_or(base), &["contextCSN"][..])
        };
        // Before the look: what is read elsewhere later belongs to another stamp.
        let epoch = self.0.pool.pins.epoch();
        let attributes: AttributeSet = names.iter().filter_map(|name| name.parse().ok()).collect();
        let entry = self.lookup(&base_search(base, Arc::new(attributes)), deadline).await?;
        let values = |entry: Entry| entry.attributes.into_iter().flatten().collect();
        Ok(entry.and_then(|entry| Stamp::new(values(entry))).map(|stamp| stamp.of_epoch(epoch)))
    }
}
