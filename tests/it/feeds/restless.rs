//! Feeds that are cut again and again while somebody writes: whatever is changed is told, when the feed begins above all.

use std::collections::BTreeSet;
use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};
use scimfront::directory::FeedEvent;
use scimfront::ldap::DnKey;

use super::kit::{Hand, Listener, Place, names};
use super::scenario::Classes;
use crate::coherence::cutter::Cutter;

/// How long a feed is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// Changes each entry of `unit` in each round once, and looks for each change in what was told.
pub(super) async fn change_everything(place: &Place, classes: Classes, unit: &str, rounds: usize) {
    let cutter = Cutter::before(&place.url);
    let listener = Listener::start(&place.through(cutter.url())).await;
    let mut hand = place.hand().await;
    let suffix = format!(",{unit},{}", place.base).to_lowercase();
    let entries = hand.everything().await.into_values().filter(|dn| dn.to_lowercase().ends_with(&suffix));
    let entries: Vec<String> = entries.collect();
    let mut begun = 0;
    for round in 0..rounds {
        let from = listener.count();
        change_each(&mut hand, &entries, &round.to_string(), &cutter).await;
        let last = format!("ou=the last of {round},{}", place.base);
        hand.add(&last, classes.unit).await;
        listener.until_told(from, "the last change", |change| names(change, &last)).await;
        listener.until_whole().await;
        hand.delete(&last).await;
        let told = listener.told().split_off(from);
        assert!(!told.contains(&FeedEvent::Everything), "nothing is shown by that");
        begun += told.iter().filter(|event| **event == FeedEvent::Whole).count();
        let known = named(&told);
        let lost: Vec<&String> = entries.iter().filter(|dn| !known.contains(&DnKey::of(dn).unwrap())).collect();
        assert!(lost.is_empty(), "{} of {} changes weren't told: {lost:?}", lost.len(), entries.len());
    }
    assert!(begun > 2, "it began but {begun} times");
}

async fn change_each(hand: &mut Hand, entries: &[String], value: &str, cutter: &Cutter) {
    let mut next = SystemClock.now();
    for dn in entries {
        if SystemClock.now() >= next {
            cutter.cut(Duration::ZERO);
            next = SystemClock.now() + PAUSE;
        }
        hand.replace(dn, "description", value).await;
    }
}

/// The names of all entries that were told of.
fn named(told: &[FeedEvent]) -> BTreeSet<DnKey> {
    let changes = told.iter().flat_map(|event| match event {
        FeedEvent::Changed(changes) => changes.as_slice(),
        _ => &[],
    });
    changes.filter_map(|change| DnKey::of(change.dn.as_deref()?).ok()).collect()
}
