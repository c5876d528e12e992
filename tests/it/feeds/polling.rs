//! Polling, where the server offers nothing better.

use std::time::Duration;

use scimfront::directory::FeedSource;
use scimfront::sandbox::Overlay;

use super::kit::{Listener, Place, names, slapd};
use super::scenario::STANDARD;

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
