//! Several servers of one directory: which is used, and what happens when it dies, hangs, comes back or is behind.

use std::time::Duration;

use scimfront::directory::{SrvOptions, WriteOptions};
use scimfront::ldap::change::{Modification, ModificationKind};
use scimfront::ldap::plan::EntryChange;

use super::*;
use crate::support::cluster::{Cluster, Replication};
use crate::support::dns::Dns;

fn several(cluster: &Cluster) -> DirectoryOptions {
    let first = &cluster.servers[0];
    let mut options = options(first, &first.url());
    options.urls = cluster.urls().iter().map(|url| url.parse().unwrap()).collect();
    options.fail_back = Duration::from_millis(50);
    options
}

fn with_replica(cluster: &Cluster) -> DirectoryOptions {
    let mut options = several(cluster);
    options.replicas = options.urls.split_off(1);
    options
}

fn uses(directory: &Directory, server: &Slapd) -> bool {
    let address = |address: Option<Arc<str>>| address.is_some_and(|address| *address == server.url());
    let status = directory.status();
    address(status.writer) && address(status.reader)
}

fn dn(cluster: &Cluster) -> String {
    format!("uid=bjensen,ou=engineering,ou=people,{}", cluster.servers[0].suffix())
}

/// Writes `text` as the one description.
async fn describe(cluster: &Cluster, directory: &Directory, text: &str) -> Result<Arc<str>, Error> {
    let step = Modification {
        kind: ModificationKind::Replace,
        attribute: "description".parse().unwrap(),
        values: vec![text.as_bytes().to_vec()],
    };
    let change = EntryChange::modify(dn(cluster), vec![step]);
    Ok(directory.write(change, WriteOptions::default(), within(5)).await?.server)
}

