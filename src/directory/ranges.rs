//! The rest of attributes that a server sends in parts: Active Directory splits those with more than 1,500 values, asked or
//! not (MS-ADTS section 3.1.1.3.1.3.3). What leaves this floor is whole.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::connection::{Connection, lost};
use super::decode::{Decoder, Item};
use super::error::Failure;
use super::places::Part;
use super::request::Request;
use crate::ldap::entry::Values;
use crate::ldap::result::ResultCode;
use crate::ldap::{AttributeSet, Entry, ValueRange};

/// The entries of one answer of which parts are missing, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Incomplete(Vec<(usize, Vec<Part>)>);

impl Incomplete {
    /// Notes that the entry at `place` has come with these parts of attributes.
    pub(super) fn note(&mut self, place: usize, parts: Vec<Part>) {
        if !parts.is_empty() {
            self.0.push((place, parts));
        }
    }

    /// Reads what is missing, each entry by itself on the connection that brought it: other servers may count otherwise.
    ///
    /// Values that come or go in between may be missed or come twice, as nothing holds a group still while it is read.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when an entry is renamed or deleted meanwhile, else as a search.
    pub(super) async fn complete(
        self,
        connection: &Connection,
        request: &Request,
        decoder: &Decoder,
        entries: &mut [Entry],
        time_limit: Duration,
    ) -> Result<(), Failure> {
        for (place, parts) in self.0 {
            let Some(entry) = entries.get_mut(place) else { continue };
            for part in parts {
                let rest = Rest { connection, request, decoder, time_limit };
                let values = rest.of(&entry.dn, &part).await?;
                if let Some(slot) = entry.attributes.get_mut(part.place) {
                    slot.extend(values);
                }
            }
        }
        Ok(())
    }
}

/// How the rest of an attribute is read.
struct Rest<'a> {
    connection: &'a Connection,
    request: &'a Request,
    decoder: &'a Decoder,
    time_limit: Duration,
}

impl Rest<'_> {
    /// The values of an entry's attribute after `part`.
    async fn of(&self, dn: &str, part: &Part) -> Result<Values, Failure> {
        let mut values = Values::new();
        // Who asked for parts of some size gets the rest in parts of that size.
        let asked = ValueRange::of(part.asked.as_str()).unwrap_or(ValueRange { from: 0, to: None });
        let mut last = part.range.to;
        while let Some(end) = last {
            let range = asked.moved_to(end.saturating_add(1));
            let Some((more, next)) = self.part(dn, part, range).await? else { break };
            values.extend(more);
            last = next;
        }
        Ok(values)
    }

    /// The values in `range`, and the last one's number unless there are no more; nothing where none are left.
    async fn part(&self, dn: &str, part: &Part, range: ValueRange) -> Result<Option<(Values, Option<u32>)>, Failure> {
        let set: Arc<AttributeSet> = Arc::new([part.asked.in_range(range)].into_iter().collect());
        let mut decoder = self.decoder.narrowed(set.clone());
        let request = Arc::new(self.request.narrowed(dn, set));
        let mut operation = self.connection.start(request, None, None, self.time_limit);
        let mut found = None;
        while let Some(message) = operation.next().await.map_err(lost)? {
            match decoder.item(message)? {
                Item::Entry(entry, parts) => found = Some((entry, parts)),
                Item::Reference(url) => self.connection.note_reference(&url),
                Item::Skipped => self.connection.note_skipped(),
            }
        }
        match self.connection.finish(operation).await {
            // So many values went away that the range begins behind the last.
            Err(Failure::Final(Error::Refused(result))) if result.code == ResultCode::OPERATIONS_ERROR => {
                return Ok(None);
            }
            Err(Failure::Final(Error::Refused(result))) if result.code == ResultCode::NO_SUCH_OBJECT => {
                return Err(gone().into());
            }
            result => drop(result?),
        }
        let Some((entry, parts)) = found else { return Err(gone().into()) };
        let values = entry.attributes.into_iter().next().unwrap_or_default();
        if values.is_empty() {
            return Ok(None);
        }
        match parts.first() {
            Some(sent) if sent.range.from == range.from => Ok(Some((values, sent.range.to))),
            _ => Err(Error::Protocol(format!("other values than those asked for by {range}")).into()),
        }
    }
}

fn gone() -> Error {
    Error::Unavailable {
        retry_after: Duration::from_secs(1),
        detail: "an entry was renamed or deleted while its values were read".to_owned(),
    }
}
