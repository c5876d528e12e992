//! Clients that are somebody for the directory: its own access rules decide, and nothing is served to them from memory.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scimfront::auth::TokenHash;
use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions};
use serde_json::{Value, json};

use super::credentials::login::{Login, token};
use super::credentials::{AUDIENCE, ISSUER, LATER};
use super::support::bridge::{Bridge, BridgeOptions};
use super::support::client::{Client, Reply, encoded};

const SUFFIX: &str = "dc=example,dc=com";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

struct Place {
    slapd: Slapd,
    login: Login,
    bridge: Bridge,
}

fn person(name: &str) -> String {
    format!("uid={name},ou=people,{SUFFIX}")
}

/// A directory in which auditors read people but for their phones, alice may write her own title alone, and mallory nothing.
fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let people = ["alice", "bob", "auditor", "mallory", "admin"];
        let entry = |name: &&str| {
            format!(
                "dn: {}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\ntitle: of {name}\ntelephoneNumber: +49 30 1\n\
                 userPassword: {name}s-password\n\n",
                person(name)
            )
        };
        let unit = |name: &str| format!("dn: ou={name},{SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n\n");
        let text = [unit("people"), unit("groups")].into_iter().chain(people.iter().map(entry)).collect();
        let (auditor, service) = (person("auditor"), format!("cn=bridge,ou=services,{SUFFIX}"));
        let mut options = SlapdOptions::with_suffixes([SUFFIX])
            .overlays(&[Overlay::MemberOf, Overlay::Refint, Overlay::Syncprov, Overlay::Deref])
            .load(Load::Ldif { suffix: SUFFIX.to_owned(), text });
        options.global_lines = vec!["authz-policy to".to_owned()];
        options.access_lines = vec![
            format!("access to attrs=telephoneNumber by dn.exact=\"{service}\" write by self read by * none"),
            format!("access to dn.regex=\"^uid=(alice|mallory),ou=people,{SUFFIX}$\" attrs=title by dn.exact=\"{service}\" write by self write by dn.exact=\"{auditor}\" read by * none"),
            format!("access to dn.subtree=\"ou=people,{SUFFIX}\" by dn.exact=\"{service}\" write by dn.exact=\"{auditor}\" read by self read by users search"),
        ];
        let slapd = Slapd::start(&options).unwrap();
        // Whom the service account may stand for: anybody but the admin.
        let ldif = format!(
            "dn: {}\nchangetype: modify\nadd: authzTo\nauthzTo: dn.regex:^uid=(alice|bob|auditor|mallory),ou=people,{SUFFIX}$\n",
            slapd.bind_dn()
        );
        slapd.ldapmodify_as(&slapd.root_dn_of(SUFFIX), &ldif).unwrap();
        let mut options = BridgeOptions::openldap(SUFFIX);
        options.cache = "feed = \"auto\"\n".to_owned();
        for name in ["auditor", "mallory", "admin", "alice", "nobody"] {
            options.further.push_str(&format!(
                "[bridge.main.client.{name}]\ntoken_sha256 = \"{}\"\nldap_identity = \"proxied\"\nauthz_id = \"dn:{}\"\n",
                TokenHash::of(name.as_bytes()),
                person(name)
            ));
        }
        options.further.push_str(&format!(
            "[bridge.main.client.anybody]\nldap_identity = \"own\"\nldap_bind = {{ dn = \"uid={{user}},ou=people,{SUFFIX}\" }}\n"
        ));
        let login = Login::start();
        options.further.push_str(&format!(
            "[bridge.main.jwt.login]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks_url = \"{}\"\n\
             [bridge.main.client.staff]\njwt = \"login\"\nldap_identity = \"proxied\"\nauthz_id = \"dn:uid={{user}},ou=people,{SUFFIX}\"\n",
            login.url()
        ));
        let bridge = Bridge::start(&slapd, &options);
        Place { slapd, login, bridge }
    })
}

fn whole() -> &'static Client {
    place().bridge.client()
}

/// A client by proxied authorization.
fn proxied(name: &str) -> Client {
    whole().with_token(Some(name))
}

fn ok(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}\n{}", reply.text(), place().bridge.log());
    reply.json()
}

fn id(name: &str) -> String {
    let found = ok(&whole().get(&format!("/Users?filter={}", encoded(&format!("userName eq \"{name}\"")))));
    found["Resources"][0]["id"].as_str().unwrap().to_owned()
}

/// A request with a name and a password.
fn as_user(user: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{user}:{user}s-password")));
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/scim+json")];
    let text = body.map(Value::to_string);
    whole().send(method, path, &headers, text.as_deref().map(str::as_bytes))
}

fn title(value: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": value }] })
}

