//! A client with a valid token that asks for far too much at once.

use std::thread;

use scimfront::auth::TokenHash;

use super::honest::Honest;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::shared;

/// How many lists are asked for at once, and how often.
const AT_ONCE: usize = 120;
const ROUNDS: usize = 2;

/// `CLIENT_LISTS` says how many are worked on at a time, to compare.
#[test]
fn one_clients_flood_of_lists_leaves_others_their_turn() {
    let mut options = BridgeOptions::openldap(shared().suffix());
    options.further = format!("[bridge.main.client.flood]\ntoken_sha256 = \"{}\"\n", TokenHash::of(b"flood"));
    if let Ok(lists) = std::env::var("CLIENT_LISTS") {
        options.further += &format!("[bridge.main.limits]\nclient_lists = {lists}\n");
    }
    let bridge = Bridge::start(shared(), &options);
    let honest = Honest::begin(&bridge);
    let floods: Vec<_> = (0..AT_ONCE)
        .map(|number| {
            let client = bridge.client().with_token(Some("flood"));
            let path = format!("/Users?count=20&startIndex={}", number % 7 + 1);
            thread::spawn(move || (0..ROUNDS).map(|_| client.get(&path)).collect::<Vec<_>>())
        })
        .collect();
    let replies: Vec<_> = floods.into_iter().flat_map(|flood| flood.join().unwrap()).collect();
    honest.end(&bridge, &format!("{AT_ONCE} lists at once"));
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    println!("{done} of {} were answered, the others were too much", replies.len());
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        let is_told = matches!(reply.status, 429 | 503) && reply.header("retry-after") == Some("1");
        assert!(is_told, "{} {}", reply.status, reply.text());
    }
    assert!(done >= AT_ONCE, "{done}");
}
