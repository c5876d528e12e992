//! Active Directory, as Samba speaks it: update sequence numbers, rung by notifications.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use scimfront::directory::{ChangeKind, ChangedEntry, FeedEvent, FeedSource};
use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

use super::kit::{Listener, Place};
use super::proxy::Proxy;
use super::{random, restless, scenario, sync};

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
async fn no_change_is_lost_though_active_directorys_feed_begins_again_and_again() {
    let samba = samba();
    let place = place(&samba, samba.administrator_dn());
    restless::change_everything(&place, scenario::ACTIVE_DIRECTORY, "ou=people", 5).await.unwrap();
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
async fn a_deleted_entry_is_told_by_its_id_to_those_who_may_see_it() {
    let samba = samba();
    let place = place(&samba, samba.administrator_dn());
    let listener = Listener::start(&place).await;
    let mut hand = place.hand().await;
    let (person, group) =
        (format!("CN=doomed,OU=People,{}", place.base), format!("CN=doomed,OU=Groups,{}", place.base));
    hand.add(&person, &[("objectClass", "user")]).await;
    hand.add(&group, &[("objectClass", "group"), ("member", &person)]).await;
    let ids = hand.everything().await;
    for dn in [person, group] {
        let (id, _) = ids.iter().find(|(_, known)| known.eq_ignore_ascii_case(&dn)).unwrap();
        let from = listener.count();
        hand.delete(&dn).await;
        let gone = |change: &ChangedEntry| change.kind == ChangeKind::Gone && change.id.as_ref() == Some(id);
        listener.until_told(from, "a deletion", gone).await;
        assert!(!listener.told().contains(&FeedEvent::Everything), "{:?}", listener.told());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_controller_that_was_restored_is_followed_anew() {
    // Two copies of one: the other one is as this one was before it was written to.
    let (samba, copy) = (samba(), self::samba());
    let place = place(&samba, samba.administrator_dn());
    assert_eq!(samba.password(), copy.password());
    let proxy = Proxy::to(&place.url).await;
    let mut hand = place.hand().await;
    for n in 0..5 {
        hand.add(&format!("OU=lost {n},{}", place.base), scenario::ACTIVE_DIRECTORY.unit).await;
    }
    let listener = Listener::start(&place.through(proxy.url())).await;
    moved(&listener, &proxy, &copy.url()).await;
    let copy = self::place(&copy, copy.administrator_dn());
    scenario::play(&listener, &copy, scenario::ACTIVE_DIRECTORY, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_domain_controller_is_followed_anew() {
    let tree = AdTreeOptions { users: 5, groups: 1, crowd: 0 };
    let cache = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains"));
    let (samba, other) = (samba(), Samba::start(&SambaOptions { cache, tree, ..SambaOptions::default() }).unwrap());
    same_password(&samba, &other);
    let place = place(&samba, samba.administrator_dn());
    let proxy = Proxy::to(&place.url).await;
    let listener = Listener::start(&place.through(proxy.url())).await;
    // Its numbers are its own, however high they are.
    let mut numbers = self::place(&other, other.administrator_dn());
    numbers.password = samba.password().to_owned();
    let mut hand = numbers.hand().await;
    for n in 0..100 {
        hand.add(&format!("OU=number {n},{}", place.base), scenario::ACTIVE_DIRECTORY.unit).await;
    }
    moved(&listener, &proxy, &other.url()).await;
    scenario::play(&listener, &numbers, scenario::ACTIVE_DIRECTORY, true).await;
}

/// Leads `proxy` to the server at `url`, and waits until everything was taken for changed and the feed is whole again.
async fn moved(listener: &Listener, proxy: &Proxy, url: &str) {
    let from = listener.count();
    proxy.cut();
    listener.until_broken().await;
    proxy.turn_to(url);
    proxy.restore();
    listener.until_everything(from).await;
    listener.until_whole().await;
}

/// Gives the administrator of `other` the password that `samba`'s has.
fn same_password(samba: &Samba, other: &Samba) {
    let quoted = format!("\"{}\"", samba.password());
    let octets: Vec<u8> = quoted.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encoded = base64::engine::general_purpose::STANDARD.encode(octets);
    let dn = other.administrator_dn();
    other.ldapmodify(&format!("dn: {dn}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {encoded}\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_samba() {
    let samba = samba();
    let place = place(&samba, samba.administrator_dn());
    let dn = format!("CN=bridge,OU=Services,{}", place.base);
    sync::measure(&place, &place, &dn, 500, Duration::from_millis(3)).await;
}
