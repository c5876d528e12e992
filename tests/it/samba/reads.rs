//! Reading Active Directory: who it is, entries by their GUIDs, large attributes in parts, DNs with identities.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Error, Limit, StreamOptions, Vendor};
use scimfront::ldap::{AttributeDescription, AttributeSet, Entry, ExtendedDn, Filter, Scope, Search, ValueRange};

use super::{CROWD, shared};

fn within(seconds: u64) -> Instant {
    SystemClock.now() + Duration::from_secs(seconds)
}

/// The shared domain controller in clear, as its service account.
async fn connected() -> Directory {
    let samba = shared();
    let mut options = DirectoryOptions::new(vec![samba.url().parse().unwrap()]);
    options.bind = Bind::Simple { dn: samba.bind_dn(), password: samba.password().into() };
    options.connections = 2;
    let directory = Directory::start(options, Arc::new(SystemClock));
    directory.ready(within(10)).await.unwrap();
    directory
}

fn set(names: &[&str]) -> Arc<AttributeSet> {
    Arc::new(names.iter().map(|name| name.parse().unwrap()).collect())
}

fn equals(attribute: &str, value: &[u8]) -> Filter {
    Filter::Equality(attribute.parse().unwrap(), value.to_vec())
}

fn search(filter: Filter, attributes: &[&str]) -> Search {
    Search {
        base: shared().suffix(),
        scope: Scope::Subtree,
        filter,
        attributes: set(attributes),
        size_limit: None,
        dereference: Vec::new(),
    }
}

fn named(name: &str, attributes: &[&str]) -> Search {
    search(equals("sAMAccountName", name.as_bytes()), attributes)
}

