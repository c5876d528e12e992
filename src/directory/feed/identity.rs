//! How an entry that a feed tells of is called.

use super::options::FeedOptions;
use crate::ldap::Entry;
use crate::ldap::controls::SyncUuid;

/// The identity that an entry carries itself, in the form in which the bridge knows it.
pub(super) fn of_entry(options: &FeedOptions, entry: &Entry) -> Option<Vec<u8>> {
    let place = options.attributes.position(options.identity.as_str()).unwrap_or(options.attributes.len());
    entry.first(place).map(<[u8]>::to_vec)
}

/// The identity that a server's name for an entry is, where the one tells the other.
pub(super) fn of_uuid(options: &FeedOptions, uuid: &SyncUuid) -> Option<Vec<u8>> {
    let hexadecimal = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let [a, b, c, d, e] = [&uuid[..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..]].map(hexadecimal);
    if options.identity.matches("entryUUID") { Some(format!("{a}-{b}-{c}-{d}-{e}").into_bytes()) } else { None }
}