#[test]
fn the_directory_decides_what_a_proxied_client_sees() {
    let path = format!("/Users/{}", id("bob"));
    // Often enough that it is remembered for others.
    for _ in 0..3 {
        assert_ne!(ok(&whole().get(&path))["phoneNumbers"], Value::Null);
    }
    let auditor = ok(&proxied("auditor").get(&path));
    assert_eq!((&auditor["title"], &auditor["phoneNumbers"]), (&json!("of bob"), &Value::Null));
    assert_eq!(proxied("mallory").get(&path).status, 404);
    assert_eq!(ok(&proxied("auditor").get("/Users"))["totalResults"], 5);
    assert_eq!(ok(&proxied("alice").get("/Users"))["totalResults"], 1);
    let by_phone = format!("/Users?filter={}", encoded("phoneNumbers pr"));
    // Its own.
    assert_eq!(ok(&proxied("auditor").get(&by_phone))["totalResults"], 1);
    assert_eq!(ok(&whole().get(&by_phone))["totalResults"], 5);
    assert_eq!(ok(&proxied("auditor").get("/Groups"))["totalResults"], 0);
}

#[test]
fn the_directory_decides_what_a_proxied_client_writes() {
    let (alice, bob) = (format!("/Users/{}", id("alice")), format!("/Users/{}", id("bob")));
    let refused = proxied("auditor").write("PATCH", &alice, &title("Boss"), None);
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(ok(&proxied("alice").write("PATCH", &alice, &title("Guide"), None))["title"], "Guide");
    // At once, for those who are served from memory as well.
    assert_eq!(ok(&whole().get(&alice))["title"], "Guide");
    assert_eq!(proxied("alice").write("PATCH", &bob, &title("Guide"), None).status, 404);
    let body = json!({ "schemas": [USER], "userName": "new", "name": { "familyName": "new" }, "displayName": "new" });
    assert_eq!(proxied("auditor").post("/Users", &body).status, 403);
    assert_eq!(proxied("auditor").delete(&bob).status, 403);
    assert_eq!(whole().get(&bob).status, 200);
    let modified = place()
        .slapd
        .ldapsearch_as(&place().slapd.bind_dn(), &person("alice"), "(objectClass=*)", &["modifiersName"])
        .unwrap();
    assert!(modified.contains(&format!("modifiersName: {}", person("alice"))), "{modified}");
}

#[test]
fn nobody_is_asked_for_on_behalf_of_whom_the_directory_does_not_allow() {
    for reply in [proxied("admin").get("/Users"), proxied("admin").get(&format!("/Users/{}", id("bob")))] {
        assert_eq!(reply.status, 403, "{}", reply.text());
    }
    assert_eq!(proxied("admin").delete(&format!("/Users/{}", id("bob"))).status, 403);
}

#[test]
fn a_signed_token_that_does_not_say_who_uses_it_gets_nothing_from_memory_either() {
    let path = format!("/Users/{}", id("bob"));
    for _ in 0..3 {
        assert_eq!(ok(&whole().get(&path))["displayName"], Value::Null);
    }
    let claims = |sub: Value| json!({ "iss": ISSUER, "aud": AUDIENCE, "exp": LATER, "sub": sub });
    let shown = |sub: Value| whole().with_token(Some(&token(place().login.edwards(), &claims(sub))));
    for sub in [json!(7), json!(""), json!(["auditor"]), Value::Null] {
        let nobody = shown(sub.clone());
        for _ in 0..3 {
            assert_eq!(nobody.get(&path).status, 401, "{sub}");
        }
    }
    for _ in 0..3 {
        assert_eq!(ok(&shown(json!("auditor")).get(&path))["userName"], "bob");
        assert_eq!(shown(json!("mallory")).get(&path).status, 404);
    }
}

#[test]
fn what_the_service_is_takes_no_identity_in_the_directory() {
    // Whose first request it is, and for whom the directory has nothing to say.
    for name in ["nobody", "admin"] {
        for path in ["/openapi.json", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
            let (reply, others) = (proxied(name).get(path), whole().get(path));
            assert_eq!((reply.status, reply.json()), (200, others.json()), "{name}: {path}");
        }
    }
    let reply = as_user("bob", "GET", "/openapi.json", None);
    assert_eq!((reply.status, reply.json()), (200, whole().get("/openapi.json").json()));
}

#[test]
fn a_client_of_its_own_binds_as_itself() {
    let (mallory, bob) = (format!("/Users/{}", id("mallory")), format!("/Users/{}", id("bob")));
    assert_eq!(as_user("auditor", "GET", &bob, None).json()["phoneNumbers"], Value::Null);
    assert_eq!(as_user("mallory", "GET", &bob, None).status, 404);
    assert_eq!(as_user("auditor", "PATCH", &bob, Some(&title("Boss"))).status, 403);
    assert_eq!(ok(&as_user("mallory", "PATCH", &mallory, Some(&title("Pilot"))))["title"], "Pilot");
    assert_eq!(ok(&as_user("admin", "GET", "/Users", None))["totalResults"], 1);
    assert_eq!(whole().with_token(Some("x")).get(&mallory).status, 401);
}