async fn the_one(directory: &Directory, search: &Search) -> Entry {
    let mut entries = directory.search(search, within(10)).await.unwrap();
    assert_eq!(entries.len(), 1, "{}", search.filter);
    entries.remove(0)
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

/// `crowd` with its members asked for in parts of `size`.
fn crowd(size: u32) -> Search {
    let member: AttributeDescription = "member".parse().unwrap();
    let part = member.in_range(ValueRange { from: 0, to: Some(size - 1) });
    let attributes = ["cn".parse().unwrap(), part].into_iter().collect();
    Search { attributes: Arc::new(attributes), ..named("crowd", &[]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn samba_says_that_it_is_active_directory() {
    let directory = connected().await;
    let capabilities = directory.capabilities().unwrap();
    assert!(capabilities.active_directory() && capabilities.paged());
    assert!(matches!(capabilities.vendor, Vendor::Samba | Vendor::ActiveDirectory), "{:?}", capabilities.vendor);
    assert_eq!(capabilities.default_naming_context.as_deref(), Some(shared().suffix().as_str()));
    assert!(capabilities.subschema_read && capabilities.member_of());
    assert!(!capabilities.assertion() && !capabilities.transactions() && !capabilities.post_read());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_found_by_its_guid_in_filters_and_as_a_base() {
    let directory = connected().await;
    let person = the_one(&directory, &named("bjensen", &["objectGUID"])).await;
    let guid = person.first(0).unwrap();
    let found = the_one(&directory, &search(equals("objectGUID", guid), &["mail"])).await;
    assert_eq!((&found.dn, found.first(0)), (&person.dn, Some(b"bjensen@example.com".as_slice())));
    let text = uuid::Uuid::from_slice_le(guid).unwrap().hyphenated().to_string();
    let mut by_base = search(Filter::Present("objectClass".parse().unwrap()), &["displayName"]);
    (by_base.base, by_base.scope) = (format!("<GUID={text}>"), Scope::Base);
    let found = the_one(&directory, &by_base).await;
    assert_eq!((found.dn, found.attributes), (person.dn, vec![vec![b"Babs Jensen".to_vec()]]));
    by_base.base = "<GUID=00000000-0000-0000-0000-000000000001>".to_owned();
    assert_eq!(directory.lookup(&by_base, within(10)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_the_whole_domain_brings_no_referrals() {
    let directory = connected().await;
    let everyone = Filter::Present("sAMAccountName".parse().unwrap());
    let mut stream = directory.stream(Arc::new(search(everyone, &["cn"])), StreamOptions::default());
    let mut found = 0;
    while let Some(batch) = stream.next_batch().await.unwrap() {
        found += batch.len();
    }
    assert!(found > CROWD, "{found}");
    assert_eq!(directory.status().skipped, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_limit_that_the_server_does_not_know_holds_all_the_same() {
    let directory = connected().await;
    let people = Filter::Present("userPrincipalName".parse().unwrap());
    let limited = Search { size_limit: Some(5), ..search(people, &["cn"]) };
    assert_eq!(directory.search(&limited, within(10)).await, Err(Error::Limit(Limit::Size)));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_in_parts_are_all_members() {
    let directory = connected().await;
    let whole = the_one(&directory, &named("crowd", &["member"])).await;
    let whole: HashSet<&Vec<u8>> = whole.values(0).iter().collect();
    assert_eq!(whole.len(), CROWD);
    // The last part may be full, short or a single value.
    for size in [150, 1_000, 1_500, 1_999, 2_000, 2_001] {
        let in_parts = the_one(&directory, &crowd(size)).await;
        assert_eq!((in_parts.first(0), in_parts.values(1).len()), (Some(b"crowd".as_slice()), CROWD), "{size}");
        assert_eq!(in_parts.values(1).iter().collect::<HashSet<_>>(), whole, "{size}");
    }
    assert_eq!(directory.status().in_flight, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_bring_members_in_parts_too() {
    let directory = connected().await;
    let groups = Search { filter: equals("objectClass", b"group"), ..crowd(7) };
    let whole = Search { attributes: set(&["cn", "member"]), ..groups.clone() };
    let mut sizes = Vec::new();
    for search in [whole, groups] {
        let options = StreamOptions { page: 6, ..StreamOptions::default() };
        let mut stream = directory.stream(Arc::new(search), options);
        let mut found = Vec::new();
        while let Some(batch) = stream.next_batch().await.unwrap() {
            found.extend(batch.into_iter().map(|group| (group.values(1).len(), group.dn)));
        }
        found.sort();
        sizes.push(found);
    }
    assert!(sizes[0].len() > 15 && sizes[0].last().unwrap().0 == CROWD);
    assert_eq!(sizes[0], sizes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_come_with_the_identities_of_what_they_name() {
    let directory = connected().await;
    let engineering =
        directory.search_identified(&named("staff", &["member", "objectGUID"]), within(10)).await.unwrap();
    let group = ExtendedDn::of(&engineering[0].dn);
    let guid = uuid::Uuid::from_slice_le(engineering[0].first(1).unwrap()).unwrap().hyphenated().to_string();
    assert_eq!(group.guid, Some(guid.as_str()));
    assert!(group.dn.starts_with("CN=staff,OU=Groups,") && group.sid.unwrap().starts_with("S-1-5-21-"), "{group:?}");
    let members: Vec<ExtendedDn<'_>> =
        engineering[0].values(0).iter().map(|value| ExtendedDn::of(text(value))).collect();
    assert_eq!(members.len(), 2);
    for member in members {
        let mut by_base = search(Filter::Present("objectClass".parse().unwrap()), &["objectSid"]);
        (by_base.base, by_base.scope) = (member.base(), Scope::Base);
        assert_eq!(the_one(&directory, &by_base).await.dn, member.dn);
    }
    // A part after the first is asked for by the entry's GUID.
    let in_parts = directory.search_identified(&crowd(999), within(10)).await.unwrap();
    assert_eq!(in_parts[0].values(1).len(), CROWD);
    assert!(in_parts[0].values(1).iter().all(|member| ExtendedDn::of(text(member)).guid.is_some()));
}
