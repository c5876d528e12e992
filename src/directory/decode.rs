//! Entries out of the BER tree that ldap3 hands over: values are moved, never copied, and nothing here panics.

use std::sync::Arc;

use lber::common::TagClass;
use lber::structure::{PL, StructureTag};
use ldap3::ResultEntry;
use ldap3::controls::Control;

use super::Error;
use super::places::{Part, Places};
use crate::ldap::controls::{self, oid};
use crate::ldap::entry::Dereferenced;
use crate::ldap::plan::Dereference;
use crate::ldap::subschema::Subschema;
use crate::ldap::{AttributeSet, Entry, Search};

/// SearchResultEntry, SearchResultReference and IntermediateResponse (RFC 4511).
const ENTRY: u64 = 4;
const REFERENCE: u64 = 19;
const INTERMEDIATE: u64 = 25;

/// What one message of a search brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An entry, and which of its attributes have come in part.
    Entry(Entry, Vec<Part>),
    /// A continuation reference, with where it leads: nothing here follows it.
    Reference(String),
    /// An intermediate response, which nothing here asks for.
    Skipped,
}

/// Turns the messages of one search into entries.
#[derive(Debug)]
pub(super) struct Decoder {
    places: Places,
    dereference: Vec<Dereference>,
}

impl Decoder {
    /// A decoder for what `search` brings; `schema` knows by which other names a server may call attributes.
    pub(super) fn new(search: &Search, schema: Option<Arc<Subschema>>) -> Self {
        Self { places: Places::new(search.attributes.clone(), schema), dereference: search.dereference.clone() }
    }

    /// A decoder for `attributes` alone.
    pub(super) fn of(attributes: Arc<AttributeSet>, schema: Option<Arc<Subschema>>) -> Self {
        Self { places: Places::new(attributes, schema), dereference: Vec::new() }
    }

    /// A decoder for `attributes` of the same server.
    pub(super) fn narrowed(&self, attributes: Arc<AttributeSet>) -> Self {
        Self { places: self.places.of_others(attributes), dereference: Vec::new() }
    }

    /// The entry that a control carries (RFC 4527).
    ///
    /// # Errors
    /// As [`Decoder::item`].
    pub(super) fn entry_in_control(&mut self, value: &[u8]) -> Result<Entry, Error> {
        let malformed = || Error::Protocol("a malformed entry in a control".to_owned());
        let Ok((_, tag)) = lber::parse::parse_tag(value) else { return Err(malformed()) };
        // Some servers send an entry as a search does, some a plain sequence.
        let tag = StructureTag { class: TagClass::Application, id: ENTRY, payload: tag.payload };
        match entry(tag, &mut self.places)? {
            Some((entry, parts)) if parts.is_empty() => Ok(entry),
            Some(_) => Err(Error::Protocol("a part of an entry in a control".to_owned())),
            None => Err(malformed()),
        }
    }

    /// Turns one message into an entry whose values stand at the places of the attributes asked for.
    ///
    /// # Errors
    /// [`Error::Protocol`] when the message isn't what RFC 4511 says.
    pub(super) fn item(&mut self, message: ResultEntry) -> Result<Item, Error> {
        let controls = message.1;
        if (message.0.class, message.0.id) == (TagClass::Application, REFERENCE) {
            return Ok(Item::Reference(first_url(message.0)));
        }
        let Some((mut entry, parts)) = entry(message.0, &mut self.places)? else { return Ok(Item::Skipped) };
        if !self.dereference.is_empty() {
            entry.dereferenced = dereferenced(&controls, &self.dereference)?;
        }
        Ok(Item::Entry(entry, parts))
    }
}

/// What the dereference control brought with an entry, if it came.
fn dereferenced(controls: &[Control], specifications: &[Dereference]) -> Result<Vec<Dereferenced>, Error> {
    let control = controls.iter().find(|control| control.1.ctype == oid::DEREFERENCE);
    let Some(value) = control.and_then(|control| control.1.val.as_deref()) else { return Ok(Vec::new()) };
    controls::parse_dereferenced(value, specifications)
        .map_err(|error| Error::Protocol(format!("a malformed dereference control: {error}")))
}

