//! TLS on the listener: versions, client certificates, and certificates that are replaced.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::command_line::run;
use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::shared;
use super::watching::{eventually, sample};

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority(name: &str) -> Authority {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate for `san` with this common name, and its key: `NAME.pem` and `NAME.key`.
pub(crate) fn issue(folder: &Path, name: &str, by: &Authority, san: &str, common_name: &str) {
    let mut parameters = CertificateParams::new(vec![san.to_owned()]).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.signed_by(&key, by).unwrap();
    fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
}

/// A server with TLS, whose clients `hr` and `it` show certificates; and the folder with all of them.
pub(crate) fn start(more: &str) -> (Bridge, tempfile::TempDir, Authority) {
    start_at(&BridgeOptions::openldap("").level, more)
}

/// The same, logging so much.
pub(crate) fn start_at(level: &str, more: &str) -> (Bridge, tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let [ours, clients, others] = ["ours", "clients", "others"].map(authority);
    fs::write(folder.path().join("ca.pem"), ours.pem()).unwrap();
    fs::write(folder.path().join("clients.pem"), clients.pem()).unwrap();
    issue(folder.path(), "server", &ours, "127.0.0.1", "server");
    issue(folder.path(), "hr", &clients, "hr.example.com", "hr");
    issue(folder.path(), "it", &clients, "it.example.com", "it");
    issue(folder.path(), "nobody", &clients, "nobody.example.com", "nobody");
    issue(folder.path(), "forged", &others, "hr.example.com", "hr");
    let mut options = BridgeOptions::openldap(shared().suffix());
    level.clone_into(&mut options.level);
    let shown = folder.path().display();
    options.further = format!(
        "[bridge.main.client.hr]\ncertificate = {{ san = \"hr.example.com\" }}\n\n[bridge.main.client.it]\ncertificate = {{ subject = \"CN=it\" }}\n\n\
         [server.tls]\ncertificate_file = \"{shown}/server.pem\"\nkey_file = \"{shown}/server.key\"\nclient_ca_file = \"{shown}/clients.pem\"\n{more}\n\
         [server.limits]\nheader_timeout = \"500ms\"\n"
    );
    (Bridge::start_secured(shared(), &options), folder, ours)
}

/// Status, version of HTTP and what curl says, for a GET of users.
fn get(bridge: &Bridge, folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("curl");
    command.current_dir(folder).args([
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{http_version}",
        "--cacert",
        "ca.pem",
    ]);
    let (stdout, stderr, _) = run(command.args(arguments).arg(format!("{}/Users?count=1", bridge.base_url())));
    format!("{stdout} {stderr}").trim().to_owned()
}

#[test]
fn clients_speak_tls_and_show_certificates_or_tokens() {
    let (bridge, folder, _) = start("");
    let get = |arguments: &[&str]| get(&bridge, folder.path(), arguments);
    let bearer = format!("Authorization: Bearer {TOKEN}");
    for (arguments, expected) in [
        (&["-H", &bearer][..], "200 2"),
        (&["-H", &bearer, "--http1.1", "--tls-max", "1.2"], "200 1.1"),
        (&["--cert", "hr.pem", "--key", "hr.key"], "200 2"),
        (&["--cert", "it.pem", "--key", "it.key"], "200 2"),
        (&["--cert", "nobody.pem", "--key", "nobody.key"], "401 2"),
        (&[], "401 2"),
        // A token is what counts where there is one.
        (&["--cert", "hr.pem", "--key", "hr.key", "-H", "Authorization: Bearer guessed"], "401 2"),
        (&["--cert", "nobody.pem", "--key", "nobody.key", "-H", &bearer], "200 2"),
    ] {
        assert_eq!(get(arguments), expected, "{arguments:?}");
    }
    let forged = get(&["--cert", "forged.pem", "--key", "forged.key"]);
    assert!(forged.starts_with("000"), "{forged}");
    let old = get(&["-H", &bearer, "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"]);
    assert!(old.starts_with("000"), "{old}");
    let text = bridge.admin().get("/metrics").text();
    let expiry = sample(&text, "scimfront_tls_certificate_expiry_timestamp_seconds").unwrap();
    assert!(expiry > 1.0e9, "{expiry}");
    assert!(sample(&text, "scimfront_tls_handshake_failures_total").unwrap() >= 2.0);
    let by_client = |name: &str| text.contains(&format!("status=\"200\",client=\"{name}\"}}"));
    assert!(by_client("hr") && by_client("it") && by_client("test"), "{text}");
}

#[test]
fn who_must_show_a_certificate_gets_nowhere_without() {
    let (bridge, folder, _) = start("client_certificate = \"required\"\nmin_version = \"1.3\"");
    let bearer = format!("Authorization: Bearer {TOKEN}");
    assert_eq!(get(&bridge, folder.path(), &["--cert", "hr.pem", "--key", "hr.key"]), "200 2");
    let without = get(&bridge, folder.path(), &["-H", &bearer]);
    assert!(without.starts_with("000"), "{without}");
    let old = get(&bridge, folder.path(), &["--cert", "hr.pem", "--key", "hr.key", "--tls-max", "1.2"]);
    assert!(old.starts_with("000"), "{old}");
}

#[test]
fn who_does_not_shake_hands_in_time_is_sent_away() {
    let (bridge, _folder, _) = start("");
    let address = bridge.base_url().split('/').nth(2).unwrap().to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut read = Vec::new();
    // An end or a reset, and not the time of the test.
    let ended = stream.read_to_end(&mut read);
    assert!(ended.is_ok() || ended.unwrap_err().kind() == std::io::ErrorKind::ConnectionReset);
}

/// What the server's certificate says of itself.
fn subject(bridge: &Bridge) -> String {
    let address = bridge.base_url().split('/').nth(2).unwrap().to_owned();
    let shown = format!("openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -subject");
    run(Command::new("sh").args(["-c", &shown])).0
}

#[test]
fn certificates_are_replaced_and_bad_ones_are_not() {
    let (bridge, folder, ours) = start("");
    let bearer = format!("Authorization: Bearer {TOKEN}");
    let names = || subject(&bridge);
    assert!(names().contains("server"), "{}", names());
    let reloads = |result: &str| {
        let text = bridge.admin().get("/metrics").text();
        sample(&text, &format!("scimfront_reloads_total{{result=\"{result}\"}}")).unwrap()
    };
    issue(folder.path(), "server", &ours, "127.0.0.1", "renewed");
    eventually("the certificate is replaced", || names().contains("renewed"));
    assert_eq!(get(&bridge, folder.path(), &["-H", &bearer]), "200 2");
    // Another certificate's key.
    let refused = reloads("refused");
    fs::copy(folder.path().join("hr.key"), folder.path().join("server.key")).unwrap();
    eventually("the key is refused", || reloads("refused") > refused);
    assert!(names().contains("renewed"));
    assert_eq!(get(&bridge, folder.path(), &["-H", &bearer]), "200 2");
    let told = bridge.admin().get("/readyz").json()["files"]["refused"]["why"].to_string();
    assert!(told.contains("server.pem"), "{told}");
}

/// A connection that shows a certificate and stays open.
struct Open(Child, BufReader<ChildStdout>);

impl Open {
    fn with(bridge: &Bridge, folder: &Path, certificate: &str) -> Self {
        let address = bridge.base_url().split('/').nth(2).unwrap().to_owned();
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(["s_client", "-quiet", "-connect", &address, "-CAfile", "ca.pem"]);
        command.args(["-cert", &format!("{certificate}.pem"), "-key", &format!("{certificate}.key")]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self(child, answers)
    }

    /// The status of one request more.
    fn status(&mut self) -> u16 {
        let request = b"HEAD /scim/v2/Users?count=0 HTTP/1.1\r\nhost: localhost\r\n\r\n";
        self.0.stdin.as_mut().unwrap().write_all(request).unwrap();
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            assert!(self.1.read_line(&mut line).unwrap() > 0, "the connection has ended: {head}");
            head.push_str(&line);
        }
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn who_is_no_longer_trusted_is_out_on_open_connections_too() {
    let (bridge, folder, ours) = start("");
    let mut open = Open::with(&bridge, folder.path(), "hr");
    assert_eq!(open.status(), 200);
    // Another certificate of the server changes nothing.
    issue(folder.path(), "server", &ours, "127.0.0.1", "renewed");
    eventually("the certificate is replaced", || subject(&bridge).contains("renewed"));
    assert_eq!(open.status(), 200);
    fs::write(folder.path().join("clients.pem"), authority("successors").pem()).unwrap();
    eventually("the authority is out", || open.status() == 401);
}