async fn description(cluster: &Cluster, directory: &Directory) -> Result<String, Error> {
    let mut search = people(cluster.servers[0].suffix(), &["description"]);
    search.filter = equals("uid", "bjensen");
    let entries = directory.search(&search, within(5)).await?;
    Ok(String::from_utf8(entries[0].first(0).unwrap_or_default().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_takes_over_at_once_and_the_preferred_one_when_it_has_caught_up() {
    let mut cluster = Cluster::start(2, 30, Replication::MultiProvider);
    let directory = connected(several(&cluster)).await;
    assert!(uses(&directory, &cluster.servers[0]));
    describe(&cluster, &directory, "before").await.unwrap();
    let second = connected(options(&cluster.servers[0], &cluster.servers[1].url())).await;
    let mut seen = description(&cluster, &second).await.unwrap();
    let deadline = within(30);
    while seen != "before" {
        pause(deadline).await;
        seen = description(&cluster, &second).await.unwrap();
    }

    cluster.servers[0].kill_hard().unwrap();
    let killed = SystemClock.now();
    let deadline = within(30);
    while description(&cluster, &directory).await.is_err() {
        pause(deadline).await;
    }
    let took = SystemClock.now() - killed;
    assert!(took < Duration::from_secs(5), "{took:?}");
    eprintln!("reads failed over within {took:?}");
    assert_eq!(description(&cluster, &directory).await.unwrap(), "before");
    let server = describe(&cluster, &directory, "meanwhile").await.unwrap();
    assert_eq!(*server, *cluster.servers[1].url());
    until(|| directory.status().up == 4 && uses(&directory, &cluster.servers[1])).await;

    cluster.servers[0].restart().unwrap();
    // What was written meanwhile isn't lost to readers for a moment.
    let deadline = within(30);
    while !uses(&directory, &cluster.servers[0]) {
        assert_eq!(description(&cluster, &directory).await.unwrap(), "meanwhile");
        pause(deadline).await;
    }
    for _ in 0..50 {
        assert_eq!(description(&cluster, &directory).await.unwrap(), "meanwhile");
    }
    let server = describe(&cluster, &directory, "after").await.unwrap();
    assert_eq!(*server, *cluster.servers[0].url());
    until(|| directory.status().up == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_left_for_the_next_one() {
    let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let directory = connected(several(&cluster)).await;
    cluster.servers[0].suspend().unwrap();
    let asked = SystemClock.now();
    let deadline = within(30);
    while !uses(&directory, &cluster.servers[1]) {
        // It may still answer: it is suspended in its own time.
        let _ = description(&cluster, &directory).await;
        pause(deadline).await;
    }
    eprintln!("left a hanging server within {:?}", SystemClock.now() - asked);
    assert!(description(&cluster, &directory).await.is_ok());
    cluster.servers[0].resume().unwrap();
    until(|| uses(&directory, &cluster.servers[0])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_server_the_answer_comes_at_once() {
    let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let directory = connected(several(&cluster)).await;
    for server in &mut cluster.servers {
        server.kill_hard().unwrap();
    }
    until(|| directory.status().failure.is_some()).await;
    let asked = SystemClock.now();
    let Err(Error::Unavailable { retry_after, .. }) = description(&cluster, &directory).await else {
        panic!("unavailable is expected")
    };
    assert!(SystemClock.now() - asked < Duration::from_millis(50) && retry_after >= Duration::from_secs(1));
    let status = directory.status();
    assert_eq!((status.writer, status.reader), (None, None));
    cluster.servers[1].restart().unwrap();
    until(|| uses(&directory, &cluster.servers[1])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_never_takes_back_what_was_written() {
    let cluster = Cluster::start(2, 10, Replication::Replicas);
    let directory = connected(with_replica(&cluster)).await;
    let replica = cluster.servers[1].url();
    let at_replica = || directory.status().reader.is_some_and(|reader| *reader == replica);
    until(at_replica).await;
    let mut from_replica = 0;
    for round in 0..200 {
        let text = format!("round {round}");
        assert_eq!(*describe(&cluster, &directory, &text).await.unwrap(), *cluster.servers[0].url());
        for _ in 0..3 {
            assert_eq!(description(&cluster, &directory).await.unwrap(), text);
            from_replica += usize::from(at_replica());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert!(from_replica > 0, "the replica never caught up");
    eprintln!("{from_replica} of 600 reads after writes came from the replica");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_gets_nothing_is_left_and_stands_in_when_the_writer_is_away() {
    let mut cluster = Cluster::start(2, 10, Replication::Replicas);
    let mut options = with_replica(&cluster);
    options.replica_lag = Duration::from_millis(300);
    let directory = connected(options.clone()).await;
    let (writer, replica) = (cluster.servers[0].url(), cluster.servers[1].url());
    let reads_at = |url: &str| directory.status().reader.is_some_and(|reader| *reader == *url);
    until(|| reads_at(&replica)).await;

    cluster.servers[1].suspend().unwrap();
    describe(&cluster, &directory, "unheard of").await.unwrap();
    assert_eq!(description(&cluster, &directory).await.unwrap(), "unheard of");
    until(|| reads_at(&writer)).await;
    assert_eq!(description(&cluster, &directory).await.unwrap(), "unheard of");
    cluster.servers[1].resume().unwrap();
    until(|| reads_at(&replica)).await;
    assert_eq!(description(&cluster, &directory).await.unwrap(), "unheard of");

    cluster.servers[0].kill_hard().unwrap();
    until(|| directory.status().writer.is_none()).await;
    assert_eq!(description(&cluster, &directory).await.unwrap(), "unheard of");
    assert!(unavailable(&describe(&cluster, &directory, "refused").await.unwrap_err()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_remembered_of_one_server_is_forgotten_with_it() {
    let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let directory = connected(several(&cluster)).await;
    let base = cluster.servers[0].suffix().to_owned();
    description(&cluster, &directory).await.unwrap();
    let before = directory.stamp(&base, within(5)).await.unwrap();
    assert_eq!(directory.stamp(&base, within(5)).await.unwrap(), before);
    cluster.servers[0].kill_hard().unwrap();
    until(|| uses(&directory, &cluster.servers[1])).await;
    description(&cluster, &directory).await.unwrap();
    assert_ne!(directory.stamp(&base, within(5)).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_found_by_dns_in_order_and_followed_when_the_records_change() {
    let cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let dns = Dns::start();
    let port = |server: usize| cluster.servers[server].port();
    dns.serve("_ldap._tcp.example.com", &[(10, 0, port(0), "localhost"), (0, 0, port(1), "localhost")]);
    let mut options = several(&cluster);
    options.urls.clear();
    options.srv = Some(SrvOptions { name: "example.com".to_owned(), tls: false, resolver: Some(dns.address()) });
    options.validate().unwrap();
    let directory = connected(options).await;
    let at = |server: usize| {
        let url = format!("ldap://localhost:{}", port(server));
        directory.status().writer.is_some_and(|writer| *writer == *url)
    };
    assert!(at(1));
    dns.serve("_ldap._tcp.example.com", &[(0, 0, port(0), "localhost")]);
    until(|| at(0)).await;
    // A DNS server that is away takes nothing away.
    drop(dns);
    assert!(description(&cluster, &directory).await.is_ok());
}
