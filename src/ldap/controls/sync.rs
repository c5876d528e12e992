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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const UUID: SyncUuid = [7; 16];

    /// An element: tag, length, contents.
    fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        [&[tag, u8::try_from(contents.len()).unwrap()], contents.as_slice()].concat()
    }

    fn uuid_element() -> Vec<u8> {
        element(OCTET_STRING, &[&UUID])
    }

    #[rstest]
    #[case(SyncMode::RefreshOnly, None, b"\x30\x03\x0a\x01\x01")]
    #[case(SyncMode::RefreshAndPersist, Some(b"abc".as_slice()), b"\x30\x08\x0a\x01\x03\x04\x03abc")]
    fn requests_are_as_rfc_4533_says(#[case] mode: SyncMode, #[case] cookie: Option<&[u8]>, #[case] expected: &[u8]) {
        let control = sync_request(mode, cookie);
        assert_eq!((control.critical, control.value.as_deref()), (true, Some(expected)));
    }

    #[rstest]
    #[case(0, SyncKind::Present)]
    #[case(1, SyncKind::Add)]
    #[case(2, SyncKind::Modify)]
    #[case(3, SyncKind::Delete)]
    fn states_are_read(#[case] number: u8, #[case] kind: SyncKind) {
        let value = |cookie: &[u8]| element(SEQUENCE, &[&[ENUMERATED, 1, number], &uuid_element(), cookie]);
        let state = |cookie: Option<&[u8]>| SyncState { kind, uuid: UUID, cookie: cookie.map(<[u8]>::to_vec) };
        assert_eq!(parse_sync_state(&value(b"")), Ok(state(None)));
        assert_eq!(parse_sync_state(&value(b"\x04\x01x")), Ok(state(Some(b"x"))));
    }

    #[test]
    fn what_stands_in_between_is_read() {
        let read = |value: &[u8]| parse_sync_info(value).unwrap();
        assert_eq!(read(b"\x80\x01x"), SyncInfo::NewCookie(b"x".to_vec()));
        assert_eq!(read(b"\xa1\x00"), SyncInfo::RefreshDelete { cookie: None, done: true });
        assert_eq!(
            read(b"\xa2\x06\x04\x01x\x01\x01\x00"),
            SyncInfo::RefreshPresent { cookie: Some(b"x".to_vec()), done: false }
        );
        let ids = element(SET, &[&uuid_element()]);
        let gone = element(ID_SET, &[b"\x01\x01\xff", &ids]);
        assert_eq!(read(&gone), SyncInfo::Ids { cookie: None, gone: true, uuids: vec![UUID] });
        let present = element(ID_SET, &[&ids]);
        assert_eq!(read(&present), SyncInfo::Ids { cookie: None, gone: false, uuids: vec![UUID] });
    }

    #[test]
    fn the_result_says_where_to_go_on() {
        assert_eq!(parse_sync_done(b"\x30\x00"), Ok(SyncDone::default()));
        let done = SyncDone { cookie: Some(b"x".to_vec()), refresh_deletes: true };
        assert_eq!(parse_sync_done(b"\x30\x06\x04\x01x\x01\x01\xff"), Ok(done));
    }

    #[rstest]
    #[case(b"")]
    #[case(b"\x30\x03\x0a\x01\x01")]
    #[case(b"\x30\x06\x0a\x01\x09\x04\x01x")]
    #[case(b"\x30\x06\x0a\x01\x01\x04\x01x")]
    #[case(b"\xa4\x00")]
    #[case(b"\xa3\x00")]
    #[case(b"\xa1\x03\x01\x01")]
    fn malformed_values_are_errors(#[case] value: &[u8]) {
        assert!(parse_sync_state(value).is_err() && parse_sync_info(value).is_err());
    }

    proptest! {
        #[test]
        fn no_octets_panic(value in prop::collection::vec(any::<u8>(), 0..60), tag in 0x80u8..0xa5) {
            let _ = (parse_sync_state(&value), parse_sync_done(&value), parse_sync_info(&value));
            if value.len() < 128 {
                let _ = parse_sync_info(&element(tag, &[&value]));
                let _ = parse_sync_state(&element(SEQUENCE, &[&value]));
            }
        }
    }
}
