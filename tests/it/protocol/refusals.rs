//! Bad input: each gets the right SCIM error at once, never a 500, never another entry.

use std::time::Duration;

use rstest::rstest;
use scimfront::clock::{Clock, SystemClock};
use serde_json::json;

use super::{SEARCH, assert_error, client, get, id_of, shared};
use crate::support;
use crate::support::client::{Reply, encoded};

/// How long a refusal may take; a hundred times what it does take, because machines have bad moments.
const AT_ONCE: Duration = Duration::from_secs(5);

fn quickly(send: impl FnOnce() -> Reply) -> Reply {
    let begun = SystemClock.now();
    let reply = send();
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    reply
}

fn filtered(filter: &str) -> Reply {
    quickly(|| client().get(&format!("/Users?filter={}", encoded(filter))))
}

#[rstest]
#[case("none")]
#[case("*")]
#[case(")(")]
#[case("%2A")]
#[case("%29%28uid%3D%2A")]
#[case("a%00b")]
#[case("%00")]
#[case("..")]
#[case("%2e%2e")]
#[case("..%2fUsers")]
#[case("%5c2a")]
#[case("%20")]
#[case("00000000-0000-0000-0000-000000000000")]
#[case("cn%3Dbridge%2Cou%3Dservices%2Cdc%3Dexample%2Cdc%3Dcom")]
#[case("bjensen")]
#[case("%F0%9F%98%80")]
fn what_is_no_id_is_not_found(#[case] id: &str) {
    let reply = quickly(|| client().get(&format!("/Users/{id}")));
    assert_error(&reply, 404, None, id);
}

#[test]
fn an_id_is_taken_to_the_letter() {
    let id = id_of("bjensen");
    let variants = [id.to_uppercase(), id.replace('-', ""), format!(" {id}"), format!("{id} "), format!("{{{id}}}")];
    for other in variants.iter().filter(|other| **other != id) {
        assert_error(&client().get(&format!("/Users/{}", encoded(other))), 404, None, other);
    }
    let long = "a".repeat(7_000);
    assert_error(&quickly(|| client().get(&format!("/Users/{long}"))), 404, None, "a long id");
}

/// Entries that are there, but not of this type or not in its base, are not there.
#[test]
fn entries_outside_base_and_filter_are_not_found() {
    let slapd = support::shared();
    let found = slapd.ldapsearch(slapd.suffix(), "(objectClass=*)", &["entryUUID"]).unwrap();
    let mut outside = 0;
    for record in found.split("\n\n") {
        let (dn, id) = (record.lines().find(|line| line.starts_with("dn:")), record.split_once("entryUUID: "));
        let (Some(dn), Some((_, id))) = (dn, id) else { continue };
        let person = slapd.ldapsearch(dn.trim_start_matches("dn: "), "(objectClass=inetOrgPerson)", &["1.1"]);
        if !dn.starts_with("dn: ou=") && !dn.starts_with("dn: dc=") && !dn.starts_with("dn: cn=bridge,") {
            continue;
        }
        drop(person);
        outside += 1;
        for kind in ["Users", "Groups"] {
            assert_error(&client().get(&format!("/{kind}/{}", id.trim())), 404, None, dn);
        }
        let filter = encoded(&format!("id eq \"{}\"", id.trim()));
        assert_eq!(get(&format!("/Users?filter={filter}"))["totalResults"], 0);
    }
    assert!(outside > 5, "{outside}");
    let group = get("/Groups?count=1")["Resources"][0]["id"].as_str().unwrap().to_owned();
    assert_error(&client().get(&format!("/Users/{group}")), 404, None, "a group among users");
    assert_error(&client().get(&format!("/Groups/{}", id_of("bjensen"))), 404, None, "a user among groups");
}

