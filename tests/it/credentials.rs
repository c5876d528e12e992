//! Who is let in, and who isn't, whatever is shown: signed tokens, names and passwords, and how often one may ask.

mod guesses;
mod keys;
pub(crate) mod login;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scimfront::auth::hashed;
use scimfront::sandbox::{Overlay, Slapd, SlapdOptions, TreeOptions};
use serde_json::{Value, json};

use self::login::{Key, Login, token};
use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::client::{Client, Reply};

pub(crate) const ISSUER: &str = "https://login.example.com/";
pub(crate) const AUDIENCE: &str = "https://scim.example.com";
/// Far in the future.
pub(crate) const LATER: u64 = 4_000_000_000;

struct Place {
    slapd: Slapd,
    login: Login,
    bridge: Bridge,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let tree = TreeOptions { quirks: false, ..TreeOptions::sized(10, 3) };
        let slapd = Slapd::start(&SlapdOptions::with_tree(tree).overlays(&[Overlay::Ppolicy, Overlay::Syncprov])).unwrap();
        let suffix = slapd.suffix().to_owned();
        for name in ["alice", "bob"] {
            let person = format!("uid={name},ou=people,{suffix}");
            let ldif = format!(
                "dn: {person}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\nuid: {name}\nuserPassword: {name}s-password\n"
            );
            slapd.ldapmodify_as(&slapd.root_dn_of(&suffix), &ldif).unwrap();
        }
        let login = Login::start();
        let hash = hashed(&"open sesame".into()).unwrap();
        let mut options = BridgeOptions::openldap(&suffix);
        options.server_lines = "trusted_proxies = [\"127.0.0.1\"]\n".to_owned();
        options.further = format!(
            r#"
[bridge.main.jwt.login]
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
jwks_url = "{url}"
[bridge.main.client.hr]
jwt = "login"
claim = {{ azp = "hr" }}
[bridge.main.client.crm]
jwt = "login"
claim = {{ azp = "crm", scope = "scim.read" }}
access = "read"
[bridge.main.client.twice-a]
jwt = "login"
claim = {{ azp = "twice" }}
[bridge.main.client.twice-b]
jwt = "login"
claim = {{ azp = "twice" }}
[bridge.main.client.basic]
basic = {{ user = "basic", password_hash = "{hash}" }}
[bridge.main.client.people]
access = "read"
ldap_bind = {{ dn = "uid={{user}},ou=people,{suffix}", attempts = 3 }}
[bridge.main.client.slow]
basic = {{ user = "slow", password_hash = "{hash}" }}
rate = 1
burst = 3
"#,
            url = login.url()
        );
        let bridge = Bridge::start(&slapd, &options);
        Place { slapd, login, bridge }
    })
}

fn client() -> &'static Client {
    place().bridge.client()
}

fn shown(authorization: &str) -> Reply {
    // From an address of its own: who fails often waits for the answer.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    let from = format!("192.0.{}.{}", number / 250, number % 250);
    client().send("GET", "/Users?count=1", &[("authorization", authorization), ("x-forwarded-for", &from)], None)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn claims(azp: &str) -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "exp": LATER, "azp": azp, "sub": "somebody" })
}

fn with(azp: &str, name: &str, value: Value) -> Value {
    let mut claims = claims(azp);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// Nobody is told more than that it isn't enough.
fn refused(reply: &Reply, about: &str) {
    assert_eq!(reply.status, 401, "{about}: {}", reply.text());
    let challenge = reply.header("www-authenticate");
    assert_eq!(challenge, Some("Bearer realm=\"SCIM\", Basic realm=\"SCIM\", charset=\"UTF-8\""), "{about}");
    let error = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401",
        "detail": "Valid credentials are required" });
    assert_eq!(reply.json(), error, "{about}");
}

fn bearer(token: &str) -> Reply {
    shown(&format!("Bearer {token}"))
}

#[test]
fn a_signed_token_lets_its_client_in() {
    let login = &place().login;
    for key in [login.rsa(), login.curve(), login.edwards()] {
        let reply = bearer(&token(key, &claims("hr")));
        assert_eq!(reply.status, 200, "{}: {}", key.algorithm(), reply.text());
    }
    // It is known from the first time on.
    let again = token(login.rsa(), &claims("hr"));
    assert!((0..3).all(|_| bearer(&again).status == 200));
    let many = with("hr", "aud", json!(["https://other.example.com", AUDIENCE]));
    assert_eq!(bearer(&token(login.curve(), &many)).status, 200);
    let log = place().bridge.log();
    assert!(!log.contains(&again), "a token in the log");
}

