//! What has changed since when: sequence numbers by which what is remembered is known to be true still.
//!
//! Every change that a feed tells, and every write of our own, takes the next number and leaves it at what it makes stale. Who
//! reads notes the number first ([`Changes::begin`]); what was read is true as long as nothing that it leans on has a higher one.
//! So a change that comes during a read makes what was read stale, too, and nothing has to be looked for to be forgotten.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many entries share a place for their last change: one in so many is taken for changed when another is.
const STRIPES: usize = 1 << 16;

/// How long a directory mostly takes at most to make the changes that follow from one that it has told: slapd's overlays memberof
/// and refint work on other entries afterwards, and say nothing of it.
pub const SETTLE: Duration = Duration::from_secs(1);

/// How long it may take with very many: what such a change may still reach isn't remembered before.
pub const SURE: Duration = Duration::from_secs(10);

/// When members are looked at again, for a directory that needs longer.
pub const AGAIN: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(30)];

/// The last changes of everything that one bridge serves.
#[derive(Debug)]
pub struct Changes {
    /// From when on time is counted: the first moment that anybody said.
    start: OnceLock<Instant>,
    hasher: RandomState,
    now: AtomicU64,
    /// Of anything.
    any: AtomicU64,
    /// Of everything.
    all: AtomicU64,
    /// Of who is in which group.
    groups: AtomicU64,
    /// Of what entries are called and known by.
    names: AtomicU64,
    /// Of what entries may have been called that others name still.
    mending: AtomicU64,
    /// Of single entries, by a hash of id or name.
    stripes: Box<[AtomicU64]>,
    /// When entries were last renamed (or may have been), removed, and changed as groups, in milliseconds since the start.
    renamed: Last,
    removed: Last,
    regrouped: Last,
    /// How many of [`AGAIN`] are done since.
    again: AtomicU64,
}

/// The place where an entry's last change is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stripe(u32);

/// When something happened last; never, at first.
#[derive(Debug, Default)]
struct Last(AtomicU64);

impl Last {
    /// It happened at `millis`.
    fn note(&self, millis: u64) {
        self.0.fetch_max(millis + 1, Ordering::AcqRel);
    }

    /// Whether it happened less than `time` before `millis`.
    fn is_within(&self, time: Duration, millis: u64) -> bool {
        let last = self.0.load(Ordering::Acquire);
        last > 0 && millis < (last - 1) + u64::try_from(time.as_millis()).unwrap_or(0)
    }
}

/// The moment at which reading began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    seq: u64,
    /// Whether references name what they named before the last renaming, and groups' members are known to themselves: mostly.
    settled: bool,
    groups_settled: bool,
    /// The same, even if very much follows from the last change.
    names_sure: bool,
    groups_sure: bool,
}

impl Reading {
    /// Whether what the directory itself keeps on members of their groups is as the groups have it.
    pub fn is_sure_of_groups(self) -> bool {
        self.groups_sure
    }
}

/// What something that was read leans on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaning {
    /// Single entries.
    pub entries: Box<[Stripe]>,
    /// Whether on who is in which group.
    pub groups: bool,
    /// Whether on what the directory keeps of that on members, which it may do late.
    pub kept_groups: bool,
    /// Whether on references that name nothing, which the directory may be about to mend.
    pub dangling: bool,
    /// Whether on names and keys, of any entry.
    pub names: bool,
    /// Whether on any entry at all.
    pub any: bool,
}

impl Default for Changes {
    fn default() -> Self {
        Self::new()
    }
}

impl Changes {
    /// Nothing has changed yet.
    pub fn new() -> Self {
        Self {
            start: OnceLock::new(),
            hasher: RandomState::new(),
            now: AtomicU64::new(1),
            any: AtomicU64::new(0),
            all: AtomicU64::new(0),
            groups: AtomicU64::new(0),
            names: AtomicU64::new(0),
            mending: AtomicU64::new(0),
            stripes: std::iter::repeat_with(AtomicU64::default).take(STRIPES).collect(),
            renamed: Last::default(),
            removed: Last::default(),
            regrouped: Last::default(),
            again: AtomicU64::new(AGAIN.len() as u64),
        }
    }

    /// The place of what is known as `key`: an id, or a name in the form in which names are compared.
    pub fn stripe(&self, key: &(impl Hash + ?Sized)) -> Stripe {
        let place = self.hasher.hash_one(key) as usize % STRIPES;
        Stripe(u32::try_from(place).unwrap_or_default())
    }

