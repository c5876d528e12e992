//! How far a server or a feed has come.

use crate::ldap::ContextCsn;

/// How far a server or a feed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// OpenLDAP: the latest change sequence number of each provider.
    Csns(ContextCsn),
    /// A number that grows with each change.
    Number(u64),
}

impl Mark {
    /// Goes on to `other`; what is behind already stays.
    pub(super) fn advance(&mut self, other: &Self) {
        match (self, other) {
            (Self::Csns(own), Self::Csns(other)) => own.advance(other),
            (Self::Number(own), Self::Number(other)) => *own = (*own).max(*other),
            (own, other) => *own = other.clone(),
        }
    }

    /// Whether it is as far as `other`, or further.
    pub(super) fn has_reached(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Csns(own), Self::Csns(other)) => own.has_reached(other),
            (Self::Number(own), Self::Number(other)) => own >= other,
            _ => false,
        }
    }

    /// The mark in a cookie: of OpenLDAP (`rid=…,sid=…,csn=…;…`) or of 389 Directory Server (`server#client#number`).
    pub(super) fn of_cookie(cookie: &[u8]) -> Option<Self> {
        let Some(csns) = cookie.split(|octet| *octet == b',').find_map(|part| part.strip_prefix(b"csn=")) else {
            let number = cookie.rsplit(|octet| *octet == b'#').next()?;
            return std::str::from_utf8(number).ok()?.parse().ok().map(Self::Number);
        };
        Some(Self::Csns(ContextCsn::of(csns.split(|octet| *octet == b';'))))
    }

    /// The cookie with which OpenLDAP goes on from here.
    pub(super) fn cookie(&self) -> Option<Vec<u8>> {
        match self {
            Self::Csns(csns) if !csns.is_empty() => {
                let csns: Vec<&[u8]> = csns.values().collect();
                Some([b"rid=000,csn=".as_slice(), &csns.join(&b';')].concat())
            }
            Self::Csns(_) | Self::Number(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "20261122013536.417211Z#000000#001#000000";
    const LATER: &str = "20261122013536.417211Z#000001#001#000000";
    const OTHER: &str = "20261122013539.864450Z#000000#002#000000";

    fn csns(csns: &[&str]) -> Mark {
        Mark::Csns(ContextCsn::of(csns))
    }

    #[test]
    fn each_provider_counts_for_itself() {
        let mut mark = csns(&[LATER, FIRST]);
        assert!(mark.has_reached(&csns(&[FIRST])) && mark.has_reached(&csns(&[LATER])));
        assert!(!mark.has_reached(&csns(&[FIRST, OTHER])) && !csns(&[OTHER]).has_reached(&csns(&[FIRST])));
        mark.advance(&csns(&[OTHER, FIRST]));
        assert_eq!(mark, csns(&[LATER, OTHER]));
        assert_eq!(mark.cookie().unwrap(), format!("rid=000,csn={LATER};{OTHER}").into_bytes());
    }

    #[test]
    fn cookies_are_read() {
        let cookie = format!("rid=000,sid=001,csn={FIRST};{OTHER}");
        assert_eq!(Mark::of_cookie(cookie.as_bytes()), Some(csns(&[FIRST, OTHER])));
        assert_eq!(Mark::of_cookie(b"host:389#cn=a:dc=b:(objectClass=*)#17"), Some(Mark::Number(17)));
        assert_eq!(Mark::of_cookie(b""), None);
        assert_eq!(Mark::of_cookie(b"garbage"), None);
        assert_eq!(Mark::of_cookie(b"\xff#\xff"), None);
    }

    #[test]
    fn numbers_and_csns_never_reach_each_other() {
        assert!(!Mark::Number(7).has_reached(&csns(&[FIRST])) && !csns(&[FIRST]).has_reached(&Mark::Number(0)));
        assert!(Mark::Number(7).has_reached(&Mark::Number(7)) && !Mark::Number(6).has_reached(&Mark::Number(7)));
    }
}
