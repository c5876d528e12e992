//! What the commands print and how they end.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use assert_cmd::assert::OutputAssertExt;
use tempfile::TempDir;

use super::support;

const TOKEN_SHA256: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
/// What [`TOKEN_SHA256`] is of.
const TOKEN: &str = "secret";

/// The program, without settings from this process's environment.
pub(crate) fn scimfront(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimfront"));
    command.args(arguments).env("NO_COLOR", "1");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMFRONT__")) {
        command.env_remove(name);
    }
    command
}

/// A folder with a settings file over the shared slapd.
pub(crate) fn settings(change: impl FnOnce(String) -> String) -> (TempDir, PathBuf) {
    let slapd = support::shared();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n\n[admin]\nlisten = \"off\"\n\n[log]\nlevel = \"warn\"\nformat = \"human\"\n\n\
         [bridge.main]\npath = \"/scim/v2\"\nmapping = \"mapping.toml\"\n\n\
         [bridge.main.client.tester]\ntoken_sha256 = \"{TOKEN_SHA256}\"\n\n\
         [bridge.main.directory.main]\nurls = [\"{}\"]\nbind_dn = \"{}\"\nbind_password = \"{}\"\n",
        slapd.url(),
        slapd.bind_dn(),
        slapd.password(),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimfront.toml");
    std::fs::write(&path, change(text)).unwrap();
    let mapping = format!("version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"{}\"\n", slapd.suffix());
    std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    (folder, path)
}