#[test]
fn claims_tell_clients_apart() {
    let key = place().login.edwards();
    let crm = with("crm", "scope", json!("openid scim.read"));
    let (read, body) = (token(key, &crm), json!({ "userName": "x" }));
    assert_eq!(bearer(&read).status, 200);
    assert_eq!(client().with_token(Some(&read)).post("/Users", &body).status, 403);
    for (claims, about) in [
        (with("crm", "scope", json!("openid scim.reader")), "half a word"),
        (claims("crm"), "no scope"),
        (claims("nobody"), "an unknown client"),
        (claims("twice"), "two clients"),
        (with("hr", "azp", Value::Null), "no claim"),
        (with("hr", "azp", json!({ "hr": true })), "an odd claim"),
    ] {
        refused(&bearer(&token(key, &claims)), about);
    }
}

#[test]
fn a_token_that_is_not_for_us_or_not_now_is_refused() {
    let key = place().login.curve();
    for (claims, about) in [
        (with("hr", "iss", json!("https://evil.example.com/")), "foreign issuer"),
        (with("hr", "iss", json!("https://login.example.com")), "issuer without its slash"),
        (with("hr", "iss", Value::Null), "no issuer"),
        (with("hr", "aud", json!("https://other.example.com")), "foreign audience"),
        (with("hr", "aud", json!([])), "empty audience"),
        (with("hr", "aud", Value::Null), "no audience"),
        (with("hr", "exp", json!(1_000_000_000)), "expired"),
        (with("hr", "exp", json!("4000000000")), "expiry as text"),
        (with("hr", "exp", json!(-1)), "negative expiry"),
        (with("hr", "exp", Value::Null), "no expiry"),
        (with("hr", "nbf", json!(LATER)), "not yet"),
        (with("hr", "iat", json!(LATER)), "made in the future"),
    ] {
        refused(&bearer(&token(key, &claims)), about);
    }
}

