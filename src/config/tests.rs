use super::*;
use crate::diagnostics::{Code, Report, duplicate_id, toml};
use rstest::rstest;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MINIMAL: &str = "[bridge.main]\npath = '/scim'\nmapping = 'builtin:openldap'\n[bridge.main.client.a]\ntoken_sha256 = \
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'\n[bridge.main.directory.main]\nurls = 'ldap://localhost'\n";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn parse(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, Report> {
    Settings::parse("test.toml", text, &repository().join("tests/golden/settings/files"), &environment(pairs))
}

/// Compares a generated file with the one checked in; `UPDATE=1` writes it instead.
fn assert_current(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "{} isn't current: run UPDATE=1 cargo test, and look at what changed\n{text}",
        path.display()
    );
}

#[test]
fn schema_and_reference_are_current() {
    let schema = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    assert_current(&repository().join("docs/settings.schema.json"), &schema);
    assert_current(&repository().join("docs/settings.md"), &markdown());
}

fn all_codes() -> Vec<&'static Code> {
    [codes::ALL, toml::codes::ALL].concat()
}

#[test]
fn ids_are_unique() {
    assert_eq!(duplicate_id(&all_codes()), None);
}

/// Reads `tests/golden/settings/CODE.toml`; its first lines may set variables: `#env NAME=value`.
fn golden(path: &Path) -> Report {
    let text = std::fs::read_to_string(path).unwrap();
    let variables = text.lines().map_while(|line| line.strip_prefix("#env ")?.split_once('='));
    let variables = environment(&variables.collect::<Vec<_>>());
    let name = path.file_name().unwrap().to_str().unwrap();
    match Settings::parse(name, &text, Path::new("tests/golden/settings/files"), &variables) {
        Ok(settings) => settings.warnings,
        Err(report) => report,
    }
}

#[test]
fn every_code_is_shown_as_its_golden_file_says() {
    let folder = repository().join("tests/golden/settings");
    // UNFIT is what is left when all else passed: nothing that is known gets there.
    for code in all_codes().into_iter().filter(|code| code.id != codes::UNFIT.id) {
        let report = golden(&folder.join(code.id).with_extension("toml"));
        assert!(report.iter().any(|d| d.code == code), "{} isn't reported but: {report}", code.id);
        assert_current(&folder.join(code.id).with_extension("txt"), &format!("{report}\n{}\n", report.summary()));
    }
}

#[test]
fn a_missing_file_is_said_so() {
    let report = Settings::load(Path::new("/nonexistent/scimfront.toml"), &BTreeMap::new()).unwrap_err();
    assert_eq!(
        report.to_string(),
        "error[S001]: can't read `/nonexistent/scimfront.toml`: No such file or directory (os error 2)\n"
    );
}

#[test]
fn the_example_loads() {
    let settings = Settings::load(&repository().join("examples/scimfront.toml"), &BTreeMap::new()).unwrap();
    assert!(settings.warnings.is_empty(), "{}", settings.warnings);
    assert_eq!(settings.server.base_url.as_deref(), Some("https://scim.example.com"));
    assert_eq!(settings.bridges["main"].directories["main"].urls.len(), 2);
}

/// What is commented out in the example must be right too: its keys exist, and what it shows as defaults are the defaults.
#[test]
fn the_example_shows_every_key_and_its_default() {
    let text = std::fs::read_to_string(repository().join("examples/scimfront.toml")).unwrap();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some((key, _)) = line
            .split_once(" = ")
            .filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        {
            keys.insert(key.to_owned());
        }
    }
    let schema = json_schema();
    let mut known = BTreeMap::new();
    for table in schema["$defs"].as_object().unwrap().values() {
        for (key, property) in table["properties"].as_object().unwrap() {
            if property["$ref"].is_null() && property["additionalProperties"].is_null() {
                known.insert(key.clone(), property["default"].clone());
            }
        }
    }
    // Shown within comments on other keys.
    let beside = ["bind_password_file", "cursor_key", "danger_accept_invalid_certificates"];
    let expected: BTreeSet<_> = known.keys().filter(|key| !beside.contains(&key.as_str())).cloned().collect();
    assert_eq!(keys, expected);
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        let Some((key, default)) = line.split_once(" = ").and_then(|(key, _)| Some((key, known.get(key)?))) else {
            continue;
        };
        let read: serde_json::Value = ::toml::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(
            default.is_null() || *default == read[key] || parse_sizes_equal(default, &read[key]),
            "{line}: default is {default}"
        );
    }
}

