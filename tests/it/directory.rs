//! What a `Directory` promises, on a real slapd.

mod faults;
mod hostile;
mod reads;
mod secured;
mod several;
mod streams;
mod writes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Error};
use scimfront::ldap::{AttributeSet, Entry, Filter, Scope, Search};
use scimfront::sandbox::Slapd;

use super::support;

/// A moment that far from now.
fn within(seconds: u64) -> Instant {
    SystemClock.now() + Duration::from_secs(seconds)
}

fn set(names: &[&str]) -> Arc<AttributeSet> {
    Arc::new(names.iter().map(|name| name.parse().unwrap()).collect())
}

fn equals(attribute: &str, value: &str) -> Filter {
    Filter::Equality(attribute.parse().unwrap(), value.as_bytes().to_vec())
}

fn people(base: &str, attributes: &[&str]) -> Search {
    Search {
        base: base.to_owned(),
        scope: Scope::Subtree,
        filter: equals("objectClass", "inetOrgPerson"),
        attributes: set(attributes),
        size_limit: None,
        dereference: Vec::new(),
    }
}

/// Options for `url` as the main service account of `slapd`, quick to connect again.
fn options(slapd: &Slapd, url: &str) -> DirectoryOptions {
    let mut options = DirectoryOptions::new(vec![url.parse().unwrap()]);
    options.bind = Bind::Simple { dn: slapd.bind_dn(), password: slapd.password().into() };
    options.reconnect = (Duration::from_millis(20), Duration::from_millis(200));
    options.validate().unwrap();
    options
}

fn start(options: DirectoryOptions) -> Directory {
    Directory::start(options, Arc::new(SystemClock))
}

/// A directory over `slapd`, all of whose connections are up.
async fn connected(options: DirectoryOptions) -> Directory {
    let directory = start(options);
    directory.ready(within(10)).await.unwrap();
    until(|| directory.status().up == directory.options().connections).await;
    directory
}

async fn shared() -> Directory {
    let slapd = support::shared();
    connected(options(slapd, &slapd.url())).await
}

async fn until(mut condition: impl FnMut() -> bool) {
    let deadline = within(10);
    while !condition() {
        pause(deadline).await;
    }
}

/// A moment between two looks at what is waited for, until `deadline`.
async fn pause(deadline: Instant) {
    assert!(SystemClock.now() < deadline, "waited in vain");
    tokio::time::sleep(Duration::from_millis(2)).await;
}

fn text(entry: &Entry, place: usize) -> &str {
    std::str::from_utf8(entry.first(place).unwrap()).unwrap()
}

fn unavailable(error: &Error) -> bool {
    matches!(error, Error::Unavailable { .. })
}