#[test]
fn forged_tokens_are_refused() {
    let login = &place().login;
    let good = token(login.rsa(), &claims("hr"));
    let parts: Vec<&str> = good.split('.').collect();
    let none = |alg: &str| login::assembled(&json!({ "alg": alg, "typ": "JWT" }), &claims("hr"), b"");
    let stranger = Key::edwards("stranger");
    let impostor = Key::edwards("edwards");
    let mut forged = vec![
        ("none", none("none")),
        ("None", none("None")),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("another signature", format!("{}.{}.{}", parts[0], parts[1], "A".repeat(342))),
        ("other claims", format!("{}.{}.{}", parts[0], login::encoded(&claims("crm")), parts[2])),
        ("a key of nobody", token(&stranger, &claims("hr"))),
        ("a known key's name", token(&impostor, &claims("hr"))),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.x")),
        (
            "what must be understood",
            login.rsa().signed(&json!({ "alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1 }), &claims("hr")),
        ),
        (
            "an id token's kind",
            login.rsa().signed(&json!({ "alg": "RS256", "kid": "rsa", "typ": "logout+jwt" }), &claims("hr")),
        ),
        ("no name for the key", login.rsa().signed(&json!({ "alg": "ES256" }), &claims("hr"))),
        ("the key in the token", stranger.signed(&json!({ "alg": "EdDSA", "jwk": stranger.public() }), &claims("hr"))),
        (
            "the key's address in the token",
            stranger.signed(&json!({ "alg": "EdDSA", "kid": "x", "jku": login.url() }), &claims("hr")),
        ),
    ];
    // The public key as a shared secret: by its modulus, and as the set has it.
    for secret in [login.rsa().public()["n"].as_str().unwrap().to_owned(), login.rsa().public().to_string()] {
        for header in [
            json!({ "alg": "HS256", "kid": "rsa" }),
            json!({ "alg": "HS256", "kid": "shared" }),
            json!({ "alg": "HS256" }),
        ] {
            forged.push(("a public key as a secret", login::with_secret(secret.as_bytes(), &header, &claims("hr"))));
        }
    }
    // A shared secret in the set is no key.
    let shared = json!({ "alg": "HS256", "kid": "shared" });
    forged.push(("a secret in the set", login::with_secret(b"in the set, by mistake", &shared, &claims("hr"))));
    // Keys used with algorithms that they aren't made for.
    for (key, alg) in
        [(login.rsa(), "ES256"), (login.rsa(), "PS256"), (login.curve(), "RS256"), (login.edwards(), "ES256")]
    {
        let name = key.public()["kid"].clone();
        forged.push(("another algorithm", key.signed(&json!({ "alg": alg, "kid": name }), &claims("hr"))));
    }
    for (about, token) in forged {
        refused(&bearer(&token), about);
    }
    assert_eq!(bearer(&good).status, 200);
}

#[test]
fn a_name_and_a_password_let_their_client_in() {
    assert_eq!(shown(&basic("basic", "open sesame")).status, 200);
    assert_eq!(shown(&basic("basic", "open sesame")).status, 200);
    for (user, password) in
        [("basic", "open sesamE"), ("Basic", "open sesame"), ("nobody", "open sesame"), ("basic", "")]
    {
        refused(&shown(&basic(user, password)), user);
    }
    for odd in ["Basic", "Basic !", "Basic YmFzaWM=", "Negotiate x", ""] {
        refused(&shown(odd), odd);
    }
    let twice = format!("authorization: {}\r\nauthorization: Bearer {TOKEN}\r\n", basic("basic", "open sesame"));
    let request = format!("GET /scim/v2/Users HTTP/1.1\r\nhost: x\r\n{twice}\r\n");
    refused(&client().raw(request.as_bytes(), false), "two of them");
}

#[test]
fn who_can_bind_is_let_in_and_nobody_is_locked_out_by_guesses() {
    let Place { slapd, bridge, .. } = place();
    let alice = basic("alice", "alices-password");
    assert_eq!(shown(&alice).status, 200);
    let write = client().send("DELETE", "/Users/x", &[("authorization", &alice)], None);
    assert_eq!(write.status, 403);
    for (user, password) in [
        ("alice,ou=people", "alices-password"),
        ("*", "alices-password"),
        ("alice", ""),
        ("nobody", "alices-password"),
        ("carol)(uid=alice", "alices-password"),
    ] {
        refused(&shown(&basic(user, password)), user);
    }
    // The directory locks an account at five.
    for guess in 0..12 {
        refused(&shown(&basic("bob", &format!("guess-{guess}"))), "a guess");
    }
    let bob = format!("uid=bob,ou=people,{}", slapd.suffix());
    let state = slapd
        .ldapsearch_as(
            &slapd.root_dn_of(slapd.suffix()),
            &bob,
            "(objectClass=*)",
            &["pwdFailureTime", "pwdAccountLockedTime"],
        )
        .unwrap();
    assert_eq!(state.matches("pwdFailureTime:").count(), 3, "{state}");
    assert!(!state.contains("pwdAccountLockedTime"), "{state}");
    assert!(bridge.log().contains("too many wrong passwords"));
    assert!(!bridge.log().contains("guess-3") && !bridge.log().contains("alices-password"));
}

#[test]
fn the_same_wrong_password_is_asked_about_once() {
    let Place { slapd, .. } = place();
    let suffix = slapd.suffix();
    let person = format!("uid=dora,ou=people,{suffix}");
    let ldif = format!(
        "dn: {person}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: d\nsn: d\nuid: dora\nuserPassword: doras-password\n"
    );
    slapd.ldapmodify_as(&slapd.root_dn_of(suffix), &ldif).unwrap();
    for _ in 0..8 {
        refused(&shown(&basic("dora", "of yesterday")), "an old password");
    }
    assert_eq!(shown(&basic("dora", "doras-password")).status, 200);
}

#[test]
fn a_client_that_asks_too_much_waits() {
    let slow = basic("slow", "open sesame");
    let statuses: Vec<u16> = (0..8).map(|_| shown(&slow).status).collect();
    assert_eq!(&statuses[..3], [200, 200, 200]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    let reply = (0..5).map(|_| shown(&slow)).find(|reply| reply.status == 429).unwrap();
    assert_eq!((reply.header("retry-after"), &reply.json()["status"]), (Some("1"), &json!("429")));
    // Others don't notice.
    assert_eq!(client().get("/Users?count=1").status, 200);
}
