//! Trees as old directories have them, each in a suffix of its own of one slapd without overlays, filled by slapadd, which takes
//! values that no server would.

mod aliases;
mod broken;
mod dynamic;
mod named_by_cn;
mod names;
mod options;
mod posix;
mod routes;
mod unique_members;
mod wide;

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use scimfront::clock::{Clock as _, SystemClock};
use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions};
use serde_json::Value;

use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, encoded, patch_message};
use crate::support::ldif;

/// The core schemas.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// How many candidates of one search slapd looks at.
const MOST_CANDIDATES: u32 = 3_000;

/// How long a line of the log may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Attributes of a class of one's own, as companies have them, of syntaxes that say less than what is meant.
const SCHEMA: &[&str] = &[
    "attributetype ( 1.3.6.1.4.1.32473.9.1 NAME 'oddBoss' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "attributetype ( 1.3.6.1.4.1.32473.9.2 NAME 'oddMoment' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "attributetype ( 1.3.6.1.4.1.32473.9.3 NAME 'oddFlag' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "attributetype ( 1.3.6.1.4.1.32473.9.4 NAME 'oddNumber' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "attributetype ( 1.3.6.1.4.1.32473.9.5 NAME 'oddText' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
    "objectclass ( 1.3.6.1.4.1.32473.9.6 NAME 'oddPerson' AUXILIARY MAY ( oddBoss $ oddMoment $ oddFlag $ oddNumber $ oddText ) )",
];

/// The trees: the suffix, and what is below it.
fn trees() -> Vec<(&'static str, String)> {
    vec![
        (aliases::SUFFIX, aliases::ldif()),
        (broken::SUFFIX, broken::ldif()),
        (dynamic::SUFFIX, dynamic::ldif()),
        (named_by_cn::SUFFIX, named_by_cn::ldif()),
        (names::SUFFIX, names::ldif()),
        (options::SUFFIX, options::ldif()),
        (posix::SUFFIX, posix::ldif()),
        (routes::SUFFIX, routes::ldif()),
        (unique_members::SUFFIX, unique_members::ldif()),
        (wide::SUFFIX, wide::ldif()),
    ]
}

fn slapd() -> &'static Slapd {
    static SLAPD: OnceLock<Slapd> = OnceLock::new();
    SLAPD.get_or_init(|| {
        let trees = trees();
        let mut options = SlapdOptions::with_suffixes(trees.iter().map(|(suffix, _)| *suffix));
        options = options.overlays(Overlay::NONE);
        options.most_candidates = Some(MOST_CANDIDATES);
        options.global_lines = SCHEMA.iter().map(|line| (*line).to_owned()).collect();
        for (suffix, text) in trees {
            options = options.load(Load::Ldif { suffix: suffix.to_owned(), text });
        }
        Slapd::start(&options).unwrap()
    })
}

/// A server over one of the trees.
struct Place {
    suffix: &'static str,
    bridge: Bridge,
}

impl Place {
    fn over(suffix: &'static str, options: &BridgeOptions) -> Self {
        Self { suffix, bridge: Bridge::start(slapd(), options) }
    }

    /// A server with one of the mappings in `examples/`, over this suffix instead of the example's.
    fn of_example(suffix: &'static str, file: &str) -> Self {
        let text = std::fs::read_to_string(format!("{}/examples/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains("suffix = \"dc=example,dc=com\""), "{text}");
        let mapping = text.replacen("dc=example,dc=com", suffix, 1);
        Self::over(suffix, &BridgeOptions { mapping, ..BridgeOptions::openldap(suffix) })
    }

    fn client(&self) -> &Client {
        self.bridge.client()
    }

    /// What must be there.
    fn get(&self, path: &str) -> Value {
        let reply = self.client().get(path);
        assert_eq!(reply.status, 200, "{path}: {}\n{}", reply.text(), self.bridge.log());
        reply.json()
    }

    /// The resources of a list that a filter finds; all of them without one.
    fn list(&self, endpoint: &str, filter: &str) -> Vec<Value> {
        let query = if filter.is_empty() { String::new() } else { format!("?filter={}", encoded(filter)) };
        self.get(&format!("{endpoint}{query}"))["Resources"].as_array().cloned().unwrap_or_default()
    }

    /// The one resource that a filter finds.
    fn one(&self, endpoint: &str, filter: &str) -> Value {
        let found = self.list(endpoint, filter);
        assert_eq!(found.len(), 1, "{filter}: {found:?}");
        found[0].clone()
    }

    /// A user's id, by userName.
    fn user(&self, name: &str) -> String {
        text(&self.one("/Users", &format!("userName eq {}", Value::from(name)))["id"])
    }

    /// A group's path, by displayName.
    fn group(&self, name: &str) -> String {
        format!("/Groups/{}", text(&self.one("/Groups", &format!("displayName eq {}", Value::from(name)))["id"]))
    }

    /// Operations that must succeed; the resource afterwards.
    fn patched(&self, path: &str, operations: &Value) -> Value {
        let reply = self.client().write("PATCH", path, &patch_message(operations), None);
        assert!(matches!(reply.status, 200 | 204), "{operations}: {}\n{}", reply.text(), self.bridge.log());
        self.get(path)
    }

    /// What the directory itself says of the entries that an LDAP filter finds.
    fn entries(&self, filter: &str) -> Vec<ldif::Entry> {
        let bind = slapd().bind_dn_of(self.suffix);
        ldif::entries(&slapd().ldapsearch_as(&bind, self.suffix, filter, &["*", "+"]).unwrap())
    }

    fn entry(&self, filter: &str) -> ldif::Entry {
        let mut found = self.entries(filter);
        assert_eq!(found.len(), 1, "{filter}: {found:?}");
        found.remove(0)
    }

    /// The log's lines that hold all of this, as soon as there is one.
    fn said(&self, what: &[&str]) -> Vec<String> {
        let begun = SystemClock.now();
        loop {
            let log = self.bridge.log();
            let lines = log.lines().filter(|line| what.iter().all(|what| line.contains(what)));
            let lines: Vec<String> = lines.map(str::to_owned).collect();
            if !lines.is_empty() {
                return lines;
            }
            assert!(begun.elapsed() < PATIENCE, "{what:?}: {log}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// The values of a list, sorted.
fn all<'v>(list: &'v Value, part: &str) -> Vec<&'v str> {
    let mut values: Vec<_> = list.as_array().into_iter().flatten().filter_map(|one| one[part].as_str()).collect();
    values.sort_unstable();
    values
}

fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["scimType"].as_str(), scim_type, "{}", reply.text());
}

/// An LDIF record: `lines` are `attribute: value`, or `attribute:: octets in base64`. slapadd wants an attribute's values in one place.
fn record(dn: &str, lines: &[&str]) -> String {
    let mut text = String::new();
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| (!line.starts_with("objectClass"), line.split(':').next()));
    let _ = writeln!(text, "dn:: {}", base64(dn.as_bytes()));
    for line in lines {
        match line.split_once(": ").filter(|(name, _)| !name.ends_with(':')) {
            Some((name, "")) => drop(writeln!(text, "{name}:")),
            Some((name, value)) => drop(writeln!(text, "{name}:: {}", base64(value.as_bytes()))),
            None => drop(writeln!(text, "{line}")),
        }
    }
    text.push('\n');
    text
}

/// An organizational unit.
fn unit(dn: &str) -> String {
    record(dn, &["objectClass: organizationalUnit"])
}

/// A person, `uid=NAME` below `parent`, with further lines.
fn person(name: &str, parent: &str, further: &[&str]) -> String {
    let (uid, sn) = (format!("uid: {name}"), format!("sn: {name}"));
    let (cn, display) = (format!("cn: {name}"), format!("displayName: {name}"));
    let mut lines = vec!["objectClass: inetOrgPerson", &uid, &sn, &cn, &display];
    lines.extend(further);
    record(&format!("uid={name},{parent}"), &lines)
}

fn base64(octets: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(octets)
}
