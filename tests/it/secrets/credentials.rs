//! Whatever clients show beside tokens of the settings, and what settings with a mistake in them are refused with.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scimfront::auth::hashed;
use serde_json::{Value, json};

use super::{Said, USER};
use crate::command_line::{run, scimfront};
use crate::credentials::login::{Key, Login, token, with_secret};
use crate::credentials::{AUDIENCE, ISSUER, LATER};
use crate::support::bridge::Bridge;
use crate::support::client::Reply;
use crate::watching::eventually;

/// Passwords, right and wrong.
const PASSWORDS: [&str; 9] = [
    "Machine-Horse-21!",
    "Machine-Guess-22!",
    "Binder-Horse-23!",
    "Binder-Guess-24!",
    "Owner-Horse-25!",
    "Owner-Guess-26!",
    "Owner-Changed-27!",
    "Owner-Reset-28!",
    "Owner-Refused-29!",
];

/// What stands in the settings where it doesn't belong.
const MISPLACED: [&str; 6] = [
    "Listed-Horse-31!",
    "Unclosed-Horse-32!",
    "Misspelt-Horse-33!",
    "Unhashed-Token-34",
    "Unhashed-Horse-35!",
    "Short-Key-Horse-36!",
];

/// Seals cursors.
const CURSOR_KEY: &str = "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// An authorization server, and what it and others have signed.
pub(super) struct Credentials {
    login: Login,
    suffix: String,
    hash: String,
    tokens: Vec<(&'static str, String, u16)>,
}

impl Credentials {
    pub(super) fn new(suffix: &str) -> Self {
        let login = Login::start();
        let claims = |exp: u64| json!({ "iss": ISSUER, "aud": AUDIENCE, "exp": exp, "sub": "somebody" });
        let good = claims(LATER);
        let shared = json!({ "alg": "HS256", "kid": "shared" });
        let tokens = vec![
            ("a token", token(login.edwards(), &good), 200),
            ("another key's token", token(login.rsa(), &good), 200),
            ("an expired token", token(login.curve(), &claims(1_000_000_000)), 401),
            ("a forged token", token(&Key::edwards("edwards"), &good), 401),
            ("a token of an unknown key", token(&Key::edwards("nobodys"), &good), 401),
            ("a token signed by a shared secret", with_secret(b"in the set, by mistake", &shared, &good), 401),
            ("a token for others", token(login.edwards(), &json!({ "iss": ISSUER, "aud": "x", "exp": LATER })), 401),
        ];
        Self { login, suffix: suffix.to_owned(), hash: hashed(&PASSWORDS[0].into()).unwrap(), tokens }
    }

    /// What must be seen nowhere.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = PASSWORDS.iter().chain(&MISPLACED).map(ToString::to_string).collect();
        secrets.extend([self.hash.clone(), CURSOR_KEY.to_owned(), "in the set, by mistake".to_owned()]);
        for (_, token, _) in &self.tokens {
            let signature = token.rsplit('.').next().unwrap().to_owned();
            secrets.extend([token.clone(), signature]);
        }
        secrets
    }

    /// Further lines of `[bridge.main]`.
    pub(super) fn bridge_lines() -> String {
        format!("cursor_key = \"{CURSOR_KEY}\"")
    }

    /// The clients.
    pub(super) fn settings(&self) -> String {
        let Self { suffix, hash, .. } = self;
        let bind = |user: &str| format!("{{ dn = \"uid={{user}},ou=people,{suffix}\", users = [\"{user}\"] }}");
        format!(
            "[bridge.main.jwt.login]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks_url = \"{}\"\n\
             [bridge.main.client.signed]\njwt = \"login\"\n\
             [bridge.main.client.machine]\nbasic = {{ user = \"machine\", password_hash = \"{hash}\" }}\n\
             [bridge.main.client.binder]\nldap_bind = {}\n\
             [bridge.main.client.owner]\nldap_identity = \"own\"\nldap_bind = {}\n",
            self.login.url(),
            bind("binder"),
            bind("owner"),
        )
    }

