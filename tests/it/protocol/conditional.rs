//! Versions and conditional requests (RFC 7644 section 3.14).

use super::{client, get, id_of, private};
use crate::support::client::Reply;

fn conditional(path: &str, tags: &str) -> Reply {
    client().send("GET", path, &[("if-none-match", tags)], None)
}

#[test]
fn a_known_version_is_not_sent_again() {
    let path = format!("/Users/{}", id_of("bjensen"));
    let reply = client().get(&path);
    let etag = reply.header("etag").unwrap().to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    assert_eq!(reply.json()["meta"]["version"], *etag);
    for tags in [etag.clone(), format!("W/\"x\", {etag}"), "*".to_owned(), etag.trim_start_matches("W/").to_owned()] {
        let reply = conditional(&path, &tags);
        assert_eq!((reply.status, reply.body.len()), (304, 0), "{tags}");
        assert_eq!(reply.header("etag"), Some(&*etag), "{tags}");
    }
    for tags in ["W/\"x\"", "", "nonsense"] {
        assert_eq!(conditional(&path, tags).status, 200, "{tags}");
    }
    assert_eq!(conditional("/Users/00000000-0000-4000-8000-000000000000", "*").status, 404);
}

#[test]
fn every_resource_has_its_own_version() {
    let list = get("/Users?count=1000");
    let versions: std::collections::BTreeSet<String> =
        super::resources(&list).iter().map(|user| user["meta"]["version"].as_str().unwrap().to_owned()).collect();
    assert!(versions.len() > 990, "{}", versions.len());
}

#[test]
fn the_version_moves_with_the_resource() {
    let (slapd, suffix, bridge) = private();
    let version = |path: &str| bridge.client().get(path).header("etag").unwrap().to_owned();
    let found = bridge.client().get("/Users?filter=userName%20eq%20%22bjensen%22").json();
    let path = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());
    let before = version(&path);
    assert_eq!(version(&path), before);
    let bind = slapd.bind_dn_of(&suffix);
    let dn = format!("uid=bjensen,ou=engineering,ou=people,{suffix}");
    slapd.ldapmodify_as(&bind, &format!("dn: {dn}\nchangetype: modify\nreplace: title\ntitle: Other\n")).unwrap();
    let after = version(&path);
    assert_ne!(after, before);
    let reply = bridge.client().send("GET", &path, &[("if-none-match", &before)], None);
    assert_eq!((reply.status, &reply.json()["title"]), (200, &serde_json::json!("Other")));
    // A new group shows in `groups`, so a client that has the resource as it was must get it again.
    let group = format!("dn: cn=newgroup,ou=groups,{suffix}\nobjectClass: groupOfNames\ncn: newgroup\nmember: {dn}\n");
    slapd.ldapmodify_as(&bind, &group).unwrap();
    let reply = bridge.client().send("GET", &path, &[("if-none-match", &after)], None);
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("newgroup"));
}
