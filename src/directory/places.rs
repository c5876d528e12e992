//! Which place of an [`AttributeSet`] a name belongs to that a server wrote.
//!
//! Servers repeat the same few names in nearly the same order for every entry, so from the second entry on each name is
//! looked up once and found again by octet comparison, starting where the last one was found.

use std::sync::Arc;

use crate::ldap::entry::Values;
use crate::ldap::subschema::Subschema;
use crate::ldap::{AttributeDescription, AttributeSet, ValueRange};

/// How many names are remembered; beyond, each is looked up anew.
const REMEMBERED: usize = 64;

/// Finds places for the names in a search's answers.
#[derive(Debug)]
pub(super) struct Places {
    attributes: Arc<AttributeSet>,
    schema: Option<Arc<Subschema>>,
    entries: usize,
    learnt: Vec<(Box<[u8]>, Option<Found>)>,
    next: usize,
}

/// Where a name's values belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The place in the attribute set.
    pub(super) place: usize,
    /// Whether the server says by a range option that these aren't all values (MS-ADTS 3.1.1.3.1.3.3).
    pub(super) partial: bool,
}

/// An attribute of which a server sent some of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its place in the attribute set.
    pub(super) place: usize,
    /// As it was asked for.
    pub(super) asked: AttributeDescription,
    /// Which values came.
    pub(super) range: ValueRange,
}

impl Places {
    /// Places in `attributes`; `schema` knows by which other names a server may call them.
    pub(super) fn new(attributes: Arc<AttributeSet>, schema: Option<Arc<Subschema>>) -> Self {
        Self { attributes, schema, entries: 0, learnt: Vec::new(), next: 0 }
    }

    /// Places in `attributes` of the same server.
    pub(super) fn of_others(&self, attributes: Arc<AttributeSet>) -> Self {
        Self::new(attributes, self.schema.clone())
    }

    /// Which part of the attribute at `place` stands under `name`.
    pub(super) fn part(&self, place: usize, name: &[u8]) -> Option<Part> {
        let range = ValueRange::of(std::str::from_utf8(name).ok()?)?;
        Some(Part { place, asked: self.attributes.iter().nth(place)?.clone(), range })
    }

    /// The values of one more entry before any is read: none for every attribute.
    pub(super) fn start_entry(&mut self) -> Vec<Values> {
        self.entries += 1;
        std::iter::repeat_with(Values::new).take(self.attributes.len()).collect()
    }

    /// Where the values of the attribute that the server calls `name` belong; nowhere when it wasn't asked for, as with
    /// subtypes of what was.
    pub(super) fn find(&mut self, name: &[u8]) -> Option<Found> {
        if self.entries < 2 {
            return self.look_up(name);
        }
        let (before, from) = self.learnt.split_at(self.next.min(self.learnt.len()));
        if let Some(at) = from.iter().chain(before).position(|(known, _)| **known == *name) {
            let at = (self.next + at) % self.learnt.len();
            self.next = at + 1;
            return self.learnt[at].1;
        }
        let found = self.look_up(name);
        if self.learnt.len() < REMEMBERED {
            self.learnt.push((name.into(), found));
            self.next = self.learnt.len();
        }
        found
    }

    fn look_up(&self, name: &[u8]) -> Option<Found> {
        // The usual case: as it was asked for, and without options.
        if let Some(place) = self.attributes.spelled(name) {
            return Some(Found { place, partial: false });
        }
        let name = std::str::from_utf8(name).ok()?;
        let exact = |name: &str| self.attributes.iter().position(|asked| asked.as_str().eq_ignore_ascii_case(name));
        if !name.as_bytes().contains(&b';')
            && let Some(place) = exact(name)
        {
            return Some(Found { place, partial: false });
        }
        let Bare { name: bare, partial } = bare(name);
        if let Some(place) = exact(name) {
            return Some(Found { place, partial });
        }
        let place = self
            .attributes
            .position(&bare)
            .or_else(|| exact(&format!("{bare};binary")))
            .or_else(|| self.attributes.position(name))
            .or_else(|| self.attributes.iter().position(|asked| asked.without_range().matches(&bare)))
            .or_else(|| self.by_other_name(&bare))?;
        Some(Found { place, partial })
    }

    /// Servers answer with the name that they prefer, whichever was asked for: `sn` for `surname` or `2.5.4.4`.
    fn by_other_name(&self, name: &str) -> Option<usize> {
        let schema = self.schema.as_ref()?;
        let (kind, options) = name.split_at(name.find(';').unwrap_or(name.len()));
        self.attributes.iter().position(|asked| {
            let same = |asked_kind: &str| asked.matches(&format!("{asked_kind}{options}"));
            schema.same_attribute(asked.type_name(), kind) && same(asked.type_name())
        })
    }
}

