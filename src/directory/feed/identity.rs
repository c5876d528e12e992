//! How an entry that a feed tells of is called.

use super::options::FeedOptions;
use crate::ldap::controls::SyncUuid;
use crate::ldap::{AttributeDescription, Entry};

/// The identity that an entry carries itself, in the form in which the bridge knows it.
pub(super) fn of_entry(options: &FeedOptions, entry: &Entry) -> Option<Vec<u8>> {
    let place = options.attributes.position(options.identity.as_str()).unwrap_or(options.attributes.len());
    entry.first(place).map(<[u8]>::to_vec)
}

/// What a server's own name for an entry (its syncUUID) is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// entryUUID: OpenLDAP.
    EntryUuid,
    /// nsUniqueId: 389 Directory Server.
    NsUniqueId,
}

impl NamedBy {
    /// The value of the identity attribute that this name is made from; nothing where it is made from another one.
    pub(super) fn identity(self, identity: &AttributeDescription, uuid: &SyncUuid) -> Option<Vec<u8>> {
        let hexadecimal = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        match self {
            Self::EntryUuid if identity.matches("entryUUID") => {
                let [a, b, c, d, e] =
                    [&uuid[..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..]].map(hexadecimal);
                Some(format!("{a}-{b}-{c}-{d}-{e}").into_bytes())
            }
            Self::NsUniqueId if identity.matches("nsUniqueId") => {
                let [a, b, c, d] = [&uuid[..4], &uuid[4..8], &uuid[8..12], &uuid[12..]].map(hexadecimal);
                Some(format!("{a}-{b}-{c}-{d}").into_bytes())
            }
            Self::EntryUuid | Self::NsUniqueId => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(NamedBy::EntryUuid, "entryuuid", Some("a9a5129c-e617-11f1-82da-f7739464ef84"))]
    #[case(NamedBy::NsUniqueId, "nsUniqueId", Some("a9a5129c-e61711f1-82daf773-9464ef84"))]
    #[case(NamedBy::NsUniqueId, "entryUUID", None)]
    #[case(NamedBy::EntryUuid, "objectGUID", None)]
    fn a_servers_name_is_the_identity_that_it_is_made_from(
        #[case] named_by: NamedBy,
        #[case] identity: &str,
        #[case] expected: Option<&str>,
    ) {
        let uuid = [0xa9, 0xa5, 0x12, 0x9c, 0xe6, 0x17, 0x11, 0xf1, 0x82, 0xda, 0xf7, 0x73, 0x94, 0x64, 0xef, 0x84];
        let found = named_by.identity(&identity.parse().unwrap(), &uuid);
        assert_eq!(found.as_deref(), expected.map(str::as_bytes));
    }
}
