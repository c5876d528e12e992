//! LDAPS and StartTLS with an authority of one's own.

use std::sync::Arc;
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Error};
use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};

use super::{BridgeOptions, backing};
use crate::support::bridge::{Backing, Bridge};

fn server() -> Ds389 {
    let tree = TreeOptions::sized(5, 0);
    Ds389::start(&Ds389Options { tree, tls: true, ..Ds389Options::default() }).expect("389-DS starts")
}

async fn ready(server: &Ds389, starttls: bool, trusted: bool, patience: Duration) -> Result<(), Error> {
    let url = if starttls { server.url() } else { server.ldaps_url().unwrap() };
    let mut options = DirectoryOptions::new(vec![url.parse().unwrap()]);
    options.bind = Bind::Simple { dn: server.bind_dn(), password: server.password().into() };
    options.connections = 1;
    options.starttls = starttls;
    options.tls.ca_file = server.ca_file().filter(|_| trusted).map(Into::into);
    options.validate().unwrap();
    let directory = Directory::start(options, Arc::new(SystemClock));
    directory.ready(SystemClock.now() + patience).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ldaps_and_starttls_trust_the_authority_that_is_named_and_no_other() {
    let server = server();
    for starttls in [false, true] {
        ready(&server, starttls, true, Duration::from_secs(10)).await.unwrap();
        let error = ready(&server, starttls, false, Duration::from_secs(1)).await.unwrap_err().to_string();
        assert!(error.contains("certificate"), "{error}");
    }
}

#[test]
fn the_bridge_serves_over_ldaps() {
    let server = server();
    let ca = server.ca_file().unwrap().display().to_string();
    let backing =
        Backing { url: server.ldaps_url().unwrap(), lines: format!("ca_file = \"{ca}\""), ..backing(&server) };
    let bridge = Bridge::start_on(&backing, &BridgeOptions::preset("389ds", server.suffix()));
    assert_eq!(bridge.client().get("/Users?count=0").json()["totalResults"], 5, "{}", bridge.log());
}