    /// Reading begins.
    pub fn begin(&self, now: Instant) -> Reading {
        let seq = self.now.load(Ordering::Acquire);
        let millis = self.millis(now);
        let settled = !self.renamed.is_within(SETTLE, millis);
        Reading {
            seq,
            settled,
            groups_settled: settled && !self.regrouped.is_within(SETTLE, millis),
            names_sure: !self.renamed.is_within(SURE, millis) && !self.removed.is_within(SURE, millis),
            groups_sure: !self.renamed.is_within(SURE, millis) && !self.regrouped.is_within(SURE, millis),
        }
    }

    /// Whether what was read from `reading` on and leans on `leaning` is true still.
    pub fn holds(&self, reading: Reading, leaning: &Leaning) -> bool {
        let unchanged = |last: &AtomicU64| last.load(Ordering::Acquire) <= reading.seq;
        unchanged(&self.all)
            && leaning.entries.iter().all(|stripe| self.is_unchanged(*stripe, reading))
            && (!leaning.groups || unchanged(&self.groups))
            && (!leaning.names || unchanged(&self.names))
            && (!leaning.dangling || unchanged(&self.mending))
            && (!leaning.any || unchanged(&self.any))
    }

    /// Whether what was read from `reading` on and leans on `leaning` may be remembered: not while changes of the directory's own
    /// may still be under way that nobody tells.
    pub fn lasts(&self, reading: Reading, leaning: &Leaning) -> bool {
        (reading.names_sure || !(leaning.dangling || leaning.any))
            && (reading.groups_sure || !(leaning.kept_groups || leaning.any))
            && self.holds(reading, leaning)
    }

    /// Whether nothing at all has changed since `reading`.
    pub fn unmoved(&self, reading: Reading) -> bool {
        reading.groups_settled && self.any.load(Ordering::Acquire) <= reading.seq
    }

    /// Whether the groups are as they were at `reading`.
    pub fn same_groups(&self, reading: Reading) -> bool {
        let unchanged = |last: &AtomicU64| last.load(Ordering::Acquire) <= reading.seq;
        reading.settled && unchanged(&self.all) && unchanged(&self.groups)
    }

    /// Whether the entry at `stripe` is as it was at `reading`.
    pub fn is_unchanged(&self, stripe: Stripe, reading: Reading) -> bool {
        let last = self.stripes.get(stripe.0 as usize).map_or(u64::MAX, |last| last.load(Ordering::Acquire));
        last <= reading.seq
    }

    /// Whether names are to be trusted that were read from `reading` on.
    pub fn is_known(&self, reading: Reading) -> bool {
        self.all.load(Ordering::Acquire) <= reading.seq
    }

    /// Entries changed.
    pub fn changed(&self, stripes: impl IntoIterator<Item = Stripe>) {
        let seq = self.next();
        for stripe in stripes {
            if let Some(last) = self.stripes.get(stripe.0 as usize) {
                last.fetch_max(seq, Ordering::AcqRel);
            }
        }
        self.any.fetch_max(seq, Ordering::AcqRel);
    }

    /// Who is in which group changed, at `now`.
    pub fn groups_changed(&self, now: Instant) {
        self.regrouped.note(self.millis(now));
        self.set_groups();
        self.again.store(0, Ordering::Release);
    }

    /// Entries went, at `now`: the directory may remove what names them.
    pub fn removed(&self, now: Instant) {
        self.removed.note(self.millis(now));
        self.again.store(0, Ordering::Release);
    }

    /// Entries whose names weren't known changed, at `now`: they may have been renamed, and the directory may be about to mend what
    /// names them.
    pub fn may_be_renamed(&self, now: Instant) {
        self.renamed.note(self.millis(now));
        self.again.store(0, Ordering::Release);
        let seq = self.next();
        self.mending.fetch_max(seq, Ordering::AcqRel);
        self.any.fetch_max(seq, Ordering::AcqRel);
    }

    /// What entries are called or known by changed.
    pub fn names_changed(&self) {
        let seq = self.next();
        self.names.fetch_max(seq, Ordering::AcqRel);
        self.any.fetch_max(seq, Ordering::AcqRel);
    }

    /// Everything changed, at `now`: names of many, say.
    pub fn all_changed(&self, now: Instant) {
        self.may_be_renamed(now);
        let seq = self.next();
        self.all.fetch_max(seq, Ordering::AcqRel);
        self.any.fetch_max(seq, Ordering::AcqRel);
    }