fn parse_sizes_equal(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    a.as_str()
        .zip(b.as_str())
        .is_some_and(|(a, b)| toml::parse_size(a).is_some() && toml::parse_size(a) == toml::parse_size(b))
}

#[test]
fn defaults_hold_where_nothing_is_said() {
    let settings = parse(MINIMAL, &[]).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.base_url("127.0.0.1:4711".parse().unwrap()), "http://127.0.0.1:4711");
    assert_eq!(settings.server.limits.max_body, 1 << 20);
    assert_eq!(settings.server.limits.request_timeout, Duration::from_secs(30));
    assert_eq!(settings.log.format, LogFormat::Auto);
    let bridge = &settings.bridges["main"];
    assert_eq!((bridge.path.as_str(), &bridge.mapping), ("/scim", &MappingSource::Builtin("openldap".to_owned())));
    assert_eq!((bridge.limits.page_default, bridge.limits.page_max, bridge.limits.filter_bytes), (100, 1000, 16 << 10));
    assert!(bridge.cursor_key.is_none());
    let client = &bridge.clients["a"];
    assert_eq!((client.token_hashes.len(), client.token_hashes[0][..2].to_vec()), (1, vec![0x9f, 0x86]));
    assert_eq!(client.dialect, Dialect::Default);
    let directory = &bridge.directories["main"];
    assert_eq!(directory.urls, ["ldap://localhost"]);
    assert_eq!((directory.connections, directory.in_flight, directory.page_size), (4, 64, 500));
    assert_eq!((directory.connect_timeout, directory.max_age), (Duration::from_secs(5), None));
    assert!(matches!(directory.identity, Bind::Anonymous));
}

#[test]
fn the_environment_lies_over_the_file() {
    let pairs = [
        ("SCIMFRONT__SERVER__LISTEN", "[::1]:9000"),
        ("SCIMFRONT__SERVER__LIMITS__MAX_BODY", "2MiB"),
        ("SCIMFRONT__SERVER__LIMITS__MAX_HEADERS", "4096"),
        ("SCIMFRONT__SERVER__PUBLIC_DISCOVERY", "true"),
        ("SCIMFRONT__LOG__FORMAT", "json"),
        ("SCIMFRONT__BRIDGE__MAIN__LIMITS__PAGE_MAX", "250"),
        ("SCIMFRONT__BRIDGE__MAIN__DIRECTORY__MAIN__URLS", "ldap://127.0.0.1:1, ldapi://%2Fs"),
        ("SCIMFRONT__BRIDGE__MAIN__DIRECTORY__MAIN__MAX_AGE", "1h"),
        ("SCIMFRONT__BRIDGE__MAIN__DIRECTORY__MAIN__BIND_DN", "cn=a,dc=example,dc=com"),
        ("SCIMFRONT__BRIDGE__MAIN__DIRECTORY__MAIN__BIND_PASSWORD", "true, 12"),
        ("SCIMFRONT__BRIDGE__OTHER__PATH", "/other/"),
        ("SCIMFRONT__BRIDGE__OTHER__MAPPING", "x.toml"),
        ("SCIMFRONT__BRIDGE__OTHER__CLIENT__A__TOKEN_SHA256_FILE", "hashes"),
        ("SCIMFRONT__BRIDGE__OTHER__DIRECTORY__MAIN__URLS", "ldapi://%2Fs"),
        ("SCIMFRONT_CONFIG", "elsewhere"),
        ("PATH", "/bin"),
    ];
    let settings = parse(MINIMAL, &pairs).unwrap();
    assert_eq!(settings.server.listen.port(), 9000);
    assert_eq!((settings.server.limits.max_body, settings.server.limits.max_headers), (2 << 20, 4096));
    assert!(settings.server.public_discovery);
    assert_eq!(settings.log.format, LogFormat::Json);
    let (main, other) = (&settings.bridges["main"], &settings.bridges["other"]);
    assert_eq!(main.limits.page_max, 250);
    let directory = &main.directories["main"];
    assert_eq!(directory.urls, ["ldap://127.0.0.1:1", "ldapi://%2Fs"]);
    assert_eq!(directory.max_age, Some(Duration::from_secs(3600)));
    assert!(matches!(&directory.identity, Bind::Simple { password, .. } if password.expose_secret() == "true, 12"));
    assert_eq!(
        (other.path.as_str(), other.clients["a"].token_hashes.len(), other.limits.page_max),
        ("/other", 2, 1000)
    );
    assert!(matches!(&other.mapping, MappingSource::File(path) if path.ends_with("files/x.toml")));
    assert!(matches!(other.directories["main"].identity, Bind::External));
}

