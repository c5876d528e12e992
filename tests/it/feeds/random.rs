//! Random writes: what a cache makes of the feed is the directory in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use scimfront::directory::{ChangeKind, ChangedEntry, FeedEvent};
use scimfront::ldap::DnKey;

use super::kit::{Hand, Listener, Place};
use super::scenario::Classes;
use crate::support::dice::Dice;

/// What a cache would know of a directory by listening to its feed: every entry's name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    entries: BTreeMap<Vec<u8>, String>,
    heard: usize,
    /// Whether everything must be read again.
    stale: bool,
}

impl Model {
    fn new(entries: BTreeMap<Vec<u8>, String>) -> Self {
        Self { entries, heard: 0, stale: false }
    }

    /// Takes in what was told since the last time.
    fn listen(&mut self, listener: &Listener) {
        for event in listener.told().into_iter().skip(self.heard) {
            self.heard += 1;
            match event {
                FeedEvent::Everything => self.stale = true,
                FeedEvent::Changed(changes) => changes.into_iter().for_each(|change| self.change(change)),
                FeedEvent::Whole | FeedEvent::Broken(_) => {}
            }
        }
    }

    fn change(&mut self, change: ChangedEntry) {
        let by_name = |dn: &str| {
            let key = DnKey::of(dn).unwrap();
            self.entries.iter().find(|(_, dn)| DnKey::of(dn).unwrap() == key).map(|(id, _)| id.clone())
        };
        match change.kind {
            ChangeKind::Gone => {
                let id = change.id.or_else(|| by_name(change.dn.as_deref().unwrap()));
                if let Some(id) = id {
                    self.entries.remove(&id);
                }
            }
            ChangeKind::Present => {
                let (Some(id), Some(dn)) = (change.id, change.dn) else { return };
                if let Some(before) = self.entries.insert(id, dn.clone()) {
                    self.follow(&before, &dn);
                }
            }
        }
    }

    /// What was below an entry goes where that goes.
    fn follow(&mut self, before: &str, now: &str) {
        let (before, below) = (before.to_owned(), format!(",{before}"));
        if before == now {
            return;
        }
        for dn in self.entries.values_mut() {
            if let Some(own) = dn.strip_suffix(&below) {
                *dn = format!("{own},{now}");
            }
        }
    }
}

/// The names that the writer knows of.
struct Writer {
    hand: Hand,
    dice: Dice,
    classes: Classes,
    base: String,
    units: Vec<String>,
    leaves: Vec<String>,
    next: usize,
}

impl Writer {
    fn name(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{}", self.next)
    }

    async fn write(&mut self) {
        let unit = self.dice.pick(&self.units);
        let which = if self.leaves.len() < 3 { 0 } else { self.dice.below(10) };
        let place = self.dice.below(self.leaves.len().max(1));
        let leaf = self.leaves.get(place).cloned().unwrap_or_default();
        match which {
            0..=2 => {
                let dn = format!("cn={},{unit}", self.name("person"));
                self.hand.add(&dn, self.classes.person).await;
                self.leaves.push(dn);
            }
            3 | 4 => {
                let value = self.name("description");
                self.hand.replace(&leaf, "description", &value).await;
            }
            5 => {
                let rdn = format!("cn={}", self.name("renamed"));
                self.hand.rename(&leaf, &rdn, None).await;
                self.leaves[place] = format!("{rdn},{}", leaf.split_once(',').unwrap().1);
            }
            6 => {
                let rdn = format!("cn={}", self.name("moved"));
                self.hand.rename(&leaf, &rdn, Some(&unit)).await;
                self.leaves[place] = format!("{rdn},{unit}");
            }
            7 => self.rename_unit(&unit).await,
            _ => {
                self.hand.delete(&leaf).await;
                self.leaves.swap_remove(place);
            }
        }
    }

    async fn rename_unit(&mut self, unit: &str) {
        let rdn = format!("ou={}", self.name("unit"));
        self.hand.rename(unit, &rdn, None).await;
        let now = format!("{rdn},{}", self.base);
        let below = format!(",{unit}");
        self.units.iter_mut().filter(|other| **other == unit).for_each(|other| *other = now.clone());
        for leaf in &mut self.leaves {
            if let Some(own) = leaf.strip_suffix(&below) {
                *leaf = format!("{own},{now}");
            }
        }
    }
}

fn keys(entries: &BTreeMap<Vec<u8>, String>) -> BTreeMap<Vec<u8>, DnKey> {
    entries.iter().map(|(id, dn)| (id.clone(), DnKey::of(dn).unwrap())).collect()
}

/// What differs, in words.
fn compare(model: &BTreeMap<Vec<u8>, DnKey>, expected: &BTreeMap<Vec<u8>, DnKey>) -> String {
    let missing = expected.iter().filter(|(id, _)| !model.contains_key(*id)).map(|(_, dn)| format!("missing {dn:?}"));
    // 389 Directory Server may go on to show what is below a renamed unit under the unit's old name.
    let names: BTreeSet<_> = expected.values().collect();
    let orphan = |dn: &DnKey| dn.parent().is_some_and(|parent| parent.depth() > 2 && !names.contains(&parent));
    let others = model.iter().filter(|(id, dn)| expected.get(*id).is_none_or(|is| is != *dn && !orphan(is)));
    let others = others.map(|(id, dn)| format!("{dn:?} instead of {:?}", expected.get(id)));
    missing.chain(others).collect::<Vec<_>>().join(", ")
}

/// Writes at random, and compares in the end.
pub(super) async fn write_and_compare(place: &Place, writer: &Place, classes: Classes, writes: usize, seed: u64) {
    let mut reader = place.hand().await;
    let mut hand = writer.hand().await;
    let units = [1, 2, 3].map(|n| format!("ou=random-{n},{}", place.base)).to_vec();
    for unit in &units {
        hand.add(unit, classes.unit).await;
    }
    let listener = Listener::start(place).await;
    let mut model = Model::new(reader.everything().await);
    let (dice, base) = (Dice::new(seed), place.base.clone());
    let mut writer = Writer { hand, dice, classes, base, units, leaves: Vec::new(), next: 0 };
    for _ in 0..writes {
        writer.write().await;
    }
    let mut difference = String::new();
    for _ in 0..200 {
        // Others may write here too, so what is expected is read again.
        let expected = keys(&reader.everything().await);
        model.listen(&listener);
        if std::mem::take(&mut model.stale) {
            model.entries = reader.everything().await;
        }
        difference = compare(&keys(&model.entries), &expected);
        if difference.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(difference, "", "seed {seed}");
    listener.until_whole().await;
}
