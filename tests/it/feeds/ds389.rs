//! Content synchronisation with 389 Directory Server.

use std::sync::OnceLock;
use std::time::Duration;

use scimfront::directory::FeedSource;
use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};

use super::kit::{Listener, Place, names};
use super::proxy::Proxy;
use super::{random, restless, scenario, sync};

const PAGE: &str = include_str!("../../../docs/cache.md");

fn server() -> &'static Ds389 {
    static SERVER: OnceLock<Ds389> = OnceLock::new();
    SERVER.get_or_init(|| {
        let tree = TreeOptions::sized(30, 9);
        Ds389::start(&Ds389Options { tree, ..Ds389Options::default() }).expect("389-DS starts")
    })
}

fn place() -> Place {
    of(server())
}

pub(super) fn of(server: &Ds389) -> Place {
    Place {
        url: server.url(),
        bind_dn: server.bind_dn(),
        password: server.password().to_owned(),
        base: server.suffix().to_owned(),
        identity: "nsUniqueId",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_server_389_tells_of_every_kind_of_change() {
    let place = place();
    let listener = Listener::start(&place).await;
    assert_eq!(listener.handle.source(), FeedSource::Sync);
    scenario::play(&listener, &place, scenario::STANDARD, true).await;
    listener.until_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cache_makes_of_389s_feed_is_the_directory() {
    let place = place();
    random::write_and_compare(&place, &place, scenario::STANDARD, 200, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_loss_everything_of_389_is_taken_for_changed() {
    let place = place();
    let proxy = Proxy::to(&place.url).await;
    let listener = Listener::start(&place.through(proxy.url())).await;
    let from = listener.count();
    proxy.cut();
    listener.until_broken().await;
    let added = format!("ou=after a loss,{}", place.base);
    let mut hand = place.hand().await;
    hand.add(&added, scenario::STANDARD.unit).await;
    proxy.restore();
    listener.until_everything(from).await;
    listener.until_whole().await;
    let from = listener.count();
    hand.replace(&added, "description", "later").await;
    listener.until_told(from, "a change", |change| names(change, &added)).await;
    hand.delete(&added).await;
}

/// Each round ends with a beginning after which nothing is cut: what changes as it begins counts above all.
#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_though_389s_feed_begins_again_and_again() {
    for _ in 0..3 {
        let server = private(|options| options.tree = TreeOptions::sized(60, 1));
        match restless::change_everything(&of(&server), scenario::STANDARD, "ou=people", 20).await {
            Ok(()) => return,
            // In ns-slapd 2.3.1 the thread that writes the retro changelog and one that reads it as a synchronisation begins wait for
            // each other for ever, rarely (both in libdb's __memp_fget).
            Err(error) => eprintln!("389-DS doesn't answer its clients any more ({error}): another one is taken"),
        }
    }
    panic!("three servers didn't answer any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_plugins_feed_changes() {
    let mut server = private(|options| options.sync = false);
    let (_, rest) = PAGE.split_once("```ldif\n").unwrap();
    let (ldif, _) = rest.split_once("```").unwrap();
    server.ldapmodify(ldif).unwrap();
    server.restart().unwrap();
    let place = of(&server);
    let listener = Listener::start(&place).await;
    assert_eq!(listener.handle.source(), FeedSource::Sync);
    scenario::play(&listener, &place, scenario::STANDARD, true).await;
    listener.until_whole().await;
}

/// A server of one's own.
fn private(change: impl FnOnce(&mut Ds389Options)) -> Ds389 {
    let mut options = Ds389Options { tree: TreeOptions::sized(30, 9), ..Ds389Options::default() };
    change(&mut options);
    Ds389::start(&options).expect("389-DS starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_389_that_restarts_is_followed_again() {
    let mut server = private(|_| ());
    let place = of(&server);
    let listener = Listener::start(&place).await;
    let mut hand = place.hand().await;
    let first = format!("ou=before a restart,{}", place.base);
    hand.add(&first, scenario::STANDARD.unit).await;
    listener.until_told(0, "an addition", |change| names(change, &first)).await;
    for round in 0..2 {
        let from = listener.count();
        server.restart().unwrap();
        // Nobody waits for the feed to be whole again.
        let unit = format!("ou=after restart {round},{}", place.base);
        let mut hand = place.hand().await;
        hand.add(&unit, scenario::STANDARD.unit).await;
        listener.until_covered(from, listener.count(), &unit).await;
        listener.until_whole().await;
        let from = listener.count();
        hand.replace(&first, "description", &round.to_string()).await;
        listener.until_told(from, "a change", |change| names(change, &first)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_389() {
    let place = place();
    let dn = format!("ou=people,{}", place.base);
    sync::measure(&place, &place, &dn, 500, Duration::from_millis(3)).await;
}
