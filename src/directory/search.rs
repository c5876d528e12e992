//! A search that isn't paged: all of its entries, each of them whole.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::connection::{Connection, lost};
use super::decode::{Decoder, Item};
use super::error::{Error, Failure, Limit};
use super::ranges::Incomplete;
use super::request::Request;
use crate::ldap::Entry;

impl Connection {
    /// Performs a whole search and returns its entries with the server's result, whose code is success.
    pub(super) async fn search(
        &self,
        request: Arc<Request>,
        mut decoder: Decoder,
        permit: Option<OwnedSemaphorePermit>,
        time_limit: Duration,
    ) -> Result<Vec<Entry>, Failure> {
        let most = usize::try_from(request.size_limit).unwrap_or(0);
        let mut operation = self.start(request.clone(), None, permit, time_limit);
        let mut entries = Vec::new();
        let mut incomplete = Incomplete::default();
        while let Some(message) = operation.next().await.map_err(lost)? {
            match decoder.item(message)? {
                // Some servers don't know size limits.
                Item::Entry(..) if most > 0 && entries.len() == most => return Err(Error::Limit(Limit::Size).into()),
                Item::Entry(mut entry, parts) => {
                    entry.origin = self.origin();
                    incomplete.note(entries.len(), parts);
                    entries.push(entry);
                }
                Item::Reference(url) => self.note_reference(&url),
                Item::Skipped => self.note_skipped(),
            }
        }
        self.finish(operation).await?;
        incomplete.complete(self, &request, &decoder, &mut entries, time_limit).await?;
        Ok(entries)
    }
}
