//! Feeds that are cut again and again while somebody writes: whatever is changed is told, when the feed begins above all.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ldap3::LdapError;
use scimfront::clock::{Clock as _, SystemClock};
use scimfront::directory::FeedEvent;
use scimfront::ldap::DnKey;

use super::kit::{Hand, Listener, Place};
use super::scenario::Classes;
use crate::coherence::cutter::Cutter;

/// How long a feed is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a feed begins that shows something.
const BEGINNINGS: usize = 3;

/// How often everything is changed at most until it has begun so often: a slow machine's feed is cut as it begins, for the most part.
const MOST_ROUNDS: usize = 30;

/// A change, and how many events had been told before it was made: everything that counts as changed later than that may be read after it.
struct Made {
    dn: String,
    told: usize,
}

/// Changes each entry below `unit` in each round once, and looks for each change in what was told.
///
/// # Errors
/// The server itself doesn't answer who changes it, by a connection that nobody cuts.
pub(super) async fn change_everything(
    place: &Place,
    classes: Classes,
    unit: &str,
    rounds: usize,
) -> Result<(), LdapError> {
    let mut scissors = Scissors { cutter: Cutter::before(&place.url), next: SystemClock.now(), patient: false };
    let listener = Listener::start(&place.through(scissors.cutter.url())).await;
    let mut hand = place.hand().await;
    let suffix = format!(",{unit},{}", place.base).to_lowercase();
    let entries = hand.everything().await.into_values().filter(|dn| dn.to_lowercase().ends_with(&suffix));
    let entries: Vec<String> = entries.collect();
    let mut begun = 0;
    for round in 0..MOST_ROUNDS {
        if round >= rounds && begun >= BEGINNINGS {
            break;
        }
        let from = listener.count();
        let made = change_each(&mut hand, &entries, &round.to_string(), &listener, &mut scissors).await?;
        let last = format!("ou=the last of {round},{}", place.base);
        hand.try_add(&last, classes.unit).await?;
        listener.until_covered(from, listener.count(), &last).await;
        listener.until_whole().await;
        let told = listener.told();
        begun += told[from..].iter().filter(|event| **event == FeedEvent::Whole).count();
        let known = named(&told[from..]);
        let everything = told.iter().rposition(|event| *event == FeedEvent::Everything);
        let is_lost = |made: &&Made| {
            !known.contains(&DnKey::of(&made.dn).unwrap()) && everything.is_none_or(|position| position < made.told)
        };
        let lost: Vec<&str> = made.iter().filter(is_lost).map(|made| &*made.dn).collect();
        assert!(lost.is_empty(), "{} of {} changes weren't told: {lost:?}", lost.len(), made.len());
    }
    assert!(begun >= BEGINNINGS, "it began but {begun} times");
    Ok(())
}

/// What cuts the feed.
struct Scissors {
    cutter: Cutter,
    /// When it is cut next, at the earliest.
    next: Instant,
    /// Whether it must have begun by then.
    patient: bool,
}

impl Scissors {
    /// Cuts the feed where it is time: once it is whole and once however it is, in turn.
    fn cut(&mut self, listener: &Listener) {
        let now = SystemClock.now();
        if now >= self.next && (!self.patient || listener.is_whole()) {
            self.cutter.cut(Duration::ZERO);
            self.next = now + PAUSE;
            self.patient = !self.patient;
        }
    }
}

async fn change_each(
    hand: &mut Hand,
    entries: &[String],
    value: &str,
    listener: &Listener,
    scissors: &mut Scissors,
) -> Result<Vec<Made>, LdapError> {
    let mut made = Vec::new();
    for dn in entries {
        scissors.cut(listener);
        let told = listener.count();
        hand.try_replace(dn, "description", value).await?;
        made.push(Made { dn: dn.clone(), told });
    }
    Ok(made)
}

/// The names of all entries that were told of.
fn named(told: &[FeedEvent]) -> BTreeSet<DnKey> {
    let changes = told.iter().flat_map(|event| match event {
        FeedEvent::Changed(changes) => changes.as_slice(),
        _ => &[],
    });
    changes.filter_map(|change| DnKey::of(change.dn.as_deref()?).ok()).collect()
}
