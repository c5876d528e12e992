//! Caches show every change: random writes behind the bridge's back, and what clients are answered after each of them.
//!
//! `COHERENCE_ROUNDS` says how many writes each test makes. What is printed is how long after the answer to a write everything
//! that it concerns was answered as it is, the time that asking takes included; "stale" is how many answers were wrong after that.

mod answer;
mod by_groups;
pub(crate) mod cutter;
mod figures;
mod lagging;
mod late;
mod readers;
mod site;
mod world;
mod writes;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use scimfront::clock::{Clock as _, SystemClock};
use scimfront::sandbox::Overlay;

use crate::support::bridge::Bridge;
use crate::support::dice::Dice;
use answer::{Answer, Asked};
use cutter::Cutter;
use figures::Figures;
use readers::{Pace, Readers};
use site::Site;
use world::World;
use writes::Deed;

/// How long a stale answer may be given before the test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// After what time it is looked again whether what was right is so still: the directory's overlays work after their answer, too.
const AGAIN: Duration = Duration::from_millis(30);

/// How long nobody writes between two writes.
const QUIET: Duration = Duration::from_millis(25);

/// For how long a cut feed is kept away at most.
const LONGEST_CUT: usize = 700;

/// What a bridge without any memory is set up with.
const FORGETFUL: &str = "feed = \"off\"\nresources = 0\nids = 0\n";

/// One resource in so many may name what is gone: the directory may be about to mend that, so that it isn't remembered yet.
const MENDED: usize = 4;

/// How many writes a test makes that is run among all others.
const FEW: usize = 12;

/// One at a time: each is to find the machine's time for itself.
static TURN: Mutex<()> = Mutex::new(());

/// How many writes each test makes, where that was said.
fn rounds() -> Option<usize> {
    std::env::var("COHERENCE_ROUNDS").ok().and_then(|text| text.parse().ok())
}

/// What is done meanwhile, or otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// Writes by LDAP.
    Changes,
    /// Clients read as often as they can.
    Hurried,
    /// The feed's connection is cut now and then.
    Cuts,
    /// The server is restarted now and then.
    Restarts,
    /// Writes by another instance.
    Instances,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Hurried => "unthrottled",
            Self::Cuts => "feed-cut",
            Self::Restarts => "restarted",
            Self::Instances => "two-instances",
        }
    }
}

