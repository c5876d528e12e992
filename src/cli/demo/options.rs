//! The demo's arguments become settings, so that it runs the same code as `serve`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::TokenHash;
use crate::cli::outcome::{Failure, Result};
use crate::config::Settings;

use super::directory::Private;

/// A socket that listens already, and where.
pub(super) struct Socket {
    pub(super) socket: TcpListener,
    pub(super) address: SocketAddr,
}

/// What the arguments choose of the settings.
pub(super) struct Choices<'a> {
    /// What is logged.
    pub(super) level: &'a str,
    /// How kindly requests are read.
    pub(super) dialect: &'a str,
    /// What a PATCH is answered with.
    pub(super) patch_answer: &'a str,
}

/// Takes the address before anything else is done.
pub(super) fn listen(address: SocketAddr) -> Result<Socket> {
    let hint = "try --listen 127.0.0.1:0, which takes a free port";
    let bound = TcpListener::bind(address).and_then(|socket| Ok(Socket { address: socket.local_addr()?, socket }));
    bound.map_err(|error| Failure::failed(format!("can't listen on {address}: {error}; {hint}")))
}

/// A token as the command line takes it: one that a header holds and a shell leaves alone.
pub(super) fn token(text: &str) -> std::result::Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if !text.is_empty() && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("a bearer token consists of letters, digits and -._~+/=".into())
    }
}

/// A token that nobody guesses.
pub(super) fn random_token() -> Result<String> {
    let mut bytes = [0; 24];
    rand::fill(&mut bytes).map_err(|_| Failure::failed("the operating system gives no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The settings under which the directory is served on `address`, and the file in its folder where `check` and `explain` find them
/// while the demo runs. The environment has no say in them: it may hold the overrides of a real server, and a demo must not
/// touch another directory than its own.
pub(super) fn settings(
    private: &Private,
    token: &str,
    address: SocketAddr,
    choices: &Choices<'_>,
) -> Result<(Settings, PathBuf)> {
    let folder = std::path::absolute(private.folder())
        .map_err(|error| Failure::failed(format!("there is no current folder: {error}")))?;
    let [mapping, file] = ["mapping.toml", "scimfront.toml"].map(|name| folder.join(name));
    write(&mapping, &private.mapping())?;
    let (bind_dn, bind_password) = private.account();
    let mut values = vec![
        ("MAPPING", mapping.display().to_string()),
        ("LISTEN", address.to_string()),
        ("BASE_URL", base_url(address)),
        ("LEVEL", choices.level.to_owned()),
        ("AUDIT", folder.join("audit.jsonl").display().to_string()),
        ("DIALECT", choices.dialect.to_owned()),
        ("PATCH_ANSWER", choices.patch_answer.to_owned()),
        ("TOKEN", TokenHash::of(token.as_bytes()).to_string()),
        ("URL", private.url()),
        ("BIND_DN", bind_dn),
        ("BIND_PASSWORD", bind_password.to_owned()),
    ];
    values.extend(private.ca_file().map(|file| ("CA_FILE", file.display().to_string())));
    let text = text(&values);
    write(&file, &text)?;
    Ok((Settings::parse("demo", &text, Path::new(""), &BTreeMap::new())?, file))
}

/// Writes a file that only its owner can read: there is a password in it.
fn write(path: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::failed(format!("can't write {}: {error}", path.display())))
}

/// What clients on this machine call the server.
fn base_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

const SETTINGS: &str = r#"
[server]
listen = LISTEN
base_url = BASE_URL

[admin]
listen = "127.0.0.1:0"

[log]
level = LEVEL

[bridge.demo]
path = "/scim/v2"
mapping = MAPPING

[bridge.demo.client.demo]
token_sha256 = TOKEN
dialect = DIALECT
patch_answer = PATCH_ANSWER

[bridge.demo.audit]
file = AUDIT

[bridge.demo.directory.main]
urls = [URL]
bind_dn = BIND_DN
bind_password = BIND_PASSWORD
ca_file = CA_FILE
"#;

/// [`SETTINGS`] with `values` in the places that are named for them, without the lines that have no value.
fn text(values: &[(&str, String)]) -> String {
    let quote = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let fill = |line: &str| {
        let Some((key, place)) = line.split_once(" = ").filter(|(_, place)| !place.starts_with('"')) else {
            return Some(line.to_owned());
        };
        let name = place.trim_matches(['[', ']']);
        let (_, value) = values.iter().find(|(known, _)| *known == name)?;
        Some(format!("{key} = {}", place.replace(name, &quote(value))))
    };
    let text = SETTINGS.trim_start().lines().filter_map(fill).collect::<Vec<_>>().join("\n");
    format!("# Settings of the running demo, written anew by each.\n{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:8080", "http://127.0.0.1:8080")]
    #[case("0.0.0.0:80", "http://127.0.0.1:80")]
    #[case("[::]:80", "http://[::1]:80")]
    #[case("192.0.2.1:80", "http://192.0.2.1:80")]
    fn clients_are_told_an_address_that_they_can_use(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(base_url(address.parse().unwrap()), expected);
    }

    #[test]
    fn values_are_quoted() {
        let values = [("LISTEN", "a\"b\\"), ("URL", "ldap://x"), ("BIND_DN", "cn=x")];
        let table: toml::Table = text(&values.map(|(name, value)| (name, value.to_owned()))).parse().unwrap();
        assert_eq!(table["server"]["listen"].as_str(), Some("a\"b\\"));
        let directory = &table["bridge"]["demo"]["directory"]["main"];
        assert_eq!(directory["urls"][0].as_str(), Some("ldap://x"));
        assert!(directory.get("ca_file").is_none());
    }

    #[rstest]
    #[case("abc-._~+/=", true)]
    #[case("", false)]
    #[case("a b", false)]
    #[case("a'b", false)]
    #[case("é", false)]
    fn tokens_fit_into_a_header(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(token(text).is_ok(), expected);
    }

    #[test]
    fn random_tokens_are_tokens_and_differ() {
        let [one, two] = [random_token().unwrap(), random_token().unwrap()];
        assert!(token(&one).is_ok() && one.len() == 32 && one != two);
    }
}
