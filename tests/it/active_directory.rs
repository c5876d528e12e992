//! Active Directory by its preset: the whole way from HTTP to a Samba domain controller, with the directory's own answers as witness.

mod atomicity;
mod check;
mod confined;
mod filters;
mod groups;
mod life;
mod microsoft;

use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimfront::sandbox::{Samba, SambaOptions};
use serde_json::{Value, json};

use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::{Client, Reply};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A domain controller and a server in front of it.
struct Place {
    samba: Samba,
    bridge: Bridge,
}

impl Place {
    fn start(lines: &str) -> Self {
        let samba = Samba::start(&SambaOptions::default()).expect("samba starts");
        let bridge = bridge(&samba, lines);
        Self { samba, bridge }
    }

    /// What an LDAP tool says, bound as `who`.
    fn tool(&self, tool: &str, who: &str, password: &str, arguments: &[&str]) -> Output {
        Command::new(tool)
            .env("LDAPTLS_CACERT", self.samba.ca_file())
            .args(["-x", "-H", &self.samba.ldaps_url(), "-D", who, "-w", password])
            .args(arguments)
            .output()
            .unwrap()
    }

    /// The values of an attribute of the entry, as the directory holds them, sorted.
    fn held(&self, id: &str, attribute: &str) -> Vec<String> {
        let base = format!("<GUID={id}>");
        let arguments = ["-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", &base, attribute];
        let output = self.tool("ldapsearch", &self.samba.administrator_dn(), self.samba.password(), &arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let start = format!("{}: ", attribute.to_ascii_lowercase());
        let line = |line: &str| line.to_ascii_lowercase().starts_with(&start).then(|| line[start.len()..].to_owned());
        let mut values: Vec<String> = text.lines().filter_map(line).collect();
        values.sort();
        values
    }

    /// Changes entries behind the server's back, as the domain's administrator.
    fn modify(&self, ldif: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ldif).unwrap();
        let arguments = ["-f", file.path().to_str().unwrap()];
        let output = self.tool("ldapmodify", &self.samba.administrator_dn(), self.samba.password(), &arguments);
        assert!(output.status.success(), "{ldif}: {output:?}");
    }

    /// Whether somebody of this name gets in with this password.
    fn binds(&self, who: &str, password: &str) -> bool {
        self.tool("ldapsearch", who, password, &["-s", "base", "-b", "", "1.1"]).status.success()
    }
}

fn bridge(samba: &Samba, lines: &str) -> Bridge {
    bridge_with(samba, lines, "")
}

/// A bridge with these further lines of the mapping, and of the settings.
fn bridge_with(samba: &Samba, lines: &str, settings: &str) -> Bridge {
    let backing = Backing {
        url: samba.ldaps_url(),
        bind_dn: samba.bind_dn(),
        password: samba.password().to_owned(),
        lines: format!("ca_file = \"{}\"", samba.ca_file().display()),
    };
    let mut options = BridgeOptions::preset("ad", &samba.suffix()).mapped(lines);
    // Random filters are longer than what a client needs.
    options.further.push_str("[bridge.main.limits]\nfilter_bytes = \"128KiB\"\n");
    options.further.push_str(settings);
    Bridge::start_on(&backing, &options)
}

/// The place that tests share which make resources of their own.
fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| Place::start(""))
}

fn client() -> &'static Client {
    place().bridge.client()
}

/// A name that no other test has.
fn name(stem: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn created(endpoint: &str, body: &Value) -> Value {
    let reply = client().post(endpoint, body);
    assert_eq!(reply.status, 201, "{body}: {}\n{}", reply.text(), place().bridge.log());
    reply.json()
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

/// A new user; the account's name, and the id.
fn user(stem: &str) -> (String, String) {
    let name = name(stem);
    let body = json!({ "schemas": [USER], "userName": format!("{name}@example.com"), "displayName": name });
    (name, id(&created("/Users", &body)))
}

fn get(path: &str) -> Value {
    let reply = client().get(path);
    assert_eq!(reply.status, 200, "{path}: {}\n{}", reply.text(), place().bridge.log());
    reply.json()
}

/// The resource after operations that must succeed.
fn patched(path: &str, operations: &Value) -> Value {
    let reply = client().patch(path, operations);
    assert!(matches!(reply.status, 200 | 204), "{operations}: {}\n{}", reply.text(), place().bridge.log());
    get(path)
}

fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["scimType"].as_str(), scim_type, "{}", reply.text());
}

/// The ids that an attribute of references holds, sorted.
fn ids(references: &Value) -> Vec<String> {
    let mut ids: Vec<String> =
        references.as_array().into_iter().flatten().map(|one| one["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}
