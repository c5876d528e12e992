//! Keys of authorization servers: where they come from, how often they are asked for, and what stays when settings are read again.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use scimfront::auth::TokenHash;
use scimfront::clock::{Clock as _, SystemClock};
use serde_json::json;

use super::login::{self, Key, Login, token};
use super::{AUDIENCE, ISSUER, basic, claims, place, with};
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::tls;
use crate::watching::eventually;

/// A bridge of its own, with these further lines and a client that shows tokens of `login`.
fn bridge_of(login: &Login, lines: &str) -> Bridge {
    let mut options = BridgeOptions::openldap(place().slapd.suffix());
    options.server_lines = "reload_on_change = false\ntrusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    options.further = format!(
        "[bridge.main.jwt.login]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks_url = \"{}\"\n{lines}\n\
         [bridge.main.client.hr]\njwt = \"login\"\n",
        login.url()
    );
    Bridge::start(&place().slapd, &options)
}

fn reload(bridge: &Bridge) {
    let reloads = || bridge.log().matches("the files were read again and are in force").count();
    let before = reloads();
    bridge.signal("HUP");
    eventually("it was read again", || reloads() > before);
}

#[test]
fn a_new_key_is_asked_for_once_however_many_name_unknown_ones() {
    let login = Login::start();
    let bridge = bridge_of(&login, "");
    let get = |token: &str| bridge.client().with_token(Some(token)).get("/Users?count=1").status;
    login.stop_answering(true);
    // Without any key nobody can say whose it is.
    assert_eq!(get(&token(login.rsa(), &claims("hr"))), 503);
    login.stop_answering(false);
    eventually("its keys are there", || get(&token(login.rsa(), &claims("hr"))) == 200);
    let (asked, since) = (login.asked(), SystemClock.now());
    for number in 0..12 {
        assert_eq!(get(&token(&Key::edwards(&format!("unknown-{number}")), &claims("hr"))), 401);
    }
    // Once in five seconds at most.
    let most = asked + 1 + usize::try_from(since.elapsed().as_secs() / 5).unwrap();
    assert!(login.asked() <= most, "asked {} times", login.asked() - asked);
    let new = Key::edwards("new");
    login.add(&new);
    eventually("the new key is known", || get(&token(&new, &claims("hr"))) == 200);
    login.stop_answering(true);
    assert_eq!(get(&token(login.rsa(), &claims("hr"))), 200, "keys that are known hold while it is away");
}

#[test]
fn who_asks_and_goes_away_has_the_server_of_keys_asked_no_more_often() {
    let login = Login::start();
    let bridge = bridge_of(&login, "");
    login.hold(true);
    let address = bridge.base_url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    // Unsigned: whoever knows the issuer's name can make it.
    let forged = login::assembled(&json!({ "alg": "EdDSA", "kid": "unknown" }), &claims("hr"), b"x");
    for _ in 0..30 {
        let mut stream = TcpStream::connect(&address).unwrap();
        let request = format!("GET /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {forged}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    eventually("it was asked", || login.connected() > 0);
    // One that is left alone is given up after five seconds.
    assert!(login.connected() <= 2, "asked {} times", login.connected());
    login.hold(false);
    eventually("who stays gets in", || {
        bridge.client().with_token(Some(&token(login.rsa(), &claims("hr")))).get("/Users?count=1").status == 200
    });
}

#[test]
fn a_reload_forgets_neither_keys_nor_guesses() {
    let (slapd, login) = (&place().slapd, Login::start());
    let suffix = slapd.suffix();
    let person = format!("uid=erin,ou=people,{suffix}");
    let ldif = format!(
        "dn: {person}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: e\nsn: e\nuid: erin\nuserPassword: erins-password\n"
    );
    slapd.ldapmodify_as(&slapd.root_dn_of(suffix), &ldif).unwrap();
    let people = format!(
        "[bridge.main.client.people]\nldap_bind = {{ dn = \"uid={{user}},ou=people,{suffix}\", attempts = 3 }}\n\
         [bridge.main.client.slow]\ntoken_sha256 = \"{}\"\nrate = 1\nburst = 2",
        TokenHash::of(b"slow")
    );
    let bridge = bridge_of(&login, &people);
    let get = |token: &str| bridge.client().with_token(Some(token)).get("/Users?count=1").status;
    assert_eq!(get(&token(login.rsa(), &claims("hr"))), 200);
    let guess = |number: usize| {
        let authorization = basic("erin", &format!("guess-{number}"));
        let from = format!("198.51.100.{number}");
        let headers = [("authorization", authorization.as_str()), ("x-forwarded-for", &from)];
        assert_eq!(bridge.client().send("GET", "/Users", &headers, None).status, 401);
    };
    (0..2).for_each(&guess);
    login.stop_answering(true);
    for round in 1..=3 {
        reload(&bridge);
        // Not one that is remembered.
        let new = token(login.curve(), &with("hr", "jti", json!(round)));
        assert_eq!(get(&new), 200, "while nobody can be asked for the keys");
        (0..3).for_each(|number| guess(10 * round + number));
    }
    assert_eq!(login.asked(), 1);
    let root = slapd.root_dn_of(suffix);
    let state = slapd.ldapsearch_as(&root, &person, "(objectClass=*)", &["pwdFailureTime"]).unwrap();
    assert_eq!(state.matches("pwdFailureTime:").count(), 3, "{state}");
    // Nor what a client has used up.
    let statuses: Vec<u16> = (0..6)
        .map(|_| {
            reload(&bridge);
            (0..2).map(|_| get("slow")).max().unwrap()
        })
        .collect();
    assert!(statuses[1..].contains(&429), "{statuses:?}");
}

#[test]
fn keys_come_by_https_from_who_shows_a_certificate_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, others] = ["ours", "others"].map(tls::authority);
    let ca_file = |name: &str, authority: &tls::Authority| {
        let path = folder.path().join(name);
        std::fs::write(&path, authority.pem()).unwrap();
        format!("ca_file = \"{}\"", path.display())
    };
    tls::issue(folder.path(), "login", &ours, "127.0.0.1", "login");
    let login = Login::start_secured(&folder.path().join("login.pem"), &folder.path().join("login.key"));
    let trusting = bridge_of(&login, &ca_file("ours.pem", &ours));
    let get = |bridge: &Bridge, token: &str| bridge.client().with_token(Some(token)).get("/Users?count=1").status;
    for key in [login.rsa(), login.curve(), login.edwards()] {
        assert_eq!(get(&trusting, &token(key, &claims("hr"))), 200, "{}", trusting.log());
    }
    let new = Key::edwards("new");
    login.add(&new);
    eventually("the new key is known", || get(&trusting, &token(&new, &claims("hr"))) == 200);
    let asked = login.asked();
    // Those who trust another authority, or those of the system alone, don't take keys from it.
    for lines in [ca_file("others.pem", &others), String::new()] {
        let bridge = bridge_of(&login, &lines);
        let reply = bridge.client().with_token(Some(&token(login.rsa(), &claims("hr")))).get("/Users?count=1");
        assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{}", reply.text());
        eventually("why is logged", || bridge.log().contains("the keys of an authorization server can't be had"));
    }
    assert_eq!(login.asked(), asked);
}
