//! Content synchronisation with 389 Directory Server.

use std::sync::OnceLock;
use std::time::Duration;

use scimfront::directory::{FeedEvent, FeedSource};
use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};

use super::kit::{Listener, Place, names};
use super::proxy::Proxy;
use super::{random, scenario, sync};

fn server() -> &'static Ds389 {
    static SERVER: OnceLock<Ds389> = OnceLock::new();
    SERVER.get_or_init(|| {
        let tree = TreeOptions::sized(30, 9);
        Ds389::start(&Ds389Options { tree, ..Ds389Options::default() }).expect("389-DS starts")
    })
}

fn place() -> Place {
    let server = server();
    Place {
        url: server.url(),
        bind_dn: server.bind_dn(),
        password: server.password().to_owned(),
        base: server.suffix().to_owned(),
        identity: "nsUniqueId",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_server_389_tells_of_every_kind_of_change() {
    let place = place();
    let listener = Listener::start(&place).await;
    assert_eq!(listener.handle.source(), FeedSource::Sync);
    scenario::play(&listener, &place, scenario::STANDARD, true).await;
    listener.until_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cache_makes_of_389s_feed_is_the_directory() {
    let place = place();
    random::write_and_compare(&place, &place, scenario::STANDARD, 200, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_loss_389_goes_on_from_the_cookie() {
    let place = place();
    let proxy = Proxy::to(&place.url).await;
    let listener = Listener::start(&place.through(proxy.url())).await;
    let from = listener.count();
    proxy.cut();
    listener.until_broken().await;
    let added = format!("ou=after a loss,{}", place.base);
    let mut hand = place.hand().await;
    hand.add(&added, scenario::STANDARD.unit).await;
    proxy.restore();
    listener.until_whole().await;
    listener.until_told(from, "an addition", |change| names(change, &added)).await;
    assert!(!listener.told().contains(&FeedEvent::Everything), "{:?}", listener.told());
    hand.delete(&added).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_389() {
    let place = place();
    let dn = format!("ou=people,{}", place.base);
    sync::measure(&place, &place, &dn, 500, Duration::from_millis(3)).await;
}