/// Standard output and standard error, and the exit status.
pub(crate) fn run(command: &mut Command) -> (String, String, Option<i32>) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// A process that is ended with the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the process to end by itself.
    pub(crate) fn status(&mut self) -> Option<i32> {
        for _ in 0..1_000 {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            sleep(Duration::from_millis(20));
        }
        panic!("still running");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_command_explains_itself() {
    for (command, words) in [
        ("serve", &["--config", "503", "SIGTERM"][..]),
        ("demo", &["--listen", "--users", "--groups", "--token", "--state"]),
        ("check", &["--config", "--offline", "Exit status"]),
        ("explain", &["--config", "--schema", "--json", "filter", "create", "replace", "patch", "delete"]),
    ] {
        let (help, _, status) = run(&mut scimfront(&[command, "--help"]));
        assert_eq!(status, Some(0));
        for word in words {
            assert!(help.contains(word), "{command} --help lacks {word}:\n{help}");
        }
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    scimfront(&[]).assert().code(2);
    scimfront(&["sreve"]).assert().code(2);
    scimfront(&["demo", "--users", "many"]).assert().code(2);
    scimfront(&["demo", "--token", "with blanks"]).assert().code(2);
    scimfront(&["explain", "filter", "User"]).assert().code(2);
    scimfront(&["explain", "patch", "User", "1"]).assert().code(2);
}

#[test]
fn bad_settings_are_shown_with_their_line() {
    let (_folder, path) = settings(|text| text.replace("listen =", "lisen ="));
    let (stdout, stderr, status) = run(scimfront(&["serve", "--config"]).arg(&path));
    assert_eq!((stdout.as_str(), status), ("", Some(2)));
    for part in ["unknown key `lisen`", "scimfront.toml:2:1", "lisen = \"127.0.0.1:0\"", "did you mean `listen`?"] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
}

#[test]
fn settings_that_are_not_there_are_named() {
    for command in ["serve", "check"] {
        let (_, stderr, status) = run(&mut scimfront(&[command, "--config", "/nonexistent/scimfront.toml"]));
        assert_eq!(status, Some(2));
        assert!(stderr.contains("/nonexistent/scimfront.toml"), "{stderr}");
    }
}

#[test]
fn check_finds_what_is_wrong_in_settings() {
    let (_folder, path) = settings(|text| {
        text.replace("listen =", "lisen =")
            .replace("[bridge.main]\npath = \"/scim/v2\"", "[bridge.main]\npath = \"scim\"")
    });
    let (stdout, _, status) = run(scimfront(&["check", "--config"]).arg(&path));
    assert_eq!(status, Some(1));
    assert!(stdout.contains("did you mean `listen`?") && stdout.contains("must begin with `/`"), "{stdout}");
}

#[test]
fn check_shows_what_the_directory_is_able_to() {
    let (_folder, path) = settings(|text| text);
    let (stdout, stderr, status) = run(scimfront(&["check", "--config"]).arg(&path));
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    for part in [
        "bridge main, directory main",
        "OpenLDAP",
        "paged results         yes",
        "assertion             yes  If-Match",
        "User: userName\n",
    ] {
        assert!(stdout.contains(part), "{part} is not in\n{stdout}");
    }
}

#[test]
fn check_says_what_clients_can_not_be_confined_to() {
    let hash = "9e78bcb94091b75109fd6773524fc8d6a4f8a6dfb3dae39a9c26c5001879bcf3";
    let client = |name: &str, line: &str| {
        let hash = hash.replace("9e", &format!("{:02x}", name.len()));
        format!("\n[bridge.main.client.{name}]\ntoken_sha256 = \"{hash}\"\n{line}\n")
    };
    let checked = |text: &str, arguments: &[&str]| {
        let (_folder, path) = settings(|settings| settings + text);
        let (stdout, stderr, status) = run(scimfront(arguments).arg(&path));
        (format!("{stdout}{stderr}"), status)
    };
    let sound = client("a", "only = { User = 'userType eq \"a\"' }");
    let (told, status) = checked(&sound, &["check", "--config"]);
    assert_eq!(status, Some(0), "{told}");
    // What the directory has no filter for.
    let undecidable = client("ab", "only = { User = 'displayName gt \"m\"' }");
    let (told, status) = checked(&(sound + &undecidable), &["check", "--config"]);
    assert_eq!(status, Some(1), "{told}");
    for part in [
        "error[L023]",
        "`bridge.main.client.ab.only`: the directory can't decide it",
        "displayName gt",
        "scimfront.toml:",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains("client.a.only"), "{told}");
    // What the mapping has no name for, without asking a directory.
    let lines = ["types = [\"Usr\"]", "hidden = [\"titel\"]", "within = [\"ou=x,dc=other\"]", "only = 'titel pr'"];
    let text: String = lines.iter().zip(["a", "ab", "abc", "abcd"]).map(|(line, name)| client(name, line)).collect();
    let (told, status) = checked(&text, &["check", "--offline", "--config"]);
    assert_eq!(status, Some(1), "{told}");
    for part in lines.iter().chain(&["client.a.types`", "client.ab.hidden`", "client.abc.within`", "client.abcd.only`"])
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

#[test]
fn check_says_when_the_directory_is_away() {
    let (_folder, path) = settings(|text| text.replace(&support::shared().url(), "ldap://127.0.0.1:1"));
    let (_, stderr, status) = run(scimfront(&["check", "--config"]).arg(&path));
    assert_eq!(status, Some(1));
    assert!(stderr.contains("bridge main, directory main"), "{stderr}");
    scimfront(&["check", "--offline", "--config"]).arg(&path).assert().code(0);
}

#[test]
fn a_filter_is_explained() {
    let (folder, path) = settings(|text| text);
    let explain = |more: &[&str]| {
        let mut command = scimfront(&["explain", "--config"]);
        command.arg(&path).args(more).args(["filter", "User", "userName eq \"bjensen\" and active eq true"]);
        run(&mut command)
    };
    let (live, stderr, status) = explain(&[]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(live.contains("uid=bjensen"), "{live}");
    let schema = folder.path().join("schema.ldif");
    std::fs::write(&schema, subschema()).unwrap();
    let schema = ["--schema", schema.to_str().unwrap()];
    assert_eq!(explain(&schema).0, live);
    let (json, _, _) = explain(&[schema[0], schema[1], "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["resourceType"], "User");
}

#[test]
fn what_would_be_looked_up_is_shown_as_a_hole() {
    let (_folder, path) = settings(|text| text);
    let explain = |kind: &str, filter: &str| {
        let (stdout, stderr, _) = run(scimfront(&["explain", "--config"]).arg(&path).args(["filter", kind, filter]));
        assert!(stderr.is_empty(), "{stderr}");
        stdout
    };
    let user = explain("User", "groups.display eq \"staff\"");
    for part in [
        "(memberOf=<dn of each Group with displayName eq \"staff\">)",
        "(uid=<memberUid of each Group with displayName eq \"staff\">)",
        "looked up    each Group with displayName eq \"staff\"\n  checked",
    ] {
        assert!(user.contains(part), "{part} is not in\n{user}");
    }
    let group = explain("Group", "members.value eq \"a\"");
    assert!(group.contains("(memberUid=<uid of User \"a\">)"), "{group}");
    assert_eq!(group.matches("looked up    User \"a\"\n").count(), 1, "{group}");
}

/// The shared slapd's schema, as an administrator would save it.
pub(crate) fn subschema() -> String {
    let slapd = support::shared();
    let (url, dn) = (slapd.url(), slapd.bind_dn());
    let mut command = Command::new("ldapsearch");
    command.args([
        "-x",
        "-LLL",
        "-H",
        &url,
        "-D",
        &dn,
        "-w",
        slapd.password(),
        "-s",
        "base",
        "-b",
        "cn=Subschema",
        "+",
    ]);
    let (ldif, stderr, status) = run(&mut command);
    assert_eq!(status, Some(0), "{stderr}");
    ldif
}

#[test]
fn a_filter_that_is_none_is_pointed_at() {
    let (_folder, path) = settings(|text| text.replace(&support::shared().url(), "ldap://127.0.0.1:1"));
    let explain =
        |kind: &str, filter: &str| run(scimfront(&["explain", "--config"]).arg(&path).args(["filter", kind, filter]));
    let (_, stderr, status) = explain("User", "userName xx \"a\"");
    assert_eq!(status, Some(2));
    assert!(stderr.ends_with("\n  userName xx \"a\"\n           ^\n"), "{stderr}");
    let (_, stderr, status) = explain("Device", "userName pr");
    assert_eq!(status, Some(2));
    assert!(stderr.contains("there are: User, Group"), "{stderr}");
}

#[test]
fn serve_serves_until_it_is_told_to_stop() {
    let (_folder, path) = settings(|text| text);
    let mut command = scimfront(&["serve", "--config"]);
    let child = command.arg(&path).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut server = Running(child);
    let mut stderr = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let line = stderr.find_map(|line| line.ok().filter(|line| line.contains("listening on"))).unwrap();
    let base = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    let get = |path: &str, token: &str| {
        let header = format!("Authorization: Bearer {token}");
        let url = format!("{base}{path}");
        run(Command::new("curl").args([
            "-sS",
            "--retry",
            "5",
            "-w",
            "\n%{http_code} %{content_type}",
            "-H",
            &header,
            &url,
        ]))
        .0
    };
    assert!(get("/Users?count=1", TOKEN).ends_with("\n200 application/scim+json"));
    assert!(get("/Users", "wrong").ends_with("\n401 application/scim+json"));
    server.signal("TERM");
    assert_eq!(server.status(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (_folder, path) = settings(|text| text.replace("127.0.0.1:0", &address));
    let (_, stderr, status) = run(scimfront(&["serve", "--config"]).arg(&path));
    assert_eq!(status, Some(1));
    assert!(stderr.contains(&address), "{stderr}");
    let (_, stderr, status) = run(&mut scimfront(&["demo", "--users", "5", "--listen", &address]));
    assert_eq!(status, Some(1));
    assert!(stderr.contains(&address) && stderr.contains("--listen 127.0.0.1:0"), "{stderr}");
}

#[test]
fn nobody_can_be_asked_how_a_server_is_that_tells_nobody() {
    let (_folder, path) = settings(|text| text);
    let (_, stderr, status) = run(scimfront(&["health", "--config"]).arg(&path));
    assert!(status == Some(2) && stderr.contains("listens nowhere"), "{stderr}");
    let (_folder, path) = settings(|text| text.replace("\"off\"", "\"127.0.0.1:0\""));
    let (_, stderr, status) = run(scimfront(&["health", "--config"]).arg(&path));
    assert!(status == Some(2) && stderr.contains("--address"), "{stderr}");
}

#[test]
fn a_token_is_made_with_its_hash_for_the_settings() {
    let (token, hash, status) = run(&mut scimfront(&["token"]));
    let (other, _, _) = run(&mut scimfront(&["token"]));
    assert_eq!(status, Some(0));
    assert_eq!(token.trim().len(), 43, "256 bits in base64url");
    assert_ne!(token, other);
    let mut again = scimfront(&["token", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    again.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    let said = String::from_utf8(again.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(hash.trim(), format!("token_sha256 = \"{}\"", said.trim()));
}

#[test]
fn packages_get_manual_pages_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said, status) = run(&mut scimfront(&["manual", &folder.path().display().to_string()]));
    assert_eq!(status, Some(0), "{said}");
    let page = std::fs::read_to_string(folder.path().join("scimfront-serve.1")).unwrap();
    assert!(page.contains("The settings file"), "{page}");
    for shell in ["bash", "zsh", "fish"] {
        let (script, _, status) = run(&mut scimfront(&["completions", shell]));
        assert!(status == Some(0) && script.contains("explain"), "{shell}: {script}");
    }
}
