//! 389 Directory Server, as FreeIPA and Red Hat's directory have it inside, by its preset: the whole way from HTTP to a server that
//! the tests start, with the directory's own answers as witness.

mod at_once;
mod confined;
mod documented;
mod freeipa;
mod groups;
mod life;
mod reads;
mod refusals;
mod secured;

use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};
use serde_json::{Value, json};

use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, encoded};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A directory and a bridge in front of it.
struct Place {
    server: Ds389,
    bridge: Bridge,
    /// The attribute that ids are in.
    key: &'static str,
}

impl Place {
    fn start(options: &Ds389Options, lines: &str) -> Self {
        let server = Ds389::start(options).expect("389-DS starts");
        let bridge = bridge(&server, lines);
        Self { server, bridge, key: "nsUniqueId" }
    }

    fn client(&self) -> &Client {
        self.bridge.client()
    }

    /// What an LDAP tool says, bound as `who`.
    fn tool(&self, tool: &str, who: &str, password: &str, arguments: &[&str]) -> Output {
        let bind = ["-x", "-H", &self.server.url(), "-D", who, "-w", password];
        Command::new(tool).args(bind).args(arguments).output().unwrap()
    }

    /// The values of an attribute of the entry, as the directory holds them, sorted.
    fn held(&self, id: &str, attribute: &str) -> Vec<String> {
        let filter = format!("({}={id})", self.key);
        let base = ["-LLL", "-o", "ldif-wrap=no", "-b", self.server.suffix(), &filter, attribute];
        let output = self.tool("ldapsearch", self.server.root_dn(), self.server.password(), &base);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let start = format!("{}: ", attribute.to_ascii_lowercase());
        let line = |line: &str| line.to_ascii_lowercase().starts_with(&start).then(|| line[start.len()..].to_owned());
        let mut values: Vec<String> = text.lines().filter_map(line).collect();
        values.sort();
        values
    }

    /// The entry's name.
    fn dn(&self, id: &str) -> String {
        self.held(id, "entrydn").pop().unwrap_or_else(|| panic!("there is no entry {id}"))
    }

    /// Whether the entry of this name gets in with this password.
    fn binds(&self, dn: &str, password: &str) -> bool {
        self.tool("ldapsearch", dn, password, &["-s", "base", "-b", "", "1.1"]).status.success()
    }

    fn created(&self, endpoint: &str, body: &Value) -> Value {
        let reply = self.client().post(endpoint, body);
        assert_eq!(reply.status, 201, "{body}: {}\n{}", reply.text(), self.bridge.log());
        reply.json()
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.client().get(path);
        assert_eq!(reply.status, 200, "{path}: {}\n{}", reply.text(), self.bridge.log());
        reply.json()
    }

    /// The resource after operations that must succeed.
    fn patched(&self, path: &str, operations: &Value) -> Value {
        let reply = self.client().patch(path, operations);
        assert!(matches!(reply.status, 200 | 204), "{operations}: {}\n{}", reply.text(), self.bridge.log());
        self.get(path)
    }

    /// How many resources there are that satisfy `filter`.
    fn total(&self, endpoint: &str, filter: &str) -> u64 {
        self.get(&format!("{endpoint}?count=0&filter={}", encoded(filter)))["totalResults"].as_u64().unwrap()
    }

    /// A new user's id; the userName is `name`.
    fn user(&self, name: &str) -> String {
        id(&self.created("/Users", &json!({ "schemas": [USER], "userName": name, "displayName": name })))
    }

    /// A new group's id.
    fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Value = members.iter().map(|id| json!({ "value": id })).collect();
        id(&self.created("/Groups", &json!({ "schemas": [GROUP], "displayName": name, "members": members })))
    }
}

fn bridge(server: &Ds389, lines: &str) -> Bridge {
    Bridge::start_on(&backing(server), &BridgeOptions::preset("389ds", server.suffix()).mapped(lines))
}

fn backing(server: &Ds389) -> Backing {
    Backing {
        url: server.url(),
        bind_dn: server.bind_dn(),
        password: server.password().to_owned(),
        lines: String::new(),
    }
}

/// The place that tests share which make resources of their own.
fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let tree = TreeOptions::sized(200, 17);
        Place::start(&Ds389Options { tree, ..Ds389Options::default() }, "")
    })
}

/// A name that no other test has.
fn name(stem: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["scimType"].as_str(), scim_type, "{}", reply.text());
}

/// The ids that an attribute of references holds, sorted.
fn ids(references: &Value) -> Vec<String> {
    let all = references.as_array().into_iter().flatten();
    let mut ids: Vec<String> = all.map(|one| one["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}