#[test]
fn a_hyphen_in_a_name_is_an_underscore_in_a_variable() {
    let text = MINIMAL.replace("main", "my-bridge");
    let settings = parse(&text, &[("SCIMFRONT__BRIDGE__MY_BRIDGE__PATH", "/x")]).unwrap();
    assert_eq!(settings.bridges.keys().collect::<Vec<_>>(), ["my-bridge"]);
    assert_eq!(settings.bridges["my-bridge"].path, "/x");
}

#[test]
fn values_of_variables_and_secrets_are_never_shown() {
    const SECRET: &str = "opensesame";
    let text = format!("{MINIMAL}bind_dn = ''\nbind_password = '{SECRET}'\nbind_password_file = 'x'\nstartls = 1\n");
    let every = [
        "SERVER__LISTEN",
        "SERVER__BASE_URL",
        "SERVER__LIMITS__MAX_BODY",
        "SERVER__PUBLIC_DISCOVERY",
        "LOG__LEVEL",
        "LOG__FORMAT",
        "BRIDGE__MAIN__PATH",
        "BRIDGE__MAIN__CURSOR_KEY",
        "BRIDGE__MAIN__LIMITS__SCAN",
        "BRIDGE__MAIN__CLIENT__A__TOKEN_SHA256",
        "BRIDGE__MAIN__DIRECTORY__MAIN__URLS",
        "BRIDGE__MAIN__DIRECTORY__MAIN__CONNECT_TIMEOUT",
        "BRIDGE__MAIN__DIRECTORY__MAIN__CONECTIONS",
    ];
    for slip in ["password", "bind_pasword", "bindPassword", "cursorkey", "client_secret"] {
        let report = parse(&format!("{MINIMAL}{slip} = '{SECRET}'\n"), &[]).unwrap_err();
        assert!(report.to_string().contains(slip) && !report.to_string().contains(SECRET), "{report}");
    }
    for name in every {
        let variable = format!("SCIMFRONT__{name}");
        let report = parse(&text, &[(&variable, SECRET)]).unwrap_err();
        let shown = format!("{report}\n{report:?}\n{}", report.to_json());
        assert!(shown.contains(&variable), "{variable}: {report}");
        assert!(!shown.contains(SECRET), "{variable}: {shown}");
    }
    let good = format!("{MINIMAL}bind_dn = 'cn=a'\nbind_password = '{SECRET}'\n");
    let settings = parse(&good, &[]);
    let shown = format!("{:?}", settings.unwrap());
    assert!(shown.contains("cn=a") && !shown.contains(SECRET), "{shown}");
}

