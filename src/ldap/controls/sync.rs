//! Content synchronisation (RFC 4533): the request control, what comes with entries and with the result, and the messages
//! in between.

use lber::structures::{Enumerated, Tag};

use super::encode::{Control, octets, sequence};
use super::oid;
use crate::ldap::ber::{BOOLEAN, ENUMERATED, InvalidBer, OCTET_STRING, Reader, SEQUENCE, SET};

/// The tags of the kinds of Sync Info (RFC 4533 section 2.5).
const NEW_COOKIE: u8 = 0x80;
const REFRESH_DELETE: u8 = 0xa1;
const REFRESH_PRESENT: u8 = 0xa2;
const ID_SET: u8 = 0xa3;

/// A syncUUID: how the server names an entry, for ever.
pub type SyncUuid = [u8; 16];

/// How long a synchronisation lasts (RFC 4533 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// What has changed, and no more.
    RefreshOnly,
    /// What has changed, and then every change as it happens.
    RefreshAndPersist,
}

/// What became of an entry (RFC 4533 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncKind {
    /// It is there, unchanged.
    Present,
    /// It is there, and wasn't.
    Add,
    /// It is there, changed.
    Modify,
    /// It is gone.
    Delete,
}

/// What comes with an entry (RFC 4533 section 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// What became of the entry.
    pub kind: SyncKind,
    /// Which entry it is.
    pub uuid: SyncUuid,
    /// How far the synchronisation has come, if the server says so here.
    pub cookie: Option<Vec<u8>>,
}

/// A message in between (RFC 4533 section 2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncInfo {
    /// How far the synchronisation has come.
    NewCookie(Vec<u8>),
    /// The end of a phase that told of what is gone.
    RefreshDelete {
        /// How far the synchronisation has come, if the server says so here.
        cookie: Option<Vec<u8>>,
        /// Whether everything up to now has been told.
        done: bool,
    },
    /// The end of a phase that told of what is there: what it didn't name is gone.
    RefreshPresent {
        /// How far the synchronisation has come, if the server says so here.
        cookie: Option<Vec<u8>>,
        /// Whether everything up to now has been told.
        done: bool,
    },
    /// Entries that are gone, or that are there unchanged.
    Ids {
        /// How far the synchronisation has come, if the server says so here.
        cookie: Option<Vec<u8>>,
        /// Whether they are gone.
        gone: bool,
        /// Which entries.
        uuids: Vec<SyncUuid>,
    },
}

/// What comes with the result (RFC 4533 section 2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncDone {
    /// How far the synchronisation has come, if the server says so here.
    pub cookie: Option<Vec<u8>>,
    /// Whether a phase that told of what is gone has ended, rather than one that told of what is there.
    pub refresh_deletes: bool,
}

/// The control that makes a search a synchronisation, from `cookie` on where there is one. Critical.
pub fn sync_request(mode: SyncMode, cookie: Option<&[u8]>) -> Control {
    let mode = match mode {
        SyncMode::RefreshOnly => 1,
        SyncMode::RefreshAndPersist => 3,
    };
    let mode = Tag::Enumerated(Enumerated { inner: mode, ..Default::default() });
    Control::new(oid::SYNC_REQUEST, true, sequence(std::iter::once(mode).chain(cookie.map(octets)).collect()))
}

/// Reads the control that came with an entry.
pub fn parse_sync_state(value: &[u8]) -> Result<SyncState, InvalidBer> {
    let mut outer = Reader::new(value);
    let mut inner = outer.nested(SEQUENCE)?;
    outer.end()?;
    let kind = match inner.integer(ENUMERATED)? {
        0 => SyncKind::Present,
        1 => SyncKind::Add,
        2 => SyncKind::Modify,
        3 => SyncKind::Delete,
        _ => return Err(InvalidBer("an unknown kind of sync state")),
    };
    let uuid = uuid(inner.expect(OCTET_STRING)?)?;
    let cookie = cookie(&mut inner)?;
    inner.end()?;
    Ok(SyncState { kind, uuid, cookie })
}

/// Reads the control that came with the result.
pub fn parse_sync_done(value: &[u8]) -> Result<SyncDone, InvalidBer> {
    let mut outer = Reader::new(value);
    let mut inner = outer.nested(SEQUENCE)?;
    outer.end()?;
    let cookie = cookie(&mut inner)?;
    let refresh_deletes = boolean(&mut inner, false)?;
    inner.end()?;
    Ok(SyncDone { cookie, refresh_deletes })
}

/// Reads the value of a Sync Info message.
pub fn parse_sync_info(value: &[u8]) -> Result<SyncInfo, InvalidBer> {
    let mut outer = Reader::new(value);
    let (tag, contents) = outer.element()?;
    outer.end()?;
    let mut inner = Reader::new(contents);
    let info = match tag {
        NEW_COOKIE => return Ok(SyncInfo::NewCookie(contents.to_vec())),
        REFRESH_DELETE => SyncInfo::RefreshDelete { cookie: cookie(&mut inner)?, done: boolean(&mut inner, true)? },
        REFRESH_PRESENT => SyncInfo::RefreshPresent { cookie: cookie(&mut inner)?, done: boolean(&mut inner, true)? },
        ID_SET => SyncInfo::Ids {
            cookie: cookie(&mut inner)?,
            gone: boolean(&mut inner, false)?,
            uuids: uuids(inner.nested(SET)?)?,
        },
        _ => return Err(InvalidBer("an unknown kind of sync info")),
    };
    inner.end()?;
    Ok(info)
}

fn cookie(reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, InvalidBer> {
    Ok(reader.optional(OCTET_STRING)?.map(<[u8]>::to_vec))
}

fn boolean(reader: &mut Reader<'_>, default: bool) -> Result<bool, InvalidBer> {
    match reader.optional(BOOLEAN)? {
        None => Ok(default),
        Some([octet]) => Ok(*octet != 0),
        Some(_) => Err(InvalidBer("a boolean isn't one octet")),
    }
}

fn uuids(mut reader: Reader<'_>) -> Result<Vec<SyncUuid>, InvalidBer> {
    let mut uuids = Vec::new();
    while !reader.is_empty() {
        uuids.push(uuid(reader.expect(OCTET_STRING)?)?);
    }
    Ok(uuids)
}

fn uuid(octets: &[u8]) -> Result<SyncUuid, InvalidBer> {
    octets.try_into().map_err(|_| InvalidBer("a syncUUID isn't 16 octets"))
}
