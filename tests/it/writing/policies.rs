//! What the mapping and the settings make of writes: who is retired, numbered, only pretended to, stopped, written down.

use std::path::PathBuf;

use scimfront::auth::TokenHash;
use scimfront::sandbox::Slapd;
use serde_json::{Value, json};

use super::{GROUP, USER, assert_error};
use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::Reply;
use crate::support::ldif::{self, Entry};

/// A server with a suffix of its own.
struct Own {
    slapd: &'static Slapd,
    suffix: String,
    bridge: Bridge,
}

fn own(options: impl Fn(&str) -> BridgeOptions) -> Own {
    own_with(|_, _| {}, options)
}

/// The same, whose tree is prepared first.
fn own_with(prepare: impl Fn(&Slapd, &str), options: impl Fn(&str) -> BridgeOptions) -> Own {
    let (slapd, suffix) = support::private_place();
    prepare(slapd, &suffix);
    let bridge = Bridge::start(slapd, &options(&suffix));
    Own { slapd, suffix, bridge }
}

impl Own {
    fn user(&self, name: &str) -> Reply {
        self.bridge.client().post("/Users", &json!({ "schemas": [USER], "userName": name, "title": "Guide" }))
    }

    fn entries(&self, filter: &str) -> Vec<Entry> {
        let bind = self.slapd.bind_dn_of(&self.suffix);
        ldif::entries(&self.slapd.ldapsearch_as(&bind, &self.suffix, filter, &["*", "+"]).unwrap())
    }

    fn id(reply: &Reply) -> String {
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }
}

fn unit(name: &str) -> impl Fn(&Slapd, &str) {
    let name = name.to_owned();
    move |slapd, suffix| {
        let text = format!("dn: ou={name},{suffix}\nchangetype: add\nobjectClass: organizationalUnit\nou: {name}\n");
        slapd.ldapmodify_as(&slapd.bind_dn_of(suffix), &text).unwrap();
    }
}

fn retiring(more: &str) -> Own {
    let more = more.to_owned();
    own_with(unit("retired"), move |suffix| {
        BridgeOptions::openldap(suffix).mapped(&format!(
            "[resource.User]\non_delete = {{ move = \"ou=retired,{{suffix}}\", disable = true, strip_groups = true{more} }}\n"
        ))
    })
}

#[test]
fn who_is_retired_is_gone_disabled_out_of_all_groups_and_in_nobodys_way() {
    let own = retiring("");
    let client = own.bridge.client();
    let id = Own::id(&own.user("retiree"));
    let group =
        client.post("/Groups", &json!({ "schemas": [GROUP], "displayName": "crew", "members": [{ "value": id }] }));
    let group = format!("/Groups/{}", Own::id(&group));
    assert_eq!(client.delete(&format!("/Users/{id}")).status, 204);
    assert_error(&client.get(&format!("/Users/{id}")), 404, None, "GET");
    assert_error(&client.delete(&format!("/Users/{id}")), 404, None, "DELETE");
    let held = own.entries(&format!("(entryUUID={id})"));
    assert!(held[0].dn.contains("ou=retired,"), "{}", held[0].dn);
    assert_eq!(held[0].values("pwdAccountLockedTime").collect::<Vec<_>>(), ["000001010000Z"]);
    assert_eq!(client.get(&group).json()["members"], Value::Null);
    // The name is free, twice.
    for _ in 0..2 {
        let again = Own::id(&own.user("retiree-2"));
        assert_ne!(again, id);
        assert_eq!(client.delete(&format!("/Users/{again}")).status, 204);
    }
    assert_eq!(own.entries("(&(objectClass=inetOrgPerson)(title=Guide)(pwdAccountLockedTime=*))").len(), 3);
}

#[test]
fn who_is_created_again_comes_back() {
    let own = retiring(", adopt = true");
    let client = own.bridge.client();
    let id = Own::id(&own.user("comeback"));
    assert_eq!(client.delete(&format!("/Users/{id}")).status, 204);
    let body = json!({ "schemas": [USER], "userName": "comeback", "displayName": "Back Again", "active": true });
    let reply = client.post("/Users", &body);
    assert_eq!(Own::id(&reply), id);
    let now = client.get(&format!("/Users/{id}")).json();
    assert_eq!(
        (&now["displayName"], &now["active"], &now["title"]),
        (&json!("Back Again"), &json!(true), &Value::Null)
    );
    assert_error(&own.user("comeback"), 409, Some("uniqueness"), "a second time");
}

#[test]
fn who_was_retired_is_not_brought_back_by_those_who_may_not_reach_there() {
    let own = own_with(unit("retired"), |suffix| {
        let mapping = "[resource.User]\non_delete = { move = \"ou=retired,{suffix}\", disable = true, adopt = true }\n";
        let mut options = BridgeOptions::openldap(suffix).mapped(mapping);
        let hash = TokenHash::of(b"near");
        options.further =
            format!("[bridge.main.client.near]\ntoken_sha256 = \"{hash}\"\nwithin = [\"ou=people,{suffix}\"]\n");
        options
    });
    let retired = Own::id(&own.user("elsewhere"));
    assert_eq!(own.bridge.client().delete(&format!("/Users/{retired}")).status, 204);
    let body = json!({ "schemas": [USER], "userName": "elsewhere", "displayName": "Here" });
    let reply = own.bridge.client().with_token(Some("near")).post("/Users", &body);
    // The directory has the name taken everywhere.
    assert_error(&reply, 409, Some("uniqueness"), "somebody else's");
    assert!(own.entries(&format!("(entryUUID={retired})"))[0].dn.contains("ou=retired,"));
}