/// A name without the options that say nothing about which attribute it is.
struct Bare {
    name: String,
    partial: bool,
}

fn bare(name: &str) -> Bare {
    let mut options = name.split(';');
    let mut bare = Bare { name: options.next().unwrap_or(name).to_owned(), partial: false };
    for option in options {
        match option.as_bytes() {
            // `;binary` names a way of transfer, not a subtype (RFC 4522): servers add and leave it out at will.
            option if option.eq_ignore_ascii_case(b"binary") => {}
            _ => match ValueRange::of_option(option) {
                // The last range ends in `*`; one that starts at 0 and ends there is the whole.
                Some(range) => bare.partial = range != (ValueRange { from: 0, to: None }),
                None => {
                    bare.name.push(';');
                    bare.name.push_str(option);
                }
            },
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn places(names: &[&str]) -> Places {
        Places::new(Arc::new(names.iter().map(|name| name.parse().unwrap()).collect()), None)
    }

    #[rstest]
    #[case(&["cn", "sn"], "SN", Some((1, false)))]
    #[case(&["name"], "cn", None)]
    #[case(&["cn"], "cn;lang-de", None)]
    #[case(&["cn;lang-de"], "CN;LANG-DE", Some((0, false)))]
    #[case(&["cn;lang-de;x-a"], "cn;x-a;lang-de", Some((0, false)))]
    #[case(&["userCertificate"], "userCertificate;binary", Some((0, false)))]
    #[case(&["userCertificate;binary"], "userCertificate", Some((0, false)))]
    #[case(&["userCertificate;binary"], "usercertificate;BINARY", Some((0, false)))]
    #[case(&["member"], "member;range=0-1499", Some((0, true)))]
    #[case(&["member"], "member;range=1500-*", Some((0, true)))]
    #[case(&["member"], "member;range=0-*", Some((0, false)))]
    #[case(&["member"], "memberOf", None)]
    fn names_find_their_places(#[case] asked: &[&str], #[case] name: &str, #[case] expected: Option<(usize, bool)>) {
        let expected = expected.map(|(place, partial)| Found { place, partial });
        let mut places = places(asked);
        for _ in 0..3 {
            places.start_entry();
            assert_eq!(places.find(name.as_bytes()), expected);
        }
    }

    #[rstest]
    #[case("surname", "sn", true)]
    #[case("2.5.4.4", "sn", true)]
    #[case("sn", "2.5.4.4", true)]
    #[case("surname;lang-de", "SN;lang-DE", true)]
    #[case("surname", "sn;lang-de", false)]
    #[case("name", "sn", false)]
    fn the_schema_knows_other_names(#[case] asked: &str, #[case] name: &str, #[case] found: bool) {
        let schema = Subschema::standard();
        let attributes = Arc::new([asked.parse().unwrap()].into_iter().collect::<AttributeSet>());
        let mut places = Places::new(attributes, Some(schema));
        assert_eq!(places.find(name.as_bytes()).is_some(), found);
    }

    #[test]
    fn every_name_of_a_long_list_is_found_in_the_first_entry() {
        let names: Vec<String> =
            (0..300).map(|n| format!("a{n}{}", if n % 3 == 0 { ";x-option" } else { "" })).collect();
        let mut places = places(&names.iter().map(String::as_str).collect::<Vec<_>>());
        places.start_entry();
        for (place, name) in names.iter().enumerate() {
            assert_eq!(places.find(name.as_bytes()), Some(Found { place, partial: false }), "{name}");
        }
        for name in [&b""[..], b"a", b";", b"a300", b"\xff"] {
            assert_eq!(places.find(name), None);
        }
    }

    #[test]
    fn names_are_found_again_in_any_order_and_number() {
        let names: Vec<String> = (0..100).map(|n| format!("attribute{n}")).collect();
        let mut places = places(&names.iter().map(String::as_str).collect::<Vec<_>>());
        places.start_entry();
        places.start_entry();
        for (place, name) in names.iter().enumerate().chain(names.iter().enumerate().rev()) {
            assert_eq!(places.find(name.as_bytes()), Some(Found { place, partial: false }));
        }
        assert_eq!(places.find(b"\xff"), None);
        assert_eq!(places.learnt.len(), REMEMBERED);
    }
}
