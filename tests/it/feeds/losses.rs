//! Feeds whose connection is lost, whose server dies, or which are too far behind.

use std::time::Duration;

use scimfront::directory::{ChangeKind, FeedEvent};
use scimfront::sandbox::{Overlay, Slapd};

use super::kit::{Listener, Place, names, slapd};
use super::proxy::Proxy;
use super::scenario::STANDARD;
use crate::support::cluster::{Cluster, Replication};

/// A feed over a wire, and an entry to delete while that is cut.
async fn wired(slapd: &Slapd) -> (Proxy, Listener, Place, String) {
    let place = Place::of(slapd);
    let doomed = format!("ou=doomed,{}", place.base);
    place.hand().await.add(&doomed, STANDARD.unit).await;
    let proxy = Proxy::to(&place.url).await;
    let listener = Listener::start(&place.through(proxy.url())).await;
    (proxy, listener, place, doomed)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_the_connection_is_cut_is_told_afterwards() {
    let slapd = slapd(|_| ());
    let (proxy, listener, place, doomed) = wired(&slapd).await;
    let id = place.hand().await.everything().await.into_iter().find(|(_, dn)| *dn == doomed).unwrap().0;
    for round in 0..3 {
        let from = listener.count();
        proxy.cut();
        listener.until_broken().await;
        let added = format!("ou=added-{round},{}", place.base);
        let mut hand = place.hand().await;
        hand.add(&added, STANDARD.unit).await;
        if round == 1 {
            hand.delete(&doomed).await;
        }
        proxy.restore();
        listener.until_whole().await;
        let told = listener.told().split_off(from);
        let changes = told.iter().flat_map(|event| match event {
            FeedEvent::Changed(changes) => changes.clone(),
            _ => Vec::new(),
        });
        let changes: Vec<_> = changes.collect();
        assert!(matches!(told[0], FeedEvent::Broken(_)), "{told:?}");
        assert!(changes.iter().any(|change| names(change, &added)), "{told:?}");
        let gone = changes.iter().any(|change| change.kind == ChangeKind::Gone && change.id.as_ref() == Some(&id));
        assert_eq!(gone, round == 1, "{told:?}");
        assert!(!told.contains(&FeedEvent::Everything), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_tell_what_is_gone_makes_everything_stale() {
    // A provider without a session log.
    let slapd = slapd(|options| {
        options.overlays.retain(|overlay| *overlay != Overlay::Syncprov);
        options.global_lines = vec!["moduleload syncprov".to_owned()];
        options.database_lines = vec!["overlay syncprov".to_owned()];
    });
    let (proxy, listener, place, doomed) = wired(&slapd).await;
    let from = listener.count();
    proxy.cut();
    listener.until_broken().await;
    let mut hand = place.hand().await;
    hand.delete(&doomed).await;
    hand.replace(&place.base, "description", "changed").await;
    proxy.restore();
    listener.until_whole().await;
    listener.until_everything(from).await;
    let added = format!("ou=added,{}", place.base);
    hand.add(&added, STANDARD.unit).await;
    listener.until_told(from, "an addition", |change| names(change, &added)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_is_survived() {
    let mut slapd = slapd(|_| ());
    let place = Place::of(&slapd);
    let listener = Listener::start(&place).await;
    slapd.stop().unwrap();
    listener.until_broken().await;
    slapd.restart().unwrap();
    listener.until_whole().await;
    // Nothing has changed meanwhile: nothing was said.
    assert!(!listener.told().contains(&FeedEvent::Everything), "{:?}", listener.told());
    let from = listener.count();
    let added = format!("ou=added,{}", place.base);
    place.hand().await.add(&added, STANDARD.unit).await;
    listener.until_told(from, "an addition", |change| names(change, &added)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_breaks_its_feed() {
    let mut slapd = slapd(|_| ());
    let listener = Listener::start(&Place::of(&slapd)).await;
    slapd.suspend().unwrap();
    listener.until_broken().await;
    slapd.resume().unwrap();
    listener.until_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_of_the_same_directory_is_followed_anew() {
    let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let place = Place::of(&cluster.servers[0]);
    let mut options = place.options();
    options.urls = cluster.urls().iter().map(|url| url.parse().unwrap()).collect();
    options.fail_back = Duration::from_secs(60);
    let listener = Listener::follow(options, place.feed()).await;
    let from = listener.count();
    cluster.servers[0].kill_hard().unwrap();
    // Who read there before it had everything that was told here isn't told again.
    listener.until_everything(from).await;
    listener.until_whole().await;
    let from = listener.count();
    let added = format!("ou=added,{}", place.base);
    Place::of(&cluster.servers[1]).hand().await.add(&added, STANDARD.unit).await;
    listener.until_told(from, "an addition", |change| names(change, &added)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_followed_as_long_as_it_keeps_up() {
    let mut cluster = Cluster::start(2, 10, Replication::Replicas);
    let place = Place::of(&cluster.servers[0]);
    let mut options = place.options();
    options.replicas = vec![cluster.servers[1].url().parse().unwrap()];
    options.replica_lag = Duration::from_millis(500);
    let listener = Listener::follow(options, place.feed()).await;
    let mut hand = place.hand().await;
    let added = |n: u32| format!("ou=added-{n},{}", place.base);
    let from = listener.count();
    hand.add(&added(0), STANDARD.unit).await;
    listener.until_told(from, "an addition", |change| names(change, &added(0))).await;
    // A replica that gets nothing tells nothing: the other one is read then, and followed. While the replica has yet to come level,
    // that is so already: then it is tried again.
    let mut last = 0;
    let from = loop {
        last += 1;
        assert!(last <= 20, "the replica is never followed: {:#?}", listener.told());
        listener.until_whole().await;
        let from = listener.count();
        cluster.servers[1].suspend().unwrap();
        hand.add(&added(last), STANDARD.unit).await;
        listener.until_told(from, "an addition", |change| names(change, &added(last))).await;
        let is_told = listener.tells_everything(from, Duration::from_secs(3)).await;
        cluster.servers[1].resume().unwrap();
        if is_told {
            break from;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    hand.add(&added(last + 1), STANDARD.unit).await;
    listener.until_told(from, "an addition", |change| names(change, &added(last + 1))).await;
    listener.until_whole().await;
}
