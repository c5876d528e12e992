//! TLS, StartTLS, client certificates and sockets.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use scimfront::directory::TlsOptions;
use scimfront::sandbox::{Overlay, SlapdOptions, TlsFiles, TreeOptions};

use super::*;
use crate::support;

/// An authority, a server certificate for loopback and a client certificate, in a private folder.
struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    fn new(suffix: &str) -> Self {
        Self::changed(suffix, &|_| ())
    }

    fn changed(suffix: &str, change: &dyn Fn(&mut CertificateParams)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "Example CA");
        let key = KeyPair::generate().unwrap();
        write("ca.pem", authority.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(authority, key);
        let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        server.distinguished_name.push(DnType::CommonName, "localhost");
        change(&mut server);
        let mut client = CertificateParams::new(Vec::new()).unwrap();
        client.distinguished_name = rcgen::DistinguishedName::new();
        client.distinguished_name.push(DnType::CommonName, format!("bridge of {suffix}"));
        for (name, params) in [("server", server), ("client", client)] {
            let key = KeyPair::generate().unwrap();
            write(&format!("{name}.pem"), params.signed_by(&key, &issuer).unwrap().pem());
            write(&format!("{name}.key"), key.serialize_pem());
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trusted(&self) -> TlsOptions {
        TlsOptions { ca_file: Some(self.path("ca.pem")), ..TlsOptions::default() }
    }
}

fn secured() -> (Slapd, Certificates) {
    secured_by(&|_| ())
}

fn secured_by(change: &dyn Fn(&mut CertificateParams)) -> (Slapd, Certificates) {
    let mut slapd = SlapdOptions::with_tree(TreeOptions::sized(20, 2)).overlays(Overlay::NONE);
    let suffix = slapd.suffixes[0].clone();
    let certificates = Certificates::changed(&suffix, change);
    slapd.tls = Some(TlsFiles {
        ca: certificates.path("ca.pem"),
        certificate: certificates.path("server.pem"),
        key: certificates.path("server.key"),
    });
    slapd.global_lines = vec![format!("authz-regexp \"^cn=bridge of [^,]*\" \"cn=bridge,ou=services,{suffix}\"")];
    (Slapd::start(&slapd).unwrap(), certificates)
}

async fn finds_people(options: DirectoryOptions, suffix: &str) {
    options.validate().unwrap();
    let directory = connected(options).await;
    assert_eq!(directory.search(&people(suffix, &["uid"]), within(5)).await.unwrap().len(), 20);
    let mut stream =
        directory.stream(Arc::new(people(suffix, &["uid"])), scimfront::directory::StreamOptions::default());
    assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 20);
}

async fn fails(options: DirectoryOptions) -> String {
    let directory = start(options);
    let error = directory.ready(within(1)).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    assert_eq!(directory.status().up, 0);
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn ldaps_and_starttls_work_with_an_authority_of_ones_own() {
    let (slapd, certificates) = secured();
    let mut ldaps = options(&slapd, &slapd.ldaps_url().unwrap());
    ldaps.tls = certificates.trusted();
    finds_people(ldaps.clone(), slapd.suffix()).await;
    ldaps.urls = vec![slapd.ldaps_url().unwrap().replace("127.0.0.1", "localhost").parse().unwrap()];
    finds_people(ldaps, slapd.suffix()).await;
    let mut starttls = options(&slapd, &slapd.url());
    starttls.tls = certificates.trusted();
    starttls.starttls = true;
    finds_people(starttls, slapd.suffix()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_is_refused_unless_told_otherwise() {
    let (slapd, certificates) = secured();
    let other = Certificates::new("dc=other");
    for starttls in [false, true] {
        let url = if starttls { slapd.url() } else { slapd.ldaps_url().unwrap() };
        let mut options = options(&slapd, &url);
        options.starttls = starttls;
        options.tls = other.trusted();
        let error = fails(options.clone()).await;
        // The other authority has the same name.
        assert!(error.contains("wasn't signed by it"), "{error}");
        options.tls.danger_accept_invalid_certificates = true;
        finds_people(options, slapd.suffix()).await;
    }
    drop(certificates);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_is_said() {
    let old = |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let other =
        |params: &mut CertificateParams| *params = CertificateParams::new(vec!["ldap.example.com".into()]).unwrap();
    let expected = ["certificate has expired", "isn't for 127.0.0.1, but for DnsName(\"ldap.example.com\")"];
    for (made, expected) in [secured_by(&old), secured_by(&other)].into_iter().zip(expected) {
        let (slapd, certificates) = made;
        let mut ldaps = options(&slapd, &slapd.ldaps_url().unwrap());
        ldaps.tls = certificates.trusted();
        let mut starttls = options(&slapd, &slapd.url());
        (starttls.starttls, starttls.tls) = (true, certificates.trusted());
        for options in [ldaps, starttls] {
            let error = fails(options).await;
            assert!(error.contains(expected), "{error}");
        }
        let plain = slapd.url().replace("ldap://", "ldaps://");
        let error = fails(options(&slapd, &plain)).await;
        assert!(error.contains("TLS"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_that_is_refused_never_goes_on_in_clear() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.starttls = true;
    options.tls.danger_accept_invalid_certificates = true;
    let error = fails(options).await;
    assert!(error.contains("no secure connection"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_an_identity_for_external() {
    let (slapd, certificates) = secured();
    let mut options = options(&slapd, &slapd.ldaps_url().unwrap());
    options.bind = Bind::External;
    options.tls = certificates.trusted();
    options.tls.client_certificate = Some(certificates.path("client.pem"));
    options.tls.client_key = Some(certificates.path("client.key"));
    finds_people(options, slapd.suffix()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_there_are_named() {
    let (slapd, certificates) = secured();
    let mut options = options(&slapd, &slapd.ldaps_url().unwrap());
    options.tls.ca_file = Some(certificates.path("nothing.pem"));
    let error = fails(options).await;
    assert!(error.contains("nothing.pem"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_serves_with_external_and_with_a_password() {
    let slapd = Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(20, 2)).overlays(Overlay::NONE)).unwrap();
    let mut options = options(&slapd, &slapd.ldapi_url());
    finds_people(options.clone(), slapd.suffix()).await;
    options.bind = Bind::External;
    finds_people(options, slapd.suffix()).await;
}
