//! Connecting to Active Directory: LDAPS and StartTLS with an authority of one's own, and what refusals say.

use std::sync::Arc;
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Error};
use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

use super::{cache, shared};

fn options(samba: &Samba, url: &str, who: &str) -> DirectoryOptions {
    let mut options = DirectoryOptions::new(vec![url.parse().unwrap()]);
    options.bind = Bind::Simple { dn: who.to_owned(), password: samba.password().into() };
    options.connections = 1;
    options
}

async fn ready(options: DirectoryOptions, patience: Duration) -> Result<(), Error> {
    options.validate().unwrap();
    let directory = Directory::start(options, Arc::new(SystemClock));
    directory.ready(SystemClock.now() + patience).await
}

async fn fails(options: DirectoryOptions) -> String {
    ready(options, Duration::from_secs(1)).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn ldaps_and_starttls_trust_the_authority_that_is_named_and_no_other() {
    let samba = shared();
    for starttls in [false, true] {
        let url = if starttls { samba.url() } else { samba.ldaps_url() };
        for who in [samba.bind_dn(), "bridge@example.com".to_owned(), "EXAMPLE\\bridge".to_owned()] {
            let mut options = options(samba, &url, &who);
            options.starttls = starttls;
            options.tls.ca_file = Some(samba.ca_file());
            ready(options, Duration::from_secs(10)).await.unwrap();
        }
        let mut options = options(samba, &url, &samba.bind_dn());
        options.starttls = starttls;
        let error = fails(options).await;
        assert!(error.contains("isn't trusted here: name the authority's PEM file in `ca_file`"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_tls_is_said_to() {
    let tree = AdTreeOptions { users: 5, groups: 3, crowd: 0 };
    let strict = SambaOptions { tree, cache: Some(cache()), strong_auth: true, ..SambaOptions::default() };
    let samba = Samba::start(&strict).unwrap();
    let error = fails(options(&samba, &samba.url(), &samba.bind_dn())).await;
    assert!(error.contains("result 8") && error.contains("use an ldaps:// URL or starttls = true"), "{error}");
    let mut secured = options(&samba, &samba.ldaps_url(), &samba.bind_dn());
    secured.tls.ca_file = Some(samba.ca_file());
    ready(secured, Duration::from_secs(10)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_account_is_told_why() {
    let samba = shared();
    let people = format!("OU=Services,{}", samba.suffix());
    let disabled = format!("CN=unused,{people}");
    samba
        .ldapmodify(&format!(
            "dn: {disabled}\nobjectClass: user\nsAMAccountName: unused\nunicodePwd:: {}\nuserAccountControl: 514\n",
            unicode_password(samba.password())
        ))
        .unwrap();
    let error = fails(options(samba, &samba.url(), &disabled)).await;
    assert!(error.contains("the account is disabled"), "{error}");
    let mut wrong = options(samba, &samba.url(), &samba.bind_dn());
    wrong.bind = Bind::Simple { dn: samba.bind_dn(), password: "wrong".into() };
    let error = fails(wrong).await;
    assert!(error.contains("wrong name or password") && error.contains("52e"), "{error}");
    samba.ldapmodify(&format!("dn: {disabled}\nchangetype: delete\n")).unwrap();
}

fn unicode_password(password: &str) -> String {
    use base64::Engine as _;
    let octets: Vec<u8> = format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
    base64::engine::general_purpose::STANDARD.encode(octets)
}
