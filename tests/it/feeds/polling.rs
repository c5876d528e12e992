//! Polling, where the server offers nothing better.

use std::time::Duration;

use scimfront::directory::FeedSource;
use scimfront::sandbox::{Ds389, Ds389Options, Overlay, TreeOptions};

use super::kit::{Listener, Place, names, slapd};
use super::scenario::STANDARD;
use super::{ds389, scenario};

#[tokio::test(flavor = "multi_thread")]
async fn without_an_overlay_changes_are_polled_for_and_deletions_have_a_lifetime() {
    let slapd = slapd(|options| options.overlays.retain(|overlay| *overlay != Overlay::Syncprov));
    let place = Place::of(&slapd);
    for wanted in [FeedSource::Auto, FeedSource::Sync] {
        let mut feed = place.feed();
        (feed.source, feed.poll) = (wanted, Duration::from_millis(100));
        feed.lifetime = Duration::from_secs(1);
        let listener = Listener::follow(place.options(), feed).await;
        assert_eq!(listener.handle.source(), FeedSource::Poll);
        let mut hand = place.hand().await;
        let unit = format!("ou=new,{}", place.base);
        let from = listener.count();
        hand.add(&unit, STANDARD.unit).await;
        listener.until_told(from, "an addition", |change| names(change, &unit)).await;
        let from = listener.count();
        hand.replace(&unit, "description", "changed").await;
        listener.until_told(from, "a change", |change| names(change, &unit)).await;
        hand.delete(&unit).await;
        let from = listener.count();
        listener.until_everything(from).await;
        listener.until_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stamps_of_whole_seconds_are_polled_for_where_there_is_nothing_better() {
    // 389-DS without its plugin: it has modifyTimestamp alone, and by that two changes of one second look the same.
    let tree = TreeOptions::sized(30, 9);
    let server = Ds389::start(&Ds389Options { tree, sync: false, ..Ds389Options::default() }).unwrap();
    let place = ds389::of(&server);
    let mut feed = place.feed();
    (feed.poll, feed.lifetime) = (Duration::from_millis(100), Duration::from_secs(2));
    let listener = Listener::follow(place.options(), feed).await;
    assert_eq!(listener.handle.source(), FeedSource::Poll);
    scenario::play(&listener, &place, STANDARD, false).await;
    let mut hand = place.hand().await;
    let unit = format!("ou=twice,{}", place.base);
    hand.add(&unit, STANDARD.unit).await;
    for text in ["first", "second", "third"] {
        let from = listener.count();
        hand.replace(&unit, "description", text).await;
        listener.until_told(from, "a change in the same second", |change| names(change, &unit)).await;
    }
    listener.until_whole().await;
}
