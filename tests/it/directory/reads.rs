//! Searches, what a server is able to, and stamps.

use std::time::Duration;

use scimfront::directory::{Error, Limit, Vendor};
use scimfront::ldap::Scope;
use scimfront::ldap::plan::Dereference;
use scimfront::ldap::result::ResultCode;

use super::*;
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_returns_values_at_the_places_asked_for() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["entryUUID", "2.5.4.4", "mail", "userid", "name"]);
    search.filter = equals("uid", "bjensen");
    let entries = directory.search(&search, within(5)).await.unwrap();
    let [entry] = entries.as_slice() else { panic!("one entry is expected: {entries:?}") };
    let person = support::tree().person(0);
    assert_eq!(text(entry, 0), person.uuid(&support::tree_options()));
    // slapd answers `sn` and `uid`; and `name` brings its subtypes, which weren't asked for.
    assert_eq!((text(entry, 1), text(entry, 3)), ("Jensen", "bjensen"));
    assert!(entry.values(4).is_empty());
    assert!(entry.dn.starts_with("uid=bjensen,"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attributes_asked_for_means_none_sent() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &[]);
    search.filter = equals("uid", "bjensen");
    let entries = directory.search(&search, within(5)).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].attributes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn referenced_entries_come_in_the_same_answer() {
    let directory = shared().await;
    let slapd = support::shared();
    let suffix = slapd.suffix();
    let search = Search {
        filter: equals("cn", "everyone"),
        dereference: vec![Dereference {
            attribute: "member".parse().unwrap(),
            attributes: set(&["entryUUID", "mail"]),
        }],
        ..people(suffix, &["member"])
    };
    let entries = directory.search(&search, within(5)).await.unwrap();
    let group = &entries[0];
    assert!(group.values(0).len() > 100);
    assert_eq!(group.dereferenced.len(), group.values(0).len());
    let person = support::tree().person(0);
    let found = group.dereferenced.iter().find(|found| found.dn.starts_with("uid=bjensen,")).unwrap();
    assert_eq!(found.attributes[0], [person.uuid(&support::tree_options()).as_bytes()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_does_not_exist_is_refused_by_search_and_nothing_to_lookup() {
    let directory = shared().await;
    let mut search = people(&format!("ou=nowhere,{}", support::shared().suffix()), &["cn"]);
    search.scope = Scope::Base;
    let error = directory.search(&search, within(5)).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(result) if result.code == ResultCode::NO_SUCH_OBJECT), "{error}");
    assert_eq!(directory.lookup(&search, within(5)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_entries_than_the_size_limit_are_an_error() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["uid"]);
    search.size_limit = Some(7);
    assert_eq!(directory.search(&search, within(5)).await, Err(Error::Limit(Limit::Size)));
    search.filter = equals("uid", "bjensen");
    search.size_limit = Some(1);
    assert_eq!(directory.search(&search, within(5)).await.unwrap().len(), 1);
    until(|| directory.status().message_ids == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaged_search_without_a_limit_has_the_directorys() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.unpaged_limit = 10;
    let directory = connected(options).await;
    let error = directory.search(&people(slapd.suffix(), &["uid"]), within(5)).await.unwrap_err();
    assert_eq!(error, Error::Limit(Limit::Size));
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_searches_leave_no_message_id_behind() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["uid"]);
    search.filter = equals("uid", "bjensen");
    let search = Arc::new(search);
    let workers = (0..64).map(|_| {
        let (directory, search) = (directory.clone(), search.clone());
        tokio::spawn(async move {
            for _ in 0..50 {
                assert_eq!(directory.search(&search, within(20)).await.unwrap().len(), 1);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    until(|| directory.status().message_ids == 0).await;
    assert_eq!(directory.status().in_flight, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_come_from_root_dse_and_subschema() {
    let directory = shared().await;
    let capabilities = directory.capabilities().unwrap();
    assert_eq!(capabilities.vendor, Vendor::OpenLdap);
    assert!(capabilities.paged() && capabilities.dereference() && capabilities.sync() && capabilities.sort());
    assert!(capabilities.transactions() && capabilities.assertion() && capabilities.member_of());
    assert!(capabilities.subschema_read);
    assert!(capabilities.subschema.attribute("scimExternalId").is_some());
    let suffix = support::shared().suffix();
    assert_eq!(capabilities.naming_context(&format!("ou=people,{suffix}")), Some(suffix));
    assert_eq!(capabilities.generation, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stamp_moves_with_every_write() {
    let slapd = support::shared();
    let suffix = support::private();
    let mut options = options(slapd, &slapd.url());
    options.bind = Bind::Simple { dn: slapd.bind_dn_of(&suffix), password: slapd.password().into() };
    let directory = connected(options).await;
    let base = format!("ou=people,{suffix}");
    let before = directory.stamp(&base, within(5)).await.unwrap();
    assert!(before.is_some());
    assert_eq!(directory.stamp(&base, within(5)).await.unwrap(), before);
    let dn = format!("uid=bjensen,ou=engineering,ou=people,{suffix}");
    let change = format!("dn: {dn}\nchangetype: modify\nreplace: title\ntitle: Stamped\n");
    slapd.ldapmodify_as(&slapd.bind_dn_of(&suffix), &change).unwrap();
    let after = directory.stamp(&base, within(5)).await.unwrap();
    assert!(after.is_some() && after != before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_directory_sends_nothing() {
    let directory = shared().await;
    directory.close().await;
    let search = people(support::shared().suffix(), &["uid"]);
    let error = directory.search(&search, within(5)).await.unwrap_err();
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert_eq!(directory.status().up, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_replaced_when_they_are_old_without_a_search_failing() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.max_age = Some(Duration::from_millis(50));
    let directory = connected(options).await;
    let mut search = people(slapd.suffix(), &["uid"]);
    search.filter = equals("uid", "bjensen");
    let end = within(1);
    while SystemClock.now() < end {
        assert_eq!(directory.search(&search, within(5)).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_that_ended_beside_one_that_was_dropped_leave_no_message_id_behind() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.connections = 1;
    let directory = connected(options).await;
    let all = people(slapd.suffix(), &["uid", "cn", "sn", "mail"]);
    let mut one = all.clone();
    one.filter = equals("uid", "bjensen");
    let mut dropped = 0;
    for _ in 0..20 {
        let mut long = Box::pin(directory.search(&all, within(20)));
        tokio::select! {
            _ = &mut long => {}
            found = directory.search(&one, within(20)) => {
                assert_eq!(found.unwrap().len(), 1);
                dropped += 1;
            }
        }
    }
    assert!(dropped > 0, "the long search was always the first to end");
    until(|| directory.status().message_ids == 0).await;
}