#[test]
fn numbers_are_counted_and_never_given_twice() {
    let own = own_with(
        |slapd, suffix| {
            let text = format!(
                "dn: cn=next,{suffix}\nchangetype: add\nobjectClass: device\nobjectClass: extensibleObject\ncn: next\nuidNumber: 20000\n"
            );
            slapd.ldapmodify_as(&slapd.bind_dn_of(suffix), &text).unwrap();
        },
        |suffix| {
            BridgeOptions::preset("rfc2307@1", suffix).mapped(
                "[resource.User]\nallocate.uidNumber = { counter = { dn = \"cn=next,{suffix}\", ldap = \"uidNumber\" }, range = [20000, 20020] }\n",
            )
        },
    );
    let client = own.bridge.client();
    let names: Vec<String> = (0..16).map(|n| format!("counted-{n}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                let reply = client.post("/Users", &json!({ "schemas": [USER], "userName": name }));
                assert_eq!(reply.status, 201, "{}", reply.text());
            });
        }
    });
    let entries = own.entries("(uid=counted-*)");
    let mut numbers: Vec<u32> =
        entries.iter().map(|entry| entry.values("uidNumber").next().unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 16, "{numbers:?}");
    assert!(numbers.iter().all(|number| (20000..=20020).contains(number)), "{numbers:?}");
}

#[test]
fn a_dry_run_answers_and_does_nothing() {
    let own = own(|suffix| {
        let mut options = BridgeOptions::openldap(suffix);
        options.bridge_lines.push_str("dry_run = true\n");
        options
    });
    let client = own.bridge.client();
    let reply = own.user("nobody-yet");
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.json()["userName"], "nobody-yet");
    assert!(own.entries("(uid=nobody-yet)").is_empty());
    let user = client.get("/Users?count=1&filter=active%20eq%20true").json()["Resources"][0].clone();
    let path = format!("/Users/{}", user["id"].as_str().unwrap());
    let before = client.get(&path).json();
    let reply = client.patch(&path, &json!([{ "op": "replace", "path": "title", "value": "Dry" }]));
    assert_eq!((reply.status, &reply.json()["title"]), (200, &json!("Dry")), "{}", reply.text());
    assert_eq!(client.delete(&path).status, 204);
    assert_eq!(client.get(&path).json(), before);
}

#[test]
fn who_deletes_or_disables_too_many_is_stopped() {
    let own = own(|suffix| {
        let mut options = BridgeOptions::openldap(suffix);
        options.further.push_str("[bridge.main.guard]\ndelete = 2\ndisable = 1\nper = \"1h\"\n");
        options
    });
    let client = own.bridge.client();
    let ids: Vec<String> = (0..4).map(|n| Own::id(&own.user(&format!("braked-{n}")))).collect();
    let disable = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(client.patch(&format!("/Users/{}", ids[3]), &disable).status, 200);
    assert_eq!(
        client.patch(&format!("/Users/{}", ids[3]), &disable).status,
        200,
        "who is disabled already isn't counted"
    );
    assert_error(&client.patch(&format!("/Users/{}", ids[2]), &disable), 403, None, "disable");
    for id in &ids[..2] {
        assert_eq!(client.delete(&format!("/Users/{id}")).status, 204);
    }
    assert_error(&client.delete(&format!("/Users/{}", ids[2])), 403, None, "delete");
    assert_eq!(client.get(&format!("/Users/{}", ids[2])).json()["active"], true);
}

#[test]
fn each_write_is_written_down_and_can_be_undone_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("audit.jsonl");
    let path = file.display().to_string();
    let own = own(move |suffix| {
        let mut options = BridgeOptions::openldap(suffix);
        options.further.push_str(&format!("[bridge.main.audit]\nfile = \"{path}\"\n"));
        options
    });
    let client = own.bridge.client();
    let body = json!({ "schemas": [USER], "userName": "audited", "title": "Guide", "password": "s3cret-Passw0rd" });
    let id = Own::id(&client.post("/Users", &body));
    let change = json!([{ "op": "replace", "path": "title", "value": "Boss" }]);
    assert_eq!(client.patch(&format!("/Users/{id}"), &change).status, 200);
    // An outcome isn't waited for.
    let ended = || std::fs::read_to_string(&file).unwrap().matches("\"outcome\"").count() == 2;
    assert!((0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        ended()
    }));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let intents: Vec<&Value> = lines.iter().filter(|line| line["event"] == "intent").collect();
    let outcomes: Vec<&Value> = lines.iter().filter(|line| line["event"] == "outcome").collect();
    assert_eq!((intents.len(), outcomes.len()), (2, 2), "{text}");
    assert!(outcomes.iter().all(|line| line["ending"] == "done"), "{text}");
    assert_eq!((&intents[1]["action"], &intents[1]["id"]), (&json!("patch"), &json!(id)));
    let undo = intents[1]["undo"].as_str().unwrap();
    own.slapd.ldapmodify_as(&own.slapd.bind_dn_of(&own.suffix), undo).unwrap();
    assert_eq!(client.get(&format!("/Users/{id}")).json()["title"], "Guide");
}