/// The entry in a message; nothing when it is a message of another kind.
fn entry(tag: StructureTag, places: &mut Places) -> Result<Option<(Entry, Vec<Part>)>, Error> {
    match (tag.class, tag.id) {
        (TagClass::Application, ENTRY) => {}
        (TagClass::Application, INTERMEDIATE) => return Ok(None),
        (_, id) => return Err(Error::Protocol(format!("message {id} within a search"))),
    }
    let Some((dn, attributes)) = pair(tag)? else {
        return Err(Error::Protocol("an entry without DN or attributes".to_owned()));
    };
    let mut entry = Entry { dn: text(dn)?, attributes: places.start_entry(), dereferenced: Vec::new(), origin: None };
    let mut partial = Vec::new();
    for attribute in constructed(attributes)? {
        partial.extend(place(attribute, places, &mut entry)?);
    }
    Ok(Some((entry, partial)))
}

/// Puts an attribute's values at their place; says so where they aren't all.
fn place(attribute: StructureTag, places: &mut Places, entry: &mut Entry) -> Result<Option<Part>, Error> {
    let Some((name, values)) = pair(attribute)? else {
        return Err(Error::Protocol("an attribute without name or values".to_owned()));
    };
    let name = primitive(name)?;
    let Some(found) = places.find(&name) else { return Ok(None) };
    let Some(slot) = entry.attributes.get_mut(found.place) else { return Ok(None) };
    let values = constructed(values)?;
    slot.reserve_exact(values.len());
    for value in values {
        slot.push(primitive(value)?);
    }
    Ok(if found.partial { places.part(found.place, &name) } else { None })
}

/// Where a continuation reference leads.
fn first_url(tag: StructureTag) -> String {
    let urls = constructed(tag).unwrap_or_default();
    let first = urls.into_iter().next().and_then(|url| primitive(url).ok()).unwrap_or_default();
    String::from_utf8_lossy(&first).into_owned()
}

/// The first two parts of a sequence; more may follow in a later version of the protocol (RFC 4511 section 4).
fn pair(tag: StructureTag) -> Result<Option<(StructureTag, StructureTag)>, Error> {
    let mut parts = constructed(tag)?;
    parts.truncate(2);
    let (second, first) = (parts.pop(), parts.pop());
    Ok(first.zip(second))
}

fn constructed(tag: StructureTag) -> Result<Vec<StructureTag>, Error> {
    match tag.payload {
        PL::C(parts) => Ok(parts),
        PL::P(_) => Err(Error::Protocol("an octet string where a sequence belongs".to_owned())),
    }
}

fn primitive(tag: StructureTag) -> Result<Vec<u8>, Error> {
    match tag.payload {
        PL::P(octets) => Ok(octets),
        PL::C(_) => Err(Error::Protocol("a sequence where an octet string belongs".to_owned())),
    }
}

