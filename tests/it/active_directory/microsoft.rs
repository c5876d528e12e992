//! What Microsoft's directory does and Samba doesn't, done on the wire between the server and Samba: errors of its own, groups in parts,
//! limits of searches, binds that are lost.

use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};
use serde_json::{Value, json};

use super::{GROUP, USER, assert_error, id, ids};
use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, encoded};
use crate::support::wire::{Refused, Traffic, Wire};

/// A domain controller behind a wire, and a server in front of it.
struct Wired {
    samba: Samba,
    wire: Wire,
    bridge: Bridge,
}

fn wired(tree: AdTreeOptions, lines: &str) -> Wired {
    let samba = Samba::start(&SambaOptions { tree, ..SambaOptions::default() }).expect("samba starts");
    let wire = Wire::to(samba.url().trim_start_matches("ldap://"));
    let backing = Backing {
        url: wire.url(),
        bind_dn: samba.bind_dn(),
        password: samba.password().to_owned(),
        lines: String::new(),
    };
    let bridge = Bridge::start_on(&backing, &BridgeOptions::preset("ad", &samba.suffix()).mapped(lines));
    Wired { samba, wire, bridge }
}

/// What the directory says, to which write, and what the client is told.
type Case<'a> = (u8, String, &'a dyn Fn() -> Reply, u16, Option<&'static str>);

/// Passwords go over TLS alone: these have none, and stay disabled.
const WITHOUT_PASSWORDS: &str = "[resource.User.attr]\npassword.absent = \"disabled\"\n";

fn small() -> AdTreeOptions {
    AdTreeOptions { users: 30, groups: 4, crowd: 0 }
}

fn made(client: &Client, endpoint: &str, body: &Value) -> String {
    let reply = client.post(endpoint, body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    id(&reply.json())
}

#[test]
fn its_errors_become_those_of_the_protocol() {
    let wired = wired(small(), WITHOUT_PASSWORDS);
    let client = wired.bridge.client();
    let ann = made(client, "/Users", &json!({ "schemas": [USER], "userName": "ann@example.com" }));
    let team = made(client, "/Groups", &json!({ "schemas": [GROUP], "displayName": "team" }));
    let change = |path: &str, value: Value| {
        let operations = json!([{ "op": "replace", "path": path, "value": value }]);
        client.patch(&format!("/Users/{ann}"), &operations)
    };
    let create = || client.post("/Users", &json!({ "schemas": [USER], "userName": "bob@example.com" }));
    let add_member = || {
        let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]);
        client.patch(&format!("/Groups/{team}"), &operations)
    };
    let will_not = "DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0";
    let cases: [Case<'_>; 12] = [
        // Enabling somebody who has no password.
        (53, format!("0000052D: SvcErr: {will_not}"), &|| change("active", json!(true)), 400, Some("invalidValue")),
        (
            19,
            "0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a \
             (unicodePwd)\n"
                .into(),
            &|| change("password", json!("short")),
            400,
            Some("invalidValue"),
        ),
        // A password without TLS.
        (53, format!("0000001F: SvcErr: {will_not}"), &|| change("password", json!("Correct-Horse-7")), 500, None),
        // A common name of more than 64 characters; a logon name of more than 20.
        (
            19,
            "00002082: AtrErr: DSID-0315289E, #1:\n\t0: 00002082: DSID-0315289E, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 3 (cn):len \
             134\n"
                .into(),
            &create,
            400,
            Some("invalidValue"),
        ),
        (
            80,
            "00000523: SysErr: DSID-031A1202, problem 22 (Invalid argument), data 0".into(),
            &create,
            400,
            Some("invalidValue"),
        ),
        // A name that somebody has in another domain of the forest.
        (
            19,
            "000021C8: AtrErr: DSID-03200E96, #1:\n\t0: 000021C8: DSID-03200E96, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 90290 \
             (userPrincipalName)\n"
                .into(),
            &|| change("userName", json!("taken@example.com")),
            409,
            Some("uniqueness"),
        ),
        // No right to, and no more of them.
        (
            50,
            "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0".into(),
            &|| change("title", json!("Chief")),
            403,
            None,
        ),
        (53, format!("0000216D: SvcErr: {will_not}"), &create, 403, None),
        // A controller that takes no writes.
        (
            10,
            "0000202B: RefErr: DSID-0310084A, data 0, 1 access points".into(),
            &|| change("title", json!("Chief")),
            503,
            None,
        ),
        // A member who is gone; a container that is.
        (
            32,
            "00000525: NameErr: DSID-031A1261, problem 2001 (NO_OBJECT), data 0, best match of:\n\t''\n".into(),
            &add_member,
            400,
            Some("invalidValue"),
        ),
        (
            32,
            "0000208D: NameErr: DSID-03100288, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'DC=example,DC=com'\n".into(),
            &create,
            500,
            None,
        ),
        (51, "0000200E: SvcErr: DSID-03210D6E, problem 5001 (BUSY), data 0".into(), &|| change("title", json!("x")), 200, None),
    ];
    for (code, text, write, status, scim_type) in cases {
        wired.wire.refuse(Refused::Write, code, &text);
        let reply = write();
        assert_eq!(wired.wire.refusals_left(), 0, "{text}: nothing was written: {}", reply.text());
        assert_eq!(reply.status, status, "{text}: {}", reply.text());
        if status >= 400 {
            assert_error(&reply, status, scim_type);
            assert!(!reply.text().contains("DSID"), "{}", reply.text());
        }
    }
    // What was refused left nothing behind, and those who were refused can go on.
    assert_eq!(create().status, 201);
    assert_eq!(add_member().status, 204);
}