    /// To be called every now and then: lets members be read again some time after the directory may have had to work on them.
    pub fn tick(&self, now: Instant) {
        let done = self.again.load(Ordering::Acquire);
        let Some(delay) = usize::try_from(done).ok().and_then(|done| AGAIN.get(done)) else { return };
        let millis = self.millis(now);
        let early = [&self.regrouped, &self.renamed, &self.removed].iter().any(|last| last.is_within(*delay, millis));
        if !early && self.again.compare_exchange(done, done + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            self.set_groups();
        }
    }

    fn set_groups(&self) {
        let seq = self.next();
        self.groups.fetch_max(seq, Ordering::AcqRel);
        self.any.fetch_max(seq, Ordering::AcqRel);
    }

    fn next(&self) -> u64 {
        self.now.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(*self.start.get_or_init(|| now)).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use rstest::rstest;

    fn start() -> (Changes, Instant) {
        let now = SystemClock.now();
        (Changes::new(), now)
    }

    #[rstest]
    #[case::itself(|changes: &Changes, _| changes.changed([changes.stripe("a")]), true)]
    #[case::another(|changes: &Changes, _| changes.changed([changes.stripe("b")]), false)]
    #[case::groups(|changes: &Changes, now| changes.groups_changed(now), true)]
    #[case::names(|changes: &Changes, _| changes.names_changed(), false)]
    #[case::a_name(|changes: &Changes, now| changes.may_be_renamed(now), false)]
    #[case::all(|changes: &Changes, now| changes.all_changed(now), true)]
    fn what_was_read_holds_until_something_it_leans_on_changes(
        #[case] change: fn(&Changes, Instant),
        #[case] stale: bool,
    ) {
        let (changes, now) = start();
        let leaning = Leaning { entries: [changes.stripe("a")].into(), groups: true, ..Leaning::default() };
        let reading = changes.begin(now);
        assert!(changes.holds(reading, &leaning) && changes.lasts(reading, &leaning));
        change(&changes, now);
        assert_eq!(changes.holds(reading, &leaning), !stale);
        assert!(!changes.unmoved(reading));
        assert!(changes.holds(changes.begin(now), &leaning), "who reads afterwards sees the change");
    }

    #[test]
    fn what_a_directory_does_to_members_later_is_waited_for() {
        let (changes, now) = start();
        let groups = Leaning { groups: true, ..Leaning::default() };
        let kept = Leaning { kept_groups: true, ..groups.clone() };
        changes.groups_changed(now);
        assert!(!changes.lasts(changes.begin(now), &kept));
        assert!(changes.lasts(changes.begin(now), &groups), "the groups themselves tell");
        assert!(changes.lasts(changes.begin(now), &Leaning::default()), "what shows no groups needn't wait");
        assert!(changes.lasts(changes.begin(now + SURE), &kept));
    }

    #[test]
    fn members_are_looked_at_again_later() {
        let (changes, now) = start();
        let leaning = Leaning { groups: true, ..Leaning::default() };
        changes.groups_changed(now);
        let reading = changes.begin(now + SETTLE);
        changes.tick(now + SETTLE);
        assert!(changes.holds(reading, &leaning));
        changes.tick(now + AGAIN[0]);
        assert!(!changes.holds(reading, &leaning));
        let again = changes.begin(now + AGAIN[0]);
        changes.tick(now + AGAIN[0]);
        assert!(changes.lasts(again, &leaning), "once only");
        changes.tick(now + AGAIN[1]);
        assert!(!changes.lasts(again, &leaning));
    }

    #[rstest]
    #[case::a_renaming(|changes: &Changes, now| changes.all_changed(now))]
    #[case::what_may_be_one(|changes: &Changes, now| changes.may_be_renamed(now))]
    #[case::a_removal(|changes: &Changes, now| changes.removed(now))]
    fn a_name_that_names_nothing_is_remembered_when_it_cant_be_mended_any_more(#[case] change: fn(&Changes, Instant)) {
        let (changes, now) = start();
        let dangling = Leaning { dangling: true, ..Leaning::default() };
        assert!(changes.lasts(changes.begin(now), &dangling));
        change(&changes, now);
        assert!(!changes.lasts(changes.begin(now), &dangling));
        assert!(changes.lasts(changes.begin(now), &Leaning::default()), "what names only what is there needn't wait");
        assert!(changes.lasts(changes.begin(now + SURE), &dangling));
    }

    #[test]
    fn nothing_is_unmoved_while_a_directory_may_be_at_work() {
        let (changes, now) = start();
        changes.all_changed(now);
        assert!(!changes.unmoved(changes.begin(now)) && !changes.same_groups(changes.begin(now)));
        let later = changes.begin(now + SETTLE);
        assert!(changes.unmoved(later) && changes.same_groups(later));
    }
}
