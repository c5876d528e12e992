//! Content synchronisation with OpenLDAP.

use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{FeedEvent, FeedSource};
use scimfront::sandbox::{Load, SlapdOptions, TreeOptions};

use super::kit::{Listener, Place, names, slapd};
use super::{random, restless, scenario};

#[tokio::test(flavor = "multi_thread")]
async fn openldap_tells_of_every_kind_of_change() {
    let slapd = slapd(|_| ());
    let place = Place::of(&slapd);
    let listener = Listener::start(&place).await;
    assert_eq!(listener.handle.source(), FeedSource::Sync);
    // There is no refresh that brings what is there.
    assert_eq!(listener.told(), [FeedEvent::Whole]);
    scenario::play(&listener, &place, scenario::STANDARD, true).await;
    listener.until_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cache_makes_of_openldaps_feed_is_the_directory() {
    let slapd = slapd(|_| ());
    let place = Place::of(&slapd);
    random::write_and_compare(&place, &place, scenario::STANDARD, 200, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_though_openldaps_feed_begins_again_and_again() {
    let slapd = slapd(|options| *options = SlapdOptions::with_tree(TreeOptions::sized(2000, 1)));
    restless::change_everything(&Place::of(&slapd), scenario::STANDARD, "ou=people", 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_the_account_cannot_see_leave_the_feed_alone() {
    let slapd = slapd(|options| {
        let hidden = "access to dn.subtree=\"ou=groups,dc=example,dc=com\" by * none";
        options.global_lines = vec![hidden.to_owned()];
    });
    let place = Place::of(&slapd);
    let root = Place { bind_dn: slapd.root_dn_of(slapd.suffix()), ..place.clone() };
    let listener = Listener::start(&place).await;
    let mut hand = root.hand().await;
    for n in 0..5 {
        hand.add(&format!("ou=hidden-{n},ou=groups,{}", place.base), scenario::STANDARD.unit).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(!listener.told().contains(&FeedEvent::Everything), "{:?}", listener.told());
    listener.until_whole().await;
}

/// Prints how long after the answer to a write its event comes.
pub(super) async fn measure(place: &Place, writer: &Place, dn: &str, writes: usize, pause: Duration) {
    let listener = Listener::start(place).await;
    let mut hand = writer.hand().await;
    let mut times = Vec::new();
    for n in 0..writes {
        let from = listener.count();
        hand.replace(dn, "description", &n.to_string()).await;
        let answered = SystemClock.now();
        let told = listener.until_told(from, "a change", |change| names(change, dn)).await;
        times.push(told.saturating_duration_since(answered));
        tokio::time::sleep(pause).await;
    }
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    let broken = listener.told().iter().filter(|event| matches!(event, FeedEvent::Broken(_))).count();
    println!("{writes} writes: p50 {:?}, p99 {:?}, max {:?}; broken {broken} times", at(50), at(99), at(100));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_openldap() {
    let slapd = slapd(|_| ());
    let place = Place::of(&slapd);
    let dn = format!("ou=people,{}", place.base);
    measure(&place, &place, &dn, 1_000, Duration::from_millis(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_what_a_feed_of_many_entries_takes() {
    for people in [1_000, 100_000] {
        let slapd = slapd(|options| *options = options.clone().load(Load::Tree(TreeOptions::sized(people, 9))));
        let place = Place::of(&slapd);
        let dn = format!("ou=people,{}", place.base);
        let before = resident();
        let listener = Listener::start(&place).await;
        let whole = resident();
        let mut hand = place.hand().await;
        for n in 0..1_000 {
            hand.replace(&dn, "description", &n.to_string()).await;
        }
        let from = listener.count();
        listener.until("all changes", || listener.count() >= 1_000).await;
        println!(
            "feed of {people} people: {} kB at its start, {} kB after {from} events",
            whole - before,
            resident() - before
        );
        assert!(whole - before < 10_000, "a feed holds no entries");
    }
}

/// The resident memory of this process, in kB.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