#[rstest]
#[case("")]
#[case(" ")]
#[case("userName")]
#[case("userName eq")]
#[case("userName eq \"")]
#[case("userName eq \"x\\\"")]
#[case("userName eq x")]
#[case("userName eq 'x'")]
#[case("userName xx \"x\"")]
#[case("userName eq \"x\" and")]
#[case("(userName eq \"x\"")]
#[case("userName eq \"x\")")]
#[case("emails[type eq \"work\"")]
#[case("emails[type eq \"work\"]]")]
#[case("emails[emails[type eq \"work\"]]")]
#[case("not userName eq \"x\"")]
#[case("nothing eq \"x\"")]
#[case("userName.sub eq \"x\"")]
#[case("emails.nothing eq \"x\"")]
#[case("urn:nothing:userName eq \"x\"")]
#[case("name eq \"x\"")]
#[case("active gt true")]
#[case("active eq \"perhaps\"")]
#[case("active co \"t\"")]
#[case("x509Certificates.value gt \"AA==\"")]
#[case("meta.created eq \"yesterday\"")]
#[case("meta.created co \"2024\"")]
#[case("userName eq 5")]
#[case("userName gt null")]
#[case("password eq \"x\"")]
#[case("password pr")]
#[case("userPassword pr")]
#[case("userName eq \"\\ud800\"")]
#[case("userName eq \"\\x\"")]
#[case("\u{0}")]
#[case("*")]
#[case(")(")]
#[case("userName eq \"x\"\u{0}")]
fn what_is_no_filter_is_refused(#[case] filter: &str) {
    let reply = filtered(filter);
    assert_error(&reply, 400, Some("invalidFilter"), filter);
    let body = json!({ "schemas": [SEARCH], "filter": filter });
    assert_error(&quickly(|| client().post("/Users/.search", &body)), 400, Some("invalidFilter"), filter);
}

#[test]
fn the_column_is_named() {
    let error = filtered("userName eq \"é\" and userNam pr").json();
    assert!(error["detail"].as_str().unwrap().contains("column 21"), "{error}");
}

/// Values that mean something to LDAP mean nothing here: they find what is called so, that is nobody.
#[rstest]
#[case("*")]
#[case(")(uid=*")]
#[case("*)(objectClass=*")]
#[case("\\\\2a")]
#[case("\\u0000")]
#[case("bjensen\\u0000")]
#[case("\\u0000bjensen")]
fn values_are_values(#[case] value: &str) {
    for op in ["eq", "sw", "co", "ew"] {
        for path in
            ["userName", "displayName", "emails", "id", "emails.type", "groups.value", "groups.display", "externalId"]
        {
            let filter = format!("{path} {op} \"{value}\"");
            let reply = filtered(&filter);
            assert_eq!(reply.status, 200, "{filter}: {}", reply.text());
            // Someone in the tree has an asterisk in a name; `co` may find that.
            if op == "eq" {
                assert_eq!(reply.json()["totalResults"], 0, "{filter}");
            }
        }
    }
}

#[test]
fn huge_filters_are_refused() {
    let huge = format!("userName eq \"{}\"", "x".repeat(1 << 20));
    let reply = quickly(|| client().get(&format!("/Users?filter={}", encoded(&huge))));
    assert!(matches!(reply.status, 400 | 414 | 431), "{} {}", reply.status, reply.text());
    let body = json!({ "schemas": [SEARCH], "filter": huge });
    let reply = quickly(|| client().post("/Users/.search", &body));
    assert!(matches!(reply.status, 400 | 413), "{} {}", reply.status, reply.text());
    for filter in [
        format!("{}userName pr{}", "(".repeat(1_000), ")".repeat(1_000)),
        format!("{}userName pr{}", "not(".repeat(1_000), ")".repeat(1_000)),
        "(".repeat(1_000),
        vec!["userName pr"; 1_000].join(" or "),
    ] {
        let body = json!({ "schemas": [SEARCH], "filter": filter });
        assert_error(&quickly(|| client().post("/Users/.search", &body)), 400, Some("invalidFilter"), &filter[..40]);
    }
    let thousand = format!("{}userName pr{}", "(".repeat(1_000), ")".repeat(1_000));
    assert_error(&filtered(&thousand), 400, Some("invalidFilter"), "1,000 parentheses");
}

#[rstest]
#[case("/Users?filter=%ff")]
#[case("/Users?filter=userName%20eq%20%22%c3%28%22")]
#[case("/Users?filter=%")]
#[case("/Users?filter=%zz")]
#[case("/Users?attributes=%ff")]
#[case("/Users?startIndex=abc")]
#[case("/Users/%ff")]
#[case("/Users/%")]
#[case("/%ff")]
#[case("/Users?attributes=id&excludedAttributes=title")]
fn what_can_not_be_read_is_a_bad_request(#[case] path: &str) {
    let reply = quickly(|| client().get(path));
    assert!(matches!(reply.status, 400 | 404), "{path}: {} {}", reply.status, reply.text());
    let error = reply.json();
    assert_eq!((&error["schemas"], &error["status"]), (&json!([super::ERROR]), &json!(reply.status.to_string())));
}

