//! What the measurements are made on: directories, and people known in them.

use std::io::BufRead;

use scimfront::sandbox::{Load, Slapd, SlapdOptions, TreeOptions};

use super::Result;
use super::bridge::{Bridge, Memory, PATH, TOKEN};
use super::options::Options;

/// How many people requests are spread over.
const PEOPLE: usize = 2_000;

/// The large directory.
#[derive(Debug)]
pub(crate) struct Stage<'o> {
    pub(crate) options: &'o Options,
    pub(crate) large: Slapd,
    pub(crate) people: Vec<Person>,
}

/// Someone in the large tree.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) user_name: String,
}

impl<'o> Stage<'o> {
    /// Starts the directories.
    pub(crate) fn set(options: &'o Options) -> Result<Self> {
        let groups = (options.users / 100).max(20);
        let large = start(TreeOptions::sized(options.users, groups), Some(options))?;
        let people = people(&large, options.users, options)?;
        Ok(Self { options, large, people })
    }

    /// A fresh bridge over the large directory.
    pub(crate) fn bridge(&self, memory: Memory) -> Result<Bridge> {
        Bridge::start(&self.large, &self.large.url(), self.options, memory)
    }

    /// The paths of people from all over the large directory.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.people.iter().map(|person| format!("{PATH}/Users/{}", person.id)).collect()
    }

    /// Waits until someone has seen enough.
    pub(crate) fn hold(&self) -> Result<()> {
        let bridge = self.bridge(if self.options.cached { Memory::Shipped } else { Memory::Nothing })?;
        println!("bridge    pid {}, http://{}{PATH}, token {TOKEN}", bridge.pid(), bridge.address());
        println!("directory {}, {}, password {}", self.large.url(), self.large.bind_dn(), self.large.password());
        for person in self.people.iter().take(3) {
            println!("person    {} {}", person.id, person.user_name);
        }
        let paths = self.options.target.join("bench-paths");
        std::fs::write(&paths, self.paths().join("\n"))?;
        println!("paths     {}\nEnter ends it.", paths.display());
        std::io::stdin().lock().read_line(&mut String::new())?;
        Ok(())
    }
}

/// A directory of `users` people beside the large one. A very large one is kept for the next time.
pub(crate) fn other(users: usize, options: &Options) -> Result<Slapd> {
    start(TreeOptions::sized(users, (users / 100).clamp(20, 1_000)), (users > 100_000).then_some(options))
}

fn start(tree: TreeOptions, kept: Option<&Options>) -> Result<Slapd> {
    eprintln!("a directory of {} people and {} groups …", tree.users, tree.groups);
    let mut slapd = SlapdOptions::with_suffixes([tree.suffix.clone()]);
    slapd.state_dir = kept.map(|options| options.target.join(format!("bench-tree-{}", tree.users)));
    Ok(Slapd::start(&slapd.load(Load::Tree(tree)))?)
}

/// Some people from all over a tree of `users`.
pub(crate) fn people(slapd: &Slapd, users: usize, options: &Options) -> Result<Vec<Person>> {
    let bridge = Bridge::start(slapd, &slapd.url(), options, Memory::Nothing)?;
    let mut client = bridge.client()?;
    let (page, pages) = (PEOPLE.min(users) / 20, 20);
    let mut people = Vec::new();
    for place in 0..pages {
        let start = 1 + place * users / pages;
        let body = client.body(&format!("{PATH}/Users?attributes=userName&startIndex={start}&count={page}"))?;
        let list: serde_json::Value = serde_json::from_slice(&body)?;
        let resources = list["Resources"].as_array().ok_or("a page without resources")?;
        people.extend(resources.iter().filter_map(|resource| {
            let text = |name: &str| resource[name].as_str().map(str::to_owned);
            Some(Person { id: text("id")?, user_name: text("userName")? })
        }));
    }
    // Neighbours in the list are neighbours in the database; spread them.
    let spread = (0..page).flat_map(|offset| (0..pages).map(move |place| place * page + offset));
    Ok(spread.filter_map(|place| people.get(place).cloned()).collect())
}