#[rstest]
#[case("", "T005")]
#[case("bridge.main.client.a.token_sha256 = []", "S014")]
#[case("bridge.main.path = ''", "S010")]
#[case("bridge.main.mapping = ''", "S012")]
#[case("bridge = 5", "T003")]
#[case("bridge.main = 5", "T003")]
#[case("[[bridge]]", "T003")]
#[case("[bridge.a]\n[bridge.b]", "T005")]
#[case("[bridge.'a.b']\npath = '/x'", "S002")]
#[case("server.limits.max_connections = -1", "T007")]
#[case("server.listen = 'localhost:80'", "S006")]
fn odd_files_are_refused(#[case] text: &str, #[case] code: &str) {
    let report = parse(text, &[]).unwrap_err();
    assert!(report.iter().any(|d| d.code.id == code), "{report}");
}

#[rstest]
#[case("bind = 'anonymous'", &[])]
#[case("bind_dn = 'cn=a'\nbind_password_file = 'password'", &[])]
#[case("urls = 'ldap://ldap.example.com'\nbind_dn = 'cn=a'\nbind_password_file = 'password'", &["S020"])]
#[case("urls = 'ldap://ldap.example.com'\nstarttls = true\nbind_dn = 'cn=a'\nbind_password_file = 'password'", &[])]
#[case("urls = 'ldaps://h'\ndanger_accept_invalid_certificates = true", &["S022"])]
#[case("urls = 'ldaps://h'\nclient_certificate_file = 'password'\nclient_key_file = 'password'", &[])]
#[case("urls = 'ldapi://%2Fs'", &[])]
#[case("bind = 'external'", &["S018"])]
#[case("bind = 'simple'", &["T005"])]
#[case("bind_dn = 'cn=a'", &["T005"])]
#[case("bind_password = 'x'", &["S018"])]
#[case("bind = 'external'\nurls = 'ldapi://%2Fs'\nbind_dn = 'cn=a'", &["S018"])]
#[case("bind_dn = ' '\nbind_password = 'x'", &["S018"])]
#[case("bind_dn = 'cn=a'\nbind_password_file = 'empty'", &["S019"])]
#[case("starttls = true\nurls = ['ldap://h', 'ldaps://h']", &["S021"])]
#[case("ca_file = 'password'", &["S021"])]
#[case("urls = 'ldaps://h'\nca_file = ''", &["S001"])]
#[case("urls = []", &["S017"])]
#[case("urls = 'ldap://h/dc=example'", &["S017"])]
#[case("connections = 0", &["T007"])]
#[case("operation_timeout = '0s'", &["S024"])]
fn credentials_and_tls_must_fit(#[case] keys: &str, #[case] expected: &[&str]) {
    let mut text = MINIMAL.to_owned();
    if keys.contains("urls =") {
        text = text.replace("urls = 'ldap://localhost'\n", "");
    }
    let report = parse(&(text + keys), &[]).map_or_else(|report| report, |settings| settings.warnings);
    assert_eq!(report.iter().map(|d| d.code.id).collect::<Vec<_>>(), expected, "{report}");
}

/// A value that was refused for its type isn't called missing or malformed as well.
#[rstest]
#[case("path = '/scim'", "path = 5")]
#[case("mapping = 'builtin:openldap'", "mapping = 5")]
#[case("urls = 'ldap://localhost'", "urls = ['ldap://localhost', 5]")]
#[case("urls = 'ldap://localhost'", "urls = 'ldap://localhost'\nbind = 'simpel'")]
#[case("urls = 'ldap://localhost'", "urls = 'ldap://localhost'\nbind_dn = 'cn=a'\nbind_password = 5")]
#[case(
    "[bridge.main.directory.main]\nurls = 'ldap://localhost'",
    "[server]\nlisten = 5\n[bridge.main.directory.main]\nurls = 'ldap://a'"
)]
fn one_mistake_is_one_finding(#[case] good: &str, #[case] bad: &str) {
    let report = parse(&MINIMAL.replace(good, bad), &[]).unwrap_err();
    assert_eq!(report.len(), 1, "{report}");
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_fail(text in "(\\[bridge|\\.main|\\]|\n| = |'|/|path|urls|server|listen|5|true|\\{|\\}|é|directory){0,30}") {
        let _ = parse(&text, &[("SCIMFRONT__BRIDGE__MAIN__PATH", &text)]).map_err(|report| report.render(true));
    }
}