#[rstest]
#[case("")]
#[case("{")]
#[case("null")]
#[case("[]")]
#[case("\"x\"")]
#[case("{\"schemas\":[]}")]
#[case("{\"schemas\":[\"urn:x\"]}")]
#[case("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"count\":\"x\"}")]
#[case("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"filter\":5}")]
#[case(
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"filter\":\"title pr\",\"FILTER\":\"title pr\"}"
)]
#[case("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"attributes\":\"id\\ud800\"}")]
fn what_is_no_search_request_is_refused(#[case] body: &str) {
    let headers = [("content-type", "application/scim+json")];
    let reply = quickly(|| client().send("POST", "/Users/.search", &headers, Some(body.as_bytes())));
    assert_eq!(reply.status, 400, "{body}: {}", reply.text());
    let scim_type = reply.json()["scimType"].clone();
    assert!(
        ["invalidSyntax", "invalidValue", "invalidFilter"].iter().any(|known| scim_type == *known),
        "{body}: {scim_type}"
    );
}

#[test]
fn invalid_utf8_and_deep_nesting_in_bodies() {
    let headers = [("content-type", "application/scim+json")];
    let reply = client().send("POST", "/Users/.search", &headers, Some(b"{\"filter\":\"\xff\"}"));
    assert_error(&reply, 400, Some("invalidSyntax"), "invalid UTF-8");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let reply = quickly(|| client().send("POST", "/Users/.search", &headers, Some(deep.as_bytes())));
    assert_error(&reply, 400, Some("invalidSyntax"), "deep nesting");
}

#[test]
fn tokens_are_demanded_everywhere() {
    let wrong: [Option<&str>; 4] = [None, Some("wrong"), Some(""), Some("exact-test-token2")];
    for token in wrong {
        for path in ["/Users", "/Users/x", "/nothing", "/", "/Me", "/Bulk"] {
            let reply = client().with_token(token).get(path);
            assert_error(&reply, 401, None, path);
            assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{path}");
        }
    }
    let basic = client().with_token(None).send("GET", "/Users", &[("authorization", "Basic Zm9vOmJhcg==")], None);
    assert_error(&basic, 401, None, "Basic");
}

#[test]
fn paths_methods_and_media_types() {
    for path in ["/Nothing", "/Users/a/b", "/Users//", "/Groups/x/members", "/v2/Users", "/.search/x"] {
        let reply = client().get(path);
        assert!(matches!(reply.status, 404 | 200), "{path} {}", reply.status);
        if reply.status == 404 {
            assert_error(&reply, 404, None, path);
        }
    }
    for (method, path) in
        [("DELETE", "/Users"), ("PUT", "/Users"), ("GET", "/Users/.search"), ("TRACE", "/Users"), ("POST", "/Schemas")]
    {
        let reply = client().send(method, path, &[], None);
        assert!(
            reply.status == 405 || path == "/Users/.search" && reply.status == 404,
            "{method} {path}: {}",
            reply.status
        );
        if reply.status == 405 {
            assert_error(&reply, 405, None, path);
            assert!(reply.header("allow").is_some(), "{method} {path}");
        }
    }
    let body = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}"#;
    let typed = |media: &str| client().send("POST", "/Users/.search", &[("content-type", media)], Some(body));
    assert_error(&typed("text/plain"), 415, None, "text/plain");
    assert_error(&typed("application/json; charset=iso-8859-1"), 415, None, "Latin 1");
    for media in ["application/json", "application/scim+json", "application/scim+json; charset=utf-8"] {
        assert_eq!(typed(media).status, 200, "{media}");
    }
    let large = vec![b' '; 3 << 20];
    let headers = [("content-type", "application/scim+json")];
    assert_error(&client().send("POST", "/Users/.search", &headers, Some(&large)), 413, None, "3 MB");
    assert_error(&client().send("GET", "/Users", &[("accept", "text/html")], None), 406, None, "HTML");
}

/// Through all of this the server logged no fault of its own.
#[test]
fn nothing_of_it_is_an_internal_error() {
    for filter in [
        "userName eq \"\\ud83d\\ude00\"",
        "id eq \"\\u0000\"",
        "members.value eq \"*\"",
        "meta.location eq \"http://x/Users/*\"",
    ] {
        let reply = client().get(&format!("/?filter={}", encoded(filter)));
        assert_eq!(reply.status, 200, "{filter}: {}", reply.text());
    }
    assert!(!shared().log().contains("panicked"), "{}", shared().log());
}