fn text(tag: StructureTag) -> Result<String, Error> {
    String::from_utf8(primitive(tag)?).map_err(|_| Error::Protocol("a DN that isn't UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use ldap3::controls::RawControl;
    use proptest::prelude::*;

    use super::*;
    use crate::ldap::{AttributeDescription, Filter, Scope, ValueRange};

    fn octets(text: &[u8]) -> StructureTag {
        StructureTag { class: TagClass::Universal, id: 4, payload: PL::P(text.to_vec()) }
    }

    fn sequence(parts: Vec<StructureTag>) -> StructureTag {
        StructureTag { class: TagClass::Universal, id: 16, payload: PL::C(parts) }
    }

    fn message(id: u64, parts: Vec<StructureTag>) -> ResultEntry {
        ResultEntry::new(StructureTag { class: TagClass::Application, id, payload: PL::C(parts) })
    }

    fn attribute(name: &str, values: &[&[u8]]) -> StructureTag {
        sequence(vec![octets(name.as_bytes()), sequence(values.iter().map(|value| octets(value)).collect())])
    }

    fn decoder(names: &[&str]) -> Decoder {
        let search = Search {
            base: String::new(),
            scope: Scope::Base,
            filter: Filter::True,
            attributes: Arc::new(names.iter().map(|name| name.parse().unwrap()).collect::<AttributeSet>()),
            size_limit: None,
            dereference: Vec::new(),
        };
        Decoder::new(&search, None)
    }

    #[test]
    fn values_stand_at_their_places_in_the_order_sent() {
        let attributes = sequence(vec![
            attribute("CN", &[b"Zoe", b"Ada"]),
            attribute("sn", &[b"Lovelace"]),
            attribute("cn;lang-de", &[b"Adele"]),
            attribute("jpegPhoto", &[&[0xff, 0xd8, 0]]),
        ]);
        let message = message(4, vec![octets(b"cn=Ada,dc=example,dc=com"), attributes]);
        let Item::Entry(entry, parts) = decoder(&["jpegPhoto", "cn", "mail"]).item(message).unwrap() else {
            panic!("an entry is expected")
        };
        assert_eq!((entry.dn.as_str(), parts.len()), ("cn=Ada,dc=example,dc=com", 0));
        assert_eq!(entry.attributes, vec![vec![vec![0xff, 0xd8, 0]], vec![b"Zoe".to_vec(), b"Ada".to_vec()], vec![]]);
    }

    #[test]
    fn references_and_intermediate_responses_are_skipped() {
        let brought = |id| decoder(&["cn"]).item(message(id, vec![octets(b"ldap://elsewhere.example.com")])).unwrap();
        assert_eq!(brought(19), Item::Reference("ldap://elsewhere.example.com".to_owned()));
        assert_eq!(brought(25), Item::Skipped);
    }

    #[test]
    fn an_attribute_cut_short_is_known_as_one() {
        for (asked, sent, expected) in [
            ("member", "member;range=0-1499", Some((0, Some(1_499)))),
            ("member;range=0-9", "member;range=0-9", Some((0, Some(9)))),
            ("member;range=10-19", "member;range=10-*", Some((10, None))),
            ("member;range=0-9", "member;range=0-*", None),
            ("member", "member", None),
        ] {
            let set: AttributeSet = match asked.split_once(';') {
                Some((name, _)) => {
                    let range = ValueRange::of(asked).unwrap();
                    [name.parse::<AttributeDescription>().unwrap().in_range(range)].into_iter().collect()
                }
                None => [asked.parse().unwrap()].into_iter().collect(),
            };
            // Active Directory sends the attribute's plain name as well, without values.
            let attributes = sequence(vec![attribute("member", &[]), attribute(sent, &[b"cn=a"])]);
            let message = message(4, vec![octets(b"cn=g"), attributes]);
            let item = Decoder::of(Arc::new(set), None).item(message).unwrap();
            let Item::Entry(entry, parts) = item else { panic!("an entry is expected") };
            assert_eq!(entry.attributes, [[b"cn=a"]], "{sent}");
            let range = parts.first().map(|part| (part.range.from, part.range.to));
            assert_eq!((range, parts.len()), (expected, usize::from(expected.is_some())), "{sent}");
        }
    }

    #[test]
    fn a_malformed_dereference_control_is_an_error() {
        let mut decoder = decoder(&["cn"]);
        let attributes = Arc::new(["uid".parse().unwrap()].into_iter().collect::<AttributeSet>());
        decoder.dereference = vec![Dereference { attribute: "member".parse().unwrap(), attributes }];
        for (value, expected) in [(None, true), (Some(vec![0x30, 0x00]), true), (Some(vec![0x30, 0x05, 0x00]), false)] {
            let mut message = message(4, vec![octets(b"cn=g"), sequence(Vec::new())]);
            message.1 = vec![Control(None, RawControl { ctype: oid::DEREFERENCE.to_owned(), crit: false, val: value })];
            assert_eq!(decoder.item(message).is_ok(), expected);
        }
    }

    fn any_tag() -> impl Strategy<Value = StructureTag> {
        let class = prop_oneof![Just(TagClass::Universal), Just(TagClass::Application), Just(TagClass::Context)];
        let leaf = (class, 0u64..32, prop_oneof![Just(b"cn".to_vec()), prop::collection::vec(any::<u8>(), 0..6)])
            .prop_map(|(class, id, octets)| StructureTag { class, id, payload: PL::P(octets) });
        leaf.prop_recursive(5, 40, 4, |inner| {
            (0u64..32, prop::collection::vec(inner, 0..4)).prop_map(|(id, parts)| StructureTag {
                class: TagClass::Application,
                id,
                payload: PL::C(parts),
            })
        })
    }

    proptest! {
        #[test]
        fn no_tree_panics(parts in prop::collection::vec(any_tag(), 0..4)) {
            let _ = decoder(&["cn"]).item(message(4, parts));
        }
    }
}
