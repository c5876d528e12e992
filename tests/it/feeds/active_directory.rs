//! Active Directory, as Samba speaks it: update sequence numbers, rung by notifications.

use std::path::PathBuf;
use std::time::Duration;

use scimfront::directory::FeedSource;
use scimfront::sandbox::{Samba, SambaOptions};

use super::kit::{Listener, Place};
use super::{random, scenario, sync};

fn samba() -> Samba {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains");
    Samba::start(&SambaOptions { cache: Some(cache), ..SambaOptions::default() }).expect("samba starts")
}

fn place(samba: &Samba, bind_dn: String) -> Place {
    let (url, password, base) = (samba.url(), samba.password().to_owned(), samba.suffix());
    Place { url, bind_dn, password, base, identity: "objectGUID" }
}

#[tokio::test(flavor = "multi_thread")]
async fn active_directory_tells_of_every_kind_of_change_to_those_who_may_see_it() {
    let samba = samba();
    let place = place(&samba, samba.administrator_dn());
    let listener = Listener::start(&place).await;
    assert_eq!(listener.handle.source(), FeedSource::ActiveDirectory);
    scenario::play(&listener, &place, scenario::ACTIVE_DIRECTORY, true).await;
    listener.until_whole().await;
    random::write_and_compare(&place, &place, scenario::ACTIVE_DIRECTORY, 200, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_see_deletions_takes_everything_for_changed() {
    let samba = samba();
    let writer = place(&samba, samba.administrator_dn());
    let place = place(&samba, samba.bind_dn());
    let listener = Listener::start(&place).await;
    scenario::play(&listener, &writer, scenario::ACTIVE_DIRECTORY, false).await;
    listener.until_whole().await;
    random::write_and_compare(&place, &writer, scenario::ACTIVE_DIRECTORY, 50, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_controller_that_restarts_is_followed_again() {
    let mut samba = samba();
    let place = place(&samba, samba.administrator_dn());
    let listener = Listener::start(&place).await;
    samba.stop().unwrap();
    listener.until_broken().await;
    samba.restart().unwrap();
    listener.until_whole().await;
    scenario::play(&listener, &place, scenario::ACTIVE_DIRECTORY, true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_samba() {
    let samba = samba();
    let place = place(&samba, samba.administrator_dn());
    let dn = format!("CN=bridge,OU=Services,{}", place.base);
    sync::measure(&place, &place, &dn, 500, Duration::from_millis(3)).await;
}
