//! How far a server or a feed has come.

use std::collections::BTreeMap;

/// How far a server or a feed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// OpenLDAP: the latest change sequence number of each provider, by its id.
    Csns(BTreeMap<Vec<u8>, Vec<u8>>),
    /// A number that grows with each change.
    Number(u64),
}

impl Mark {
    /// The mark of some change sequence numbers (`time#count#provider#modification`); the latest of each provider counts.
    pub(super) fn of_csns<'a>(csns: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut mark = BTreeMap::new();
        csns.into_iter().for_each(|csn| note(&mut mark, csn));
        Self::Csns(mark)
    }

    /// Goes on to `other`; what is behind already stays.
    pub(super) fn advance(&mut self, other: &Self) {
        match (self, other) {
            (Self::Csns(own), Self::Csns(others)) => others.values().for_each(|csn| note(own, csn)),
            (Self::Number(own), Self::Number(other)) => *own = (*own).max(*other),
            (own, other) => *own = other.clone(),
        }
    }

    /// Whether it is as far as `other`, or further.
    pub(super) fn has_reached(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Csns(own), Self::Csns(others)) => {
                others.iter().all(|(provider, csn)| own.get(provider).is_some_and(|own| own >= csn))
            }
            (Self::Number(own), Self::Number(other)) => own >= other,
            _ => false,
        }
    }

    /// The mark in a cookie of OpenLDAP: `rid=…,sid=…,csn=…;…`.
    pub(super) fn of_cookie(cookie: &[u8]) -> Option<Self> {
        let csns = cookie.split(|octet| *octet == b',').find_map(|part| part.strip_prefix(b"csn="))?;
        let csns = csns.split(|octet| *octet == b';').filter(|csn| !csn.is_empty());
        Some(Self::of_csns(csns))
    }

    /// The cookie with which OpenLDAP goes on from here.
    pub(super) fn cookie(&self) -> Option<Vec<u8>> {
        match self {
            Self::Csns(csns) if !csns.is_empty() => {
                let csns: Vec<&[u8]> = csns.values().map(Vec::as_slice).collect();
                Some([b"rid=000,csn=".as_slice(), &csns.join(&b';')].concat())
            }
            Self::Csns(_) | Self::Number(_) => None,
        }
    }
}

/// Notes a change sequence number unless a later one of its provider is known.
fn note(mark: &mut BTreeMap<Vec<u8>, Vec<u8>>, csn: &[u8]) {
    let provider = csn.split(|octet| *octet == b'#').nth(2).unwrap_or_default();
    match mark.get_mut(provider) {
        Some(known) if known.as_slice() >= csn => {}
        Some(known) => *known = csn.to_vec(),
        None => drop(mark.insert(provider.to_vec(), csn.to_vec())),
    }
}
