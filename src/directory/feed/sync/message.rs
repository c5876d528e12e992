//! The messages of a content synchronisation (RFC 4533), out of what ldap3 hands over.

use lber::structure::{PL, StructureTag};
use ldap3::ResultEntry;
use ldap3::controls::Control;

use crate::directory::Error;
use crate::directory::decode::{Decoder, Item};
use crate::ldap::Entry;
use crate::ldap::controls::{SyncInfo, SyncState, oid, parse_sync_info, parse_sync_state};

/// IntermediateResponse (RFC 4511 section 4.13) and the tags of its parts.
const INTERMEDIATE: u64 = 25;
const NAME: u64 = 0;
const VALUE: u64 = 1;

/// One message of a content synchronisation.
#[derive(Debug)]
pub(super) enum Message {
    /// An entry with what became of it.
    Entry(Entry, SyncState),
    /// A message in between.
    Info(SyncInfo),
    /// Nothing that says anything here.
    Other,
}

/// Reads one message.
///
/// # Errors
/// [`Error::Protocol`] when it isn't what RFC 4533 says.
pub(super) fn read(message: ResultEntry, decoder: &mut Decoder) -> Result<Message, Error> {
    if message.0.id == INTERMEDIATE {
        return info(message.0);
    }
    let state = state(&message.1)?;
    match (decoder.item(message)?, state) {
        (Item::Entry(entry, _), Some(state)) => Ok(Message::Entry(entry, state)),
        (Item::Entry(..), None) => Err(Error::Protocol("an entry without its sync state".to_owned())),
        (Item::Reference(_) | Item::Skipped, _) => Ok(Message::Other),
    }
}

/// The value of a control, where it came.
pub(super) fn value<'a>(controls: &'a [Control], oid: &str) -> Option<&'a [u8]> {
    let control = controls.iter().find(|control| control.1.ctype == oid)?;
    Some(control.1.val.as_deref().unwrap_or_default())
}

fn state(controls: &[Control]) -> Result<Option<SyncState>, Error> {
    let state = value(controls, oid::SYNC_STATE).map(parse_sync_state).transpose();
    state.map_err(|error| Error::Protocol(format!("a malformed sync state: {error}")))
}

fn info(message: StructureTag) -> Result<Message, Error> {
    let PL::C(parts) = message.payload else { return Ok(Message::Other) };
    let (mut name, mut value) = (None, None);
    for part in parts {
        match (part.id, part.payload) {
            (NAME, PL::P(octets)) => name = Some(octets),
            (VALUE, PL::P(octets)) => value = Some(octets),
            _ => {}
        }
    }
    let (Some(name), Some(value)) = (name, value) else { return Ok(Message::Other) };
    if name != oid::SYNC_INFO.as_bytes() {
        return Ok(Message::Other);
    }
    parse_sync_info(&value)
        .map(Message::Info)
        .map_err(|error| Error::Protocol(format!("a malformed sync info: {error}")))
}
