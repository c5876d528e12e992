//! Writes, as slapd performs them.

mod losses;
mod plans;

use std::sync::OnceLock;
use std::time::Duration;

use scimfront::directory::{Error, WriteOptions, Written};
use scimfront::ldap::change::{Modification, ModificationKind};
use scimfront::ldap::plan::{EntryChange, NewPassword};
use scimfront::ldap::{AttributeDescription, ResultCode};

use super::*;
use crate::support;

/// A suffix that the tests of writes share; each makes entries of its own.
fn suffix() -> &'static str {
    static SUFFIX: OnceLock<String> = OnceLock::new();
    SUFFIX.get_or_init(support::private)
}

fn writer_options() -> DirectoryOptions {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.bind = Bind::Simple { dn: slapd.bind_dn_of(suffix()), password: slapd.password().into() };
    options
}

async fn writer() -> Directory {
    connected(writer_options()).await
}

fn name(text: &str) -> AttributeDescription {
    text.parse().unwrap()
}

fn values(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn person_dn(uid: &str) -> String {
    format!("uid={uid},ou=people,{}", suffix())
}

fn person_at(dn: &str) -> EntryChange {
    let uid = dn.split([',', '=']).nth(1).unwrap();
    let attributes = [("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", uid), ("sn", "Test")];
    EntryChange::add(dn, attributes.map(|(attribute, value)| (name(attribute), values(&[value]))).to_vec())
}

fn person(uid: &str) -> EntryChange {
    person_at(&person_dn(uid))
}

fn group_dn(cn: &str) -> String {
    format!("cn={cn},ou=groups,{}", suffix())
}

fn group(cn: &str, members: &[&str]) -> EntryChange {
    let attributes = [("objectClass", &["groupOfNames"][..]), ("cn", &[cn]), ("member", members)];
    EntryChange::add(group_dn(cn), attributes.map(|(attribute, of)| (name(attribute), values(of))).to_vec())
}

fn step(kind: ModificationKind, attribute: &str, texts: &[&str]) -> Modification {
    Modification { kind, attribute: name(attribute), values: values(texts) }
}

fn adding(dn: &str, attribute: &str, texts: &[&str]) -> EntryChange {
    EntryChange::modify(dn, vec![step(ModificationKind::Add, attribute, texts)])
}

fn deleting(dn: &str, attribute: &str, texts: &[&str]) -> EntryChange {
    EntryChange::modify(dn, vec![step(ModificationKind::Delete, attribute, texts)])
}

fn replacing(dn: &str, attribute: &str, texts: &[&str]) -> EntryChange {
    EntryChange::modify(dn, vec![step(ModificationKind::Replace, attribute, texts)])
}

async fn write(directory: &Directory, change: EntryChange) -> Result<Written, Error> {
    directory.write(change, WriteOptions::default(), within(10)).await
}

/// The sorted values of an entry's attribute; nothing where there is no such entry.
async fn read(directory: &Directory, dn: &str, attribute: &str) -> Option<Vec<String>> {
    let search = Search { base: dn.to_owned(), scope: Scope::Base, ..people(dn, &[attribute]) };
    let search = Search { filter: Filter::Present(name("objectClass")), ..search };
    let entry = directory.lookup(&search, within(5)).await.unwrap()?;
    let mut values: Vec<_> = entry.values(0).iter().map(|value| String::from_utf8(value.clone()).unwrap()).collect();
    values.sort();
    Some(values)
}

fn code(result: Result<Written, Error>) -> u32 {
    match result {
        Err(Error::Refused(result)) => result.code.0,
        other => panic!("a refusal is expected: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_change_is_made() {
    let directory = writer().await;
    let dn = person_dn("each");
    write(&directory, person("each")).await.unwrap();
    let steps = vec![
        step(ModificationKind::Add, "mail", &["a@example.com", "b@example.com"]),
        step(ModificationKind::Delete, "mail", &["a@example.com"]),
        step(ModificationKind::Replace, "title", &["Guide"]),
        step(ModificationKind::Replace, "description", &[]),
    ];
    write(&directory, EntryChange::modify(&dn, steps)).await.unwrap();
    assert_eq!(read(&directory, &dn, "mail").await.unwrap(), ["b@example.com"]);
    write(&directory, EntryChange::rename(&dn, "uid=each 2", None)).await.unwrap();
    let renamed = person_dn("each 2");
    assert_eq!(read(&directory, &dn, "uid").await, None);
    assert_eq!(read(&directory, &renamed, "uid").await.unwrap(), ["each 2"]);
    let engineering = format!("ou=engineering,ou=people,{}", suffix());
    write(&directory, EntryChange::rename(&renamed, "uid=each 2", Some(engineering.clone()))).await.unwrap();
    let moved = format!("uid=each 2,{engineering}");
    assert_eq!(read(&directory, &moved, "title").await.unwrap(), ["Guide"]);
    write(&directory, EntryChange::delete(&moved)).await.unwrap();
    assert_eq!(read(&directory, &moved, "uid").await, None);
    until(|| directory.status().message_ids == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entry_afterwards_comes_with_the_answer() {
    let directory = writer().await;
    let dn = person_dn("post-read");
    let post_read = || WriteOptions { post_read: Some(set(&["entryCSN", "2.5.4.4", "mail"])) };
    let added = directory.write(person("post-read"), post_read(), within(5)).await.unwrap();
    assert_eq!(added.server.as_ref(), support::shared().url());
    let added = added.post_read.unwrap();
    assert_eq!((added.dn.as_str(), text(&added, 1)), (dn.as_str(), "Test"));
    assert_eq!(read(&directory, &dn, "entryCSN").await.unwrap(), [text(&added, 0)]);
    let changed = directory.write(adding(&dn, "mail", &["a@example.com"]), post_read(), within(5)).await.unwrap();
    let changed = changed.post_read.unwrap();
    assert_eq!(text(&changed, 2), "a@example.com");
    assert!(text(&changed, 0) > text(&added, 0));
    let deleted = directory.write(EntryChange::delete(&dn), post_read(), within(5)).await.unwrap();
    assert_eq!(deleted.post_read, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_comes_with_its_code() {
    let directory = writer().await;
    write(&directory, person("refused")).await.unwrap();
    let dn = person_dn("refused");
    assert_eq!(code(write(&directory, person("refused")).await), 68);
    assert_eq!(code(write(&directory, deleting(&dn, "mail", &["none@example.com"])).await), 16);
    assert_eq!(code(write(&directory, adding(&dn, "cn", &["REFUSED"])).await), 20);
    assert_eq!(code(write(&directory, adding(&dn, "noSuchAttribute", &["x"])).await), 17);
    assert_eq!(code(write(&directory, replacing(&dn, "uid", &["other"])).await), 64);
    assert_eq!(code(write(&directory, replacing(&dn, "sn", &[])).await), 65);
    assert_eq!(code(write(&directory, EntryChange::delete(person_dn("nobody"))).await), 32);
    assert_eq!(code(write(&directory, EntryChange::delete(format!("ou=people,{}", suffix()))).await), 66);
    assert_eq!(code(write(&directory, EntryChange::delete("no dn")).await), 34);
    let stale = Filter::Equality(name("entryCSN"), b"20200101000000.000000Z#000000#000#000000".to_vec());
    assert_eq!(code(write(&directory, replacing(&dn, "title", &["x"]).asserting(stale)).await), 122);
    assert_eq!(read(&directory, &dn, "title").await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_not_sent_and_harms_no_connection() {
    let directory = writer().await;
    write(&directory, person("unsent")).await.unwrap();
    let large = "x".repeat(4_200_000);
    let unsendable = [
        replacing(&person_dn("unsent"), "description", &[&large]),
        EntryChange::add(person_dn("unsent 2"), vec![(name("cn"), Vec::new())]),
        adding(&person_dn("unsent"), "mail", &[]),
    ];
    for change in unsendable {
        let error = write(&directory, change).await.unwrap_err();
        assert!(matches!(error, Error::NotSent { .. }), "{error}");
    }
    let nearly = "x".repeat(4_190_000);
    write(&directory, replacing(&person_dn("unsent"), "description", &[&nearly])).await.unwrap();
    let past = SystemClock.now();
    let error = directory.write(person("late"), WriteOptions::default(), past).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    assert_eq!(read(&directory, &person_dn("late"), "uid").await, None);
    assert_eq!(directory.status().losses, 0);
    directory.close().await;
    let error = write(&directory, person("closed")).await.unwrap_err();
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_goes_on_when_nobody_waits_for_it() {
    let directory = writer().await;
    for index in 0..30 {
        let uid = format!("dropped-{index}");
        let write = directory.write(person(&uid), WriteOptions::default(), within(10));
        // Polled once, so that it runs; then gone.
        let _ = tokio::time::timeout(Duration::ZERO, write).await;
    }
    for index in 0..30 {
        let dn = person_dn(&format!("dropped-{index}"));
        let deadline = within(10);
        while read(&directory, &dn, "uid").await.is_none() {
            assert!(SystemClock.now() < deadline, "{dn} was never written");
        }
    }
    drop(directory.write(person("never-polled"), WriteOptions::default(), within(10)));
    assert_eq!(read(&directory, &person_dn("never-polled"), "uid").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_binds_and_a_weak_one_is_refused() {
    let directory = writer().await;
    let dn = person_dn("password");
    write(&directory, person("password")).await.unwrap();
    let password = || NewPassword::new("correct horse".into());
    directory.password_modify(&dn, password(), within(5)).await.unwrap();
    let mut options = writer_options();
    options.bind = Bind::Simple { dn: dn.clone(), password: "correct horse".into() };
    start(options).ready(within(5)).await.unwrap();
    let weak = directory.password_modify(&dn, NewPassword::new("short".into()), within(5)).await;
    assert_eq!(code(weak), 19);
    let nobody = directory.password_modify(&person_dn("nobody"), password(), within(5)).await;
    assert!(matches!(nobody, Err(Error::Refused(_))), "{nobody:?}");
    let empty = directory.password_modify(&dn, NewPassword::new("".into()), within(5)).await;
    assert!(matches!(empty, Err(Error::NotSent { .. })), "{empty:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_compared_by_their_matching_rule() {
    let directory = writer().await;
    let dn = person_dn("compare");
    write(&directory, person("compare")).await.unwrap();
    let compare = async |dn: &str, attribute: &str, value: &str| {
        directory.compare(dn, &name(attribute), value.as_bytes(), within(5)).await
    };
    assert_eq!(compare(&dn, "cn", " COMPARE ").await, Ok(true));
    assert_eq!(compare(&dn, "cn", "other").await, Ok(false));
    assert_eq!(compare(&dn, "mail", "a@example.com").await, Ok(false));
    let gone = compare(&person_dn("nobody"), "cn", "x").await.unwrap_err();
    assert!(matches!(gone, Error::Refused(result) if result.code == ResultCode::NO_SUCH_OBJECT));
}
