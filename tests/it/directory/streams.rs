//! Paged searches.

use std::time::Duration;

use scimfront::directory::{Error, Limit, StreamOptions};
use scimfront::sandbox::{Overlay, SlapdOptions, TreeOptions};

use super::*;
use crate::support;

fn pages(page: u32) -> StreamOptions {
    StreamOptions { page, ..StreamOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_brings_every_entry_once_in_pages() {
    let slapd = Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(5_000, 1)).overlays(Overlay::NONE)).unwrap();
    let directory = connected(options(&slapd, &slapd.url())).await;
    for at_once in [false, true] {
        let options = StreamOptions { at_once, ..pages(400) };
        let mut stream = directory.stream(Arc::new(people(slapd.suffix(), &["entryUUID"])), options);
        let mut seen = std::collections::HashSet::new();
        while let Some(batch) = stream.next_batch().await.unwrap() {
            assert!(!batch.is_empty() && batch.len() <= 400);
            seen.extend(batch.iter().map(|entry| entry.first(0).unwrap().to_vec()));
        }
        assert_eq!(seen.len(), 5_000);
        assert_eq!(stream.next_batch().await, Ok(None));
        until(|| directory.status().streams == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_to_send_at_once_is_an_error() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["uid"]);
    search.size_limit = Some(30);
    let options = StreamOptions { at_once: true, ..pages(20) };
    let mut stream = directory.stream(Arc::new(search), options);
    assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 20);
    assert_eq!(stream.next_batch().await, Err(Error::Limit(Limit::Size)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_found_is_an_empty_stream() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["uid"]);
    search.filter = equals("uid", "nobody");
    let mut stream = directory.stream(Arc::new(search), pages(10));
    assert_eq!(stream.next_batch().await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_waits_for_its_reader_and_reads_only_so_far_ahead() {
    let directory = shared().await;
    let search = Arc::new(people(support::shared().suffix(), &["uid"]));
    let mut stream = directory.stream(search, StreamOptions { read_ahead: 1, ..pages(10) });
    let mut count = stream.next_batch().await.unwrap().unwrap().len();
    // Other searches go on while the stream is parked, and it goes on afterwards.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut other = people(support::shared().suffix(), &["uid"]);
    other.filter = equals("uid", "bjensen");
    assert_eq!(directory.search(&other, within(5)).await.unwrap().len(), 1);
    assert_eq!(directory.status().streams, 1);
    while let Some(batch) = stream.next_batch().await.unwrap() {
        count += batch.len();
    }
    assert_eq!(count, support::tree_options().users);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_stream_frees_its_connection_for_the_next() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.streams = 1;
    let directory = connected(options).await;
    let search = Arc::new(people(slapd.suffix(), &["uid"]));
    for take in 0..6 {
        let mut stream = directory.stream(search.clone(), pages(5));
        for _ in 0..take {
            assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 5);
        }
    }
    let mut stream = directory.stream(search, pages(500));
    let mut count = 0;
    while let Some(batch) = stream.next_batch().await.unwrap() {
        count += batch.len();
    }
    assert_eq!(count, support::tree_options().users);
    until(|| directory.status().streams == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_left_alone_is_given_up() {
    let directory = shared().await;
    let search = Arc::new(people(support::shared().suffix(), &["uid"]));
    let idle = Duration::from_millis(50);
    let mut stream = directory.stream(search, StreamOptions { read_ahead: 1, idle, ..pages(5) });
    assert!(stream.next_batch().await.unwrap().is_some());
    until(|| directory.status().streams == 0).await;
    let mut last = Ok(Some(Vec::new()));
    while let Ok(Some(_)) = last {
        last = stream.next_batch().await;
    }
    assert_eq!(last, Err(Error::Limit(Limit::Idle)));
    assert_eq!(stream.next_batch().await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_a_deadline() {
    let directory = shared().await;
    let search = Arc::new(people(support::shared().suffix(), &["uid"]));
    let deadline = Some(SystemClock.now() + Duration::from_millis(50));
    let mut stream = directory.stream(search, StreamOptions { deadline, read_ahead: 1, ..pages(5) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(stream.next_batch().await.unwrap().is_some());
    assert_eq!(stream.next_batch().await, Err(Error::Deadline));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_limit_holds_for_the_whole_stream() {
    let directory = shared().await;
    let mut search = people(support::shared().suffix(), &["uid"]);
    search.size_limit = Some(30);
    let mut stream = directory.stream(Arc::new(search), pages(20));
    assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 20);
    assert_eq!(stream.next_batch().await, Err(Error::Limit(Limit::Size)));
}