/// A bridge that remembers, one that doesn't, and the directory behind both.
struct Stage {
    site: Site,
    world: World,
    cutter: Cutter,
    watched: Bridge,
    /// Another that remembers.
    writer: Bridge,
    plain: Bridge,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    fn set(site: impl FnOnce() -> Site) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let site = site();
        let world = World::of(&site);
        let cutter = Cutter::before(&site.url());
        let watched = Bridge::start_on(&site.backing(cutter.url()), &site.options(""));
        let writer = Bridge::start_on(&site.backing(site.url()), &site.options(""));
        let plain = Bridge::start_on(&site.first(site.url()), &site.options(FORGETFUL));
        Self { site, world, cutter, watched, writer, plain, _turn: turn }
    }

    /// Makes random writes, and looks at all that they concern after each.
    fn run(&mut self, variant: Variant) {
        let rounds = rounds().unwrap_or(FEW);
        let mut dice = Dice::new(7);
        let pace = match variant {
            Variant::Hurried => Pace::Hurried,
            _ if rounds == FEW => Pace::Slow,
            _ => Pace::Steady,
        };
        let readers = Readers::start(Asked::of(&self.watched), Asked::of(&self.plain), self.world.paths(), pace);
        let (mut figures, mut taken) = (Figures::begin(), 0);
        for round in 0..rounds {
            self.disturb(variant, round, rounds, &mut dice);
            let mut deed = match variant {
                Variant::Instances => Deed::by_scim(&mut self.world, &mut dice),
                _ => Deed::by_ldap(&mut self.world, &mut dice),
            };
            readers.unsettle();
            taken += usize::from(deed.perform(&self.world, self.writer.client()));
            let answered = SystemClock.now();
            deed.look_again(&mut self.world);
            figures.add(self.until_right(&deed.concerned, answered));
            readers.settle();
            thread::sleep(QUIET);
        }
        let found = readers.stop();
        figures.print(self.site.name(), variant.name(), &found);
        assert!(
            found.stale.is_empty(),
            "{} stale answers: {:#?}\n{}",
            found.stale.len(),
            found.stale,
            self.watched.log()
        );
        assert!(taken * 3 > rounds * 2, "only {taken} of {rounds} writes were taken");
        self.compare_everything();
    }

    fn disturb(&mut self, variant: Variant, round: usize, rounds: usize, dice: &mut Dice) {
        match variant {
            Variant::Cuts if dice.one_in(5) => {
                self.cutter.cut(Duration::from_millis(dice.below(LONGEST_CUT) as u64));
            }
            Variant::Restarts if round % (rounds / 20).max(5) == 2 => {
                self.site.restart();
                self.world.reconnect();
                self.until_there();
            }
            _ => {}
        }
    }

    /// Waits until all bridges have found the server again.
    fn until_there(&self) {
        let begun = SystemClock.now();
        let there = |bridge: &Bridge| Asked::of(bridge).get("/Users?count=1").is_one();
        while ![&self.watched, &self.writer, &self.plain].into_iter().all(there) {
            assert!(begun.elapsed() < PATIENCE * 3, "a bridge is without its directory: {}", self.watched.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until all of `paths` are answered as they are; how long after `since` the last of these answers was there.
    fn until_right(&self, paths: &[String], since: Instant) -> Duration {
        let (watched, plain) = (Asked::of(&self.watched), Asked::of(&self.plain));
        let mut open = paths.to_vec();
        let mut last = since;
        let mut closing = false;
        loop {
            let (answers, truths) = (watched.all(&open), plain.all(&open));
            let mut wrong = Vec::new();
            for ((path, (answer, there)), (truth, _)) in open.iter().zip(&answers).zip(&truths) {
                match answer.agrees(truth) {
                    true if closing => {}
                    true => last = last.max(*there),
                    false => wrong.push((path.clone(), answer.clone(), truth.clone())),
                }
            }
            if let Some((path, answer, truth)) = wrong.first()
                && since.elapsed() > PATIENCE
            {
                panic!("{path} is stale:\n{answer:?}\nis\n{truth:?}\n{}", self.watched.log());
            }
            match (wrong.is_empty(), closing) {
                (true, true) => return last.saturating_duration_since(since),
                (true, false) => {
                    thread::sleep(AGAIN.saturating_sub(since.elapsed()));
                    (open, closing) = (paths.to_vec(), true);
                }
                (false, _) => {
                    open = wrong.into_iter().map(|(path, _, _)| path).collect();
                    closing = false;
                }
            }
        }
    }

    /// Looks once at everything there is and was.
    fn compare_everything(&self) {
        self.until_there();
        let mut paths = self.world.paths();
        paths.extend(["/Users?count=1000".to_owned(), "/Groups?count=1000".to_owned()]);
        let truths = Asked::of(&self.plain).all(&paths);
        for bridge in [&self.watched, &self.writer] {
            let asked = Asked::of(bridge);
            let answers = asked.all(&paths);
            let wrong =
                paths.iter().zip(answers.iter().zip(&truths)).filter(|(_, (answer, truth))| answer.0 != truth.0);
            // Who finds a connection lost has no answer once.
            let wrong = wrong.filter(|(path, ((answer, _), (truth, _)))| answer.is_one() || asked.get(path) != *truth);
            let stale: Vec<(&String, &Answer, &Answer)> =
                wrong.map(|(path, (answer, truth))| (path, &answer.0, &truth.0)).collect();
            assert!(stale.is_empty(), "{} of {} answers are stale: {stale:#?}", stale.len(), paths.len());
        }
    }

    /// Reads everything until nearly nothing is asked of the directory for it any more: one in `but` at most.
    fn until_warm(&self, but: usize) {
        let begun = SystemClock.now();
        loop {
            let before = self.cutter.asked();
            for path in self.world.paths() {
                self.watched.client().get(&path);
            }
            if (self.cutter.asked() - before).saturating_mul(but) <= self.world.paths().len() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE * 3, "nothing is remembered: {}", self.watched.log());
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// What the demo's slapd runs.
fn openldap() -> Site {
    Site::openldap(Overlay::DEMO)
}

#[test]
fn changes_of_openldap_show_at_once() {
    let mut stage = Stage::set(openldap);
    stage.run(Variant::Changes);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_show_without_overlays_that_keep_references() {
    let mut stage = Stage::set(|| Site::openldap(&[Overlay::Syncprov, Overlay::Deref]));
    stage.run(Variant::Changes);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_show_though_its_feed_is_cut() {
    let mut stage = Stage::set(openldap);
    stage.run(Variant::Cuts);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_show_though_it_is_restarted() {
    let mut stage = Stage::set(openldap);
    stage.run(Variant::Restarts);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_by_one_instance_show_in_another() {
    let mut stage = Stage::set(openldap);
    stage.run(Variant::Instances);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_show_as_soon_as_a_replica_has_them() {
    let mut stage = Stage::set(Site::replicated);
    stage.run(Variant::Changes);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_openldap_show_though_its_replica_is_restarted() {
    Stage::set(Site::replicated).run(Variant::Restarts);
}

#[test]
fn changes_of_openldap_show_though_clients_never_pause() {
    Stage::set(openldap).run(Variant::Hurried);
}

#[test]
fn changes_of_active_directory_show_at_once() {
    let mut stage = Stage::set(Site::samba);
    stage.run(Variant::Changes);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_active_directory_show_though_its_feed_is_cut() {
    Stage::set(Site::samba).run(Variant::Cuts);
}

#[test]
fn changes_of_active_directory_show_though_it_is_restarted() {
    Stage::set(Site::samba).run(Variant::Restarts);
}

#[test]
fn changes_of_active_directory_by_one_instance_show_in_another() {
    Stage::set(Site::samba).run(Variant::Instances);
}

#[test]
fn changes_of_389_show_at_once() {
    let mut stage = Stage::set(Site::ds389);
    stage.run(Variant::Changes);
    stage.until_warm(MENDED);
}

#[test]
fn changes_of_389_show_though_its_feed_is_cut() {
    Stage::set(Site::ds389).run(Variant::Cuts);
}

#[test]
fn changes_of_389_show_though_it_is_restarted() {
    Stage::set(Site::ds389).run(Variant::Restarts);
}

#[test]
fn changes_of_389_by_one_instance_show_in_another() {
    Stage::set(Site::ds389).run(Variant::Instances);
}

#[test]
fn a_hit_asks_the_directory_for_nothing_and_parts_are_made_of_it() {
    let stage = Stage::set(openldap);
    stage.until_warm(usize::MAX);
    let before = stage.cutter.asked();
    let (watched, plain) = (Asked::of(&stage.watched), Asked::of(&stage.plain));
    for path in stage.world.paths().iter().filter(|path| path.starts_with("/Users/")).take(10) {
        for part in
            ["", "?attributes=userName,groups.display", "?excludedAttributes=groups,name.givenName,meta.created"]
        {
            let path = format!("{path}{part}");
            let reply = stage.watched.client().get(&path);
            let etag = reply.header("etag").map(str::to_owned);
            assert_eq!(watched.get(&path), plain.get(&path));
            if let Some(etag) = etag {
                assert_eq!(stage.plain.client().get(&path).header("etag"), Some(&*etag));
                let same = stage.watched.client().send("GET", &path, &[("if-none-match", &etag)], None);
                assert_eq!((same.status, same.header("etag")), (304, Some(&*etag)));
            }
        }
    }
    assert_eq!(stage.cutter.asked(), before);
}