#[test]
fn a_bind_that_was_lost_is_made_again() {
    let wired = wired(small(), WITHOUT_PASSWORDS);
    let client = wired.bridge.client();
    let text = "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the \
                connection., data 0, v4563";
    let ann = made(client, "/Users", &json!({ "schemas": [USER], "userName": "ann@example.com" }));
    for what in [Refused::Search, Refused::Write] {
        wired.wire.refuse(what, 1, text);
        let operations = json!([{ "op": "replace", "path": "title", "value": format!("{what:?}") }]);
        let reply = client.patch(&format!("/Users/{ann}"), &operations);
        assert_eq!((reply.status, wired.wire.refusals_left()), (200, 0), "{what:?}: {}", reply.text());
        assert_eq!(reply.json()["title"], format!("{what:?}"));
    }
}

#[test]
fn lists_are_whole_where_searches_are_cut_short() {
    let wired = wired(small(), WITHOUT_PASSWORDS);
    let client = wired.bridge.client();
    let list = || client.get("/Users?count=100&sortBy=userName").json();
    let whole = list();
    assert!(whole["totalResults"].as_u64().unwrap() > 25, "{whole}");
    wired.wire.send_entries(20);
    assert_eq!(list(), whole);
    let filter = encoded("displayName pr or title pr or userName pr");
    assert_eq!(client.get(&format!("/Users?filter={filter}")).json()["totalResults"], whole["totalResults"]);
}

/// The members of a group that is sent in parts, and what it costs to change one.
#[test]
fn a_group_of_five_thousand_costs_what_a_group_of_five_does() {
    let crowd = 5_000;
    let wired = wired(AdTreeOptions { users: 12, groups: 0, crowd }, WITHOUT_PASSWORDS);
    wired.wire.send_values(1_500);
    let client = wired.bridge.client();
    let group = |name: &str| {
        let reply = client.get(&format!("/Groups?filter={}", encoded(&format!("displayName eq \"{name}\""))));
        assert_eq!(reply.status, 200, "{}\n{}", reply.text(), wired.bridge.log());
        reply.json()["Resources"][0].clone()
    };
    let users = client.get(&format!("/Users?count=12&filter={}", encoded("displayName pr"))).json();
    let users: Vec<String> = users["Resources"].as_array().unwrap().iter().map(id).collect();
    let large = group("crowd");
    assert_eq!(ids(&large["members"]).len(), crowd);
    let members: Value = users[..5].iter().map(|id| json!({ "value": id })).collect();
    // Beside the large one, with a name of the same length.
    let body = json!({ "schemas": [GROUP], "displayName": "fives", "members": members });
    let small = made(client, "/Groups", &body);
    let one = users.iter().find(|user| !ids(&large["members"]).contains(user) && !users[..5].contains(user)).unwrap();
    let cost = |group: &str, operations: Value| {
        wired.wire.take_traffic();
        let reply = client.patch(&format!("/Groups/{group}"), &operations);
        assert_eq!(reply.status, 204, "{}\n{}", reply.text(), wired.bridge.log());
        wired.wire.take_traffic()
    };
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": one }] }]);
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{one}\"]") }]);
    for (what, operations) in [("added", add), ("removed", remove)] {
        let (of_many, of_few) = (cost(&id(&large), operations.clone()), cost(&small, operations));
        println!("one is {what}: in {crowd} {of_many:?}, in 5 {of_few:?}");
        assert_eq!(of_many.operations, of_few.operations);
        // Names and numbers have other lengths.
        assert!(of_many.octets.abs_diff(of_few.octets) < 200, "{of_many:?} {of_few:?}");
        let now = ids(&group("crowd")["members"]);
        assert_eq!((now.len(), now.contains(one)), (crowd + usize::from(what == "added"), what == "added"));
    }
    assert_ne!(wired.wire.take_traffic(), Traffic::default());
    assert!(wired.samba.url().starts_with("ldap://"));
}