    /// Everything that can be shown, right and wrong.
    pub(super) fn requests(&self, bridge: &Bridge, said: &mut Said) {
        let client = bridge.client();
        for (place, token, status) in &self.tokens {
            let reply = client.with_token(Some(token)).get("/Users?count=1");
            assert_eq!(said.answer(place, &reply), *status, "{place}: {}", reply.text());
        }
        let made = |name: &str, password: &str| {
            let user =
                json!({ "schemas": [USER], "userName": name, "name": { "familyName": name }, "password": password });
            let reply = client.post("/Users", &user);
            assert_eq!(reply.status, 201, "{}", reply.text());
            format!("/Users/{}", reply.json()["id"].as_str().unwrap())
        };
        made("binder", PASSWORDS[2]);
        let owner = made("owner", PASSWORDS[4]);
        let mut shown = |place: &str, user: &str, password: &str, body: Option<Value>| {
            let authorization = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            let headers = [("authorization", authorization.as_str()), ("content-type", "application/scim+json")];
            let text = body.map(|body| body.to_string());
            let method = if text.is_some() { "PATCH" } else { "GET" };
            let reply = client.send(method, &owner, &headers, text.as_deref().map(str::as_bytes));
            said.answer(place, &reply)
        };
        for (place, user, password, passes) in [
            ("the settings' password", "machine", PASSWORDS[0], true),
            ("a guess at it", "machine", PASSWORDS[1], false),
            ("the directory's password", "binder", PASSWORDS[2], true),
            ("a guess at that", "binder", PASSWORDS[3], false),
            ("an identity's own password", "owner", PASSWORDS[4], true),
            ("a guess at such a one", "owner", PASSWORDS[5], false),
        ] {
            let status = shown(place, user, password, None);
            assert!(status < 500 && (status != 401) == passes, "{place}: {status}");
        }
        let set = |password: &str| {
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "password", "value": password }] })
        };
        // By itself, as the directory allows it or not; then by the service account, under the connections of its own.
        let status = shown("a change of one's own password", "owner", PASSWORDS[4], Some(set(PASSWORDS[6])));
        assert!(status < 500, "{status}");
        assert!(client.write("PATCH", &owner, &set(PASSWORDS[7]), None).status < 300);
        for password in [PASSWORDS[4], PASSWORDS[7]] {
            shown("the password of before and the new one", "owner", password, None);
        }
        let missing = format!("{owner}0");
        let reply: Reply = client.write("PATCH", &missing, &set(PASSWORDS[8]), None);
        assert_eq!(said.answer("a password of nobody", &reply), 404);
        let garbage = URL_SAFE_NO_PAD.encode(format!("{}:{}", "machine", PASSWORDS[1]));
        said.answer("Basic as a bearer token", &client.with_token(Some(&garbage)).get("/Users"));
    }

    /// Settings with mistakes on the lines of secrets: read again, and checked.
    pub(super) fn mistakes(&self, bridge: &Bridge, said: &mut Said) {
        let path = bridge.folder().join("scimfront.toml");
        let settings = std::fs::read_to_string(&path).unwrap();
        let password = settings.lines().find(|line| line.starts_with("bind_password_file")).unwrap();
        let [listed, unclosed, misspelt, token, hash, short] = MISPLACED;
        let with = |line: &str, by: &str| settings.replace(line, by);
        let unhashed = format!("[bridge.main.client.x]\ntoken_sha256 = \"{token}\"\n[bridge.main.cache]");
        for (place, wrong) in [
            ("a list", with(password, &format!("bind_password = [\"{listed}\"]"))),
            ("a string without its end", with(password, &format!("bind_password = \"{unclosed}"))),
            ("a key with a slip in it", with(password, &format!("bind_pasword = \"{misspelt}\""))),
            ("a token instead of its hash", with("[bridge.main.cache]", &unhashed)),
            ("a password instead of its hash", with(&self.hash, hash)),
            ("a key that is too short", with(&Self::bridge_lines(), &format!("cursor_key = \"{short}\""))),
        ] {
            assert_ne!(wrong, settings, "{place}");
            std::fs::write(&path, wrong).unwrap();
            let before = bridge.log().matches("the files can't be used").count();
            bridge.signal("HUP");
            eventually(place, || bridge.log().matches("the files can't be used").count() > before);
            said.add(format!("/readyz, {place}"), bridge.admin().get("/readyz").body);
            for command in ["check", "serve"] {
                let (stdout, stderr, status) = run(scimfront(&[command, "--config"]).arg(&path));
                assert_ne!(status, Some(0), "{command}, {place}");
                said.add(format!("{command}, {place}"), stdout + &stderr);
            }
        }
        std::fs::write(&path, settings).unwrap();
    }
}
