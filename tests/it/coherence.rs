//! Caches show every change: random writes behind the bridge's back, and what clients are answered after each of them.
//!
//! `COHERENCE_ROUNDS` says how many writes each test makes; what is printed is how long it took until every resource that a write
//! concerns was answered as it is.

mod cutter;
mod figures;
mod world;
mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};
use scimfront::sandbox::Overlay;

use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::Client;
use crate::support::dice::Dice;
use cutter::Cutter;
use figures::Figures;
use world::World;

/// How long a stale answer may be given before the test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a bridge without any memory is set up with.
const FORGETFUL: &str = "feed = \"off\"\nresources = 0\nids = 0\n";

fn rounds(usual: usize) -> usize {
    std::env::var("COHERENCE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What happens to the connections meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    /// The feed's connection is cut now and then.
    Cuts,
    /// slapd is restarted now and then.
    Restarts,
}

/// A bridge that remembers, one that doesn't, and the directory behind both.
struct Stage {
    world: World,
    cutter: Cutter,
    cached: Bridge,
    /// Another that remembers.
    other: Bridge,
    plain: Bridge,
}

impl Stage {
    fn set(overlays: &[Overlay]) -> Self {
        let world = World::start(overlays);
        let cutter = Cutter::before(world.slapd.port());
        let options = BridgeOptions { cache: String::new(), ..BridgeOptions::openldap(world.slapd.suffix()) };
        let at = |url: String| Backing {
            url,
            bind_dn: world.slapd.bind_dn().clone(),
            password: world.slapd.password().to_owned(),
            lines: "reconnect_max = \"1s\"".to_owned(),
        };
        let cached = Bridge::start_on(&at(cutter.url()), &options);
        let other = Bridge::start_on(&at(world.slapd.url()), &options);
        let forgetful = BridgeOptions { cache: FORGETFUL.to_owned(), ..options };
        let plain = Bridge::start_on(&at(world.slapd.url()), &forgetful);
        Self { world, cutter, cached, other, plain }
    }

    /// Waits until `path` is answered by `bridge` as it is; says whether it is.
    fn is_right(&self, bridge: &Bridge, path: &str) -> bool {
        answer(bridge, path) == answer(&self.plain, path)
    }

    /// Makes random writes, and looks at all that they concern after each.
    fn run(&mut self, rounds: usize, trouble: Trouble, what: &str) {
        let mut dice = Dice::new(7);
        let stop = Arc::new(AtomicBool::new(false));
        let readers = self.readers(&stop);
        let mut figures = Figures::default();
        for round in 0..rounds {
            let paths = writes::one(&mut self.world, &mut dice, self.other.client());
            figures.add(self.until_right(&paths));
            if round % 10 == 9 {
                match trouble {
                    Trouble::None => {}
                    Trouble::Cuts => self.cutter.cut(),
                    Trouble::Restarts => self.world.slapd.restart().unwrap(),
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        figures.print(what);
        self.compare_everything();
    }

    /// Clients that read all the time.
    fn readers(&self, stop: &Arc<AtomicBool>) -> Vec<thread::JoinHandle<()>> {
        let paths = Arc::new(self.world.paths());
        let reader = |seed: u64| {
            let (stop, paths) = (Arc::clone(stop), Arc::clone(&paths));
            let client: Client = self.cached.client().with_token(Some(crate::support::bridge::TOKEN));
            thread::spawn(move || {
                let mut dice = Dice::new(seed);
                while !stop.load(Ordering::Relaxed) {
                    client.get(&dice.pick(&paths));
                    thread::sleep(Duration::from_millis(20));
                }
            })
        };
        (1..=4).map(reader).collect()
    }

    fn until_right(&self, paths: &[String]) -> Duration {
        let begun = SystemClock.now();
        let mut open: Vec<&String> = paths.iter().collect();
        loop {
            open.retain(|path| {
                let expected = answer(&self.plain, path);
                answer(&self.cached, path) != expected || answer(&self.other, path) != expected
            });
            if open.is_empty() {
                return begun.elapsed();
            }
            if begun.elapsed() > PATIENCE {
                let path = open[0];
                panic!(
                    "{path} is stale:\n{:?}\n{:?}\nis\n{:?}\n{}",
                    answer(&self.cached, path),
                    answer(&self.other, path),
                    answer(&self.plain, path),
                    self.cached.log(),
                );
            }
        }
    }

    fn compare_everything(&self) {
        // They may be without the directory for a moment.
        self.until_right(&["/Users?count=1".to_owned()]);
        let mut paths = self.world.paths();
        paths.extend(["/Users?count=1000".to_owned(), "/Groups?count=1000".to_owned()]);
        let wrong = |path: &&String| !self.is_right(&self.cached, path) || !self.is_right(&self.other, path);
        let stale: Vec<&String> = paths.iter().filter(wrong).collect();
        assert!(stale.is_empty(), "{} of {} answers are stale: {stale:?}", stale.len(), paths.len());
    }

    /// Reads everything until nothing is asked of the directory for it any more.
    fn until_warm(&self) {
        let begun = SystemClock.now();
        loop {
            let before = self.cutter.asked();
            for path in self.world.paths() {
                self.cached.client().get(&path);
            }
            if self.cutter.asked() == before {
                return;
            }
            assert!(begun.elapsed() < PATIENCE * 3, "nothing is remembered: {}", self.cached.log());
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Status and body of the answer, whoever gave it.
fn answer(bridge: &Bridge, path: &str) -> (u16, String) {
    let reply = bridge.client().get(path);
    let text = reply.text().replace(bridge.base_url(), "");
    match (reply.status, serde_json::from_str::<serde_json::Value>(&text)) {
        (200, Ok(mut value)) => {
            if let Some(resources) = value.get_mut("Resources").and_then(serde_json::Value::as_array_mut) {
                resources.sort_by_key(|resource| resource["id"].to_string());
            }
            (200, value.to_string())
        }
        (404, _) => (404, String::new()),
        // Away: it may be back.
        (status, _) => (status, format!("{} {text}", bridge.base_url())),
    }
}

#[test]
fn changes_show_at_once_with_overlays_that_keep_references() {
    let mut stage = Stage::set(Overlay::DEMO);
    stage.run(rounds(30), Trouble::None, "memberof and refint");
    stage.until_warm();
}

#[test]
fn changes_show_at_once_without_them() {
    let mut stage = Stage::set(&[Overlay::Syncprov, Overlay::Deref]);
    stage.run(rounds(30), Trouble::None, "no memberof");
    stage.until_warm();
}

#[test]
fn changes_show_though_the_feeds_connection_is_cut() {
    let mut stage = Stage::set(Overlay::DEMO);
    stage.run(rounds(30), Trouble::Cuts, "the feed cut");
    stage.until_warm();
}

#[test]
fn changes_show_though_slapd_is_restarted() {
    let mut stage = Stage::set(Overlay::DEMO);
    stage.run(rounds(30), Trouble::Restarts, "slapd restarted");
    stage.until_warm();
}

#[test]
fn a_hit_asks_the_directory_for_nothing_and_parts_are_made_of_it() {
    let stage = Stage::set(Overlay::DEMO);
    stage.until_warm();
    let before = stage.cutter.asked();
    for path in stage.world.paths().iter().filter(|path| path.starts_with("/Users/")).take(10) {
        for part in
            ["", "?attributes=userName,groups.display", "?excludedAttributes=groups,name.givenName,meta.created"]
        {
            let path = format!("{path}{part}");
            let reply = stage.cached.client().get(&path);
            let etag = reply.header("etag").map(str::to_owned);
            assert_eq!(answer(&stage.cached, &path), answer(&stage.plain, &path));
            if let Some(etag) = etag {
                assert_eq!(stage.plain.client().get(&path).header("etag"), Some(&*etag));
                let same = stage.cached.client().send("GET", &path, &[("if-none-match", &etag)], None);
                assert_eq!((same.status, same.header("etag")), (304, Some(&*etag)));
            }
        }
    }
    assert_eq!(stage.cutter.asked(), before);
}
