//! Floods: a client with a valid token that asks for far too much at once, and strangers with wrong credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use scimfront::auth::{TokenHash, hashed};

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

/// From as many addresses as there are threads, and from one alone.
#[rstest]
#[case::passwords("Basic", true)]
#[case::passwords_from_one_address("Basic", false)]
#[case::tokens("Bearer", true)]
fn a_flood_of_wrong_credentials_leaves_known_clients_their_places(#[case] scheme: &str, #[case] are_many: bool) {
    let mut options = BridgeOptions::openldap(shared().suffix());
    options.server_lines = "trusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    let hash = hashed(&"right".to_owned().into()).unwrap();
    options.further = format!(
        "[bridge.main.client.basic]\nbasic = {{ user = \"basic\", password_hash = \"{hash}\" }}\n[server.limits]\nmax_requests = 64\n"
    );
    let bridge = Bridge::start(shared(), &options);
    let honest = Honest::begin(&bridge);
    let left = Arc::new(AtomicIsize::new(3_000));
    let floods: Vec<_> = (0..200)
        .map(|thread| {
            let client = bridge.client().with_token(None);
            let from = format!("192.0.2.{}", if are_many { thread } else { 1 });
            let (scheme, left) = (scheme.to_owned(), Arc::clone(&left));
            thread::spawn(move || {
                let attempt = |number| {
                    let shown = STANDARD.encode(format!("basic:wrong {thread} {number}"));
                    let shown = format!("{scheme} {shown}");
                    let headers = [("authorization", shown.as_str()), ("x-forwarded-for", &from)];
                    client.send("GET", "/Users?count=1", &headers, None)
                };
                std::iter::repeat_with(|| left.fetch_sub(1, Relaxed))
                    .take_while(|left| *left > 0)
                    .map(attempt)
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let replies: Vec<_> = floods.into_iter().flat_map(|flood| flood.join().unwrap()).collect();
    honest.end(&bridge, "3,000 wrong credentials");
    let refused = replies.iter().filter(|reply| reply.status == 401).count();
    println!("{refused} of {} were refused, the others were too many", replies.len());
    for reply in replies.iter().filter(|reply| reply.status != 401) {
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{}", reply.text());
    }
    assert!(refused > 0);
    // Whoever knows the password is let in all the same.
    let right = format!("Basic {}", STANDARD.encode("basic:right"));
    let headers = [("authorization", right.as_str()), ("x-forwarded-for", "198.51.100.1")];
    assert_eq!(bridge.client().send("GET", "/Users?count=1", &headers, None).status, 200);
}
