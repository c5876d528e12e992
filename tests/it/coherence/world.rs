//! The directory, as somebody sees and changes it who knows nothing of the bridge.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions, TreeOptions};

use crate::support::ldif::{self, Entry};

/// A private slapd with a few people and groups.
pub(super) struct World {
    pub(super) slapd: Slapd,
    /// The paths of all resources that there ever were.
    seen: BTreeSet<String>,
}

impl World {
    pub(super) fn start(overlays: &[Overlay]) -> Self {
        let tree = TreeOptions::sized(40, 10);
        let options = SlapdOptions::default().overlays(overlays).load(Load::Tree(tree));
        let mut world = Self { slapd: Slapd::start(&options).unwrap(), seen: BTreeSet::new() };
        world.people();
        world.groups();
        world
    }

    /// The DN below which the people are.
    pub(super) fn people_base(&self) -> String {
        format!("ou=people,{}", self.slapd.suffix())
    }

    /// The people as they are.
    pub(super) fn people(&mut self) -> Vec<Entry> {
        let found = self.search(&self.people_base(), "(objectClass=inetOrgPerson)");
        self.seen.extend(found.iter().map(|entry| path("Users", entry)));
        found
    }

    /// The groups as they are.
    pub(super) fn groups(&mut self) -> Vec<Entry> {
        let base = format!("ou=groups,{}", self.slapd.suffix());
        let found =
            self.search(&base, "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))");
        self.seen.extend(found.iter().map(|entry| path("Groups", entry)));
        found
    }

    /// The units below the people's base.
    pub(super) fn units(&self) -> Vec<Entry> {
        let units = self.search(&self.people_base(), "(objectClass=organizationalUnit)");
        units.into_iter().filter(|unit| unit.dn != self.people_base()).collect()
    }

    /// The paths of all resources that there ever were.
    pub(super) fn paths(&self) -> Vec<String> {
        self.seen.iter().cloned().collect()
    }

    /// Makes the change in `text`; says whether the directory took it.
    pub(super) fn change(&self, text: &str) -> bool {
        let mut child = self.tool("ldapmodify").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap().status.success()
    }

    fn search(&self, base: &str, filter: &str) -> Vec<Entry> {
        let mut command = self.tool("ldapsearch");
        command.args(["-LLL", "-o", "ldif-wrap=no", "-b", base, filter, "*", "entryUUID"]);
        let output = command.output().unwrap();
        ldif::entries(&String::from_utf8_lossy(&output.stdout))
    }

    fn tool(&self, name: &str) -> Command {
        let root = self.slapd.root_dn_of(self.slapd.suffix());
        let mut command = Command::new(name);
        command.args(["-x", "-H", &self.slapd.url(), "-D", &root, "-w", self.slapd.password()]);
        command.stderr(Stdio::null());
        command
    }
}

/// Where the resource of an entry is.
pub(super) fn path(endpoint: &str, entry: &Entry) -> String {
    format!("/{endpoint}/{}", entry.first("entryUUID").unwrap_or_default())
}
