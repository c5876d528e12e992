//! Servers that die, hang or refuse, and callers that go away.

use std::time::Duration;

use scimfront::directory::{Error, StreamOptions};
use scimfront::sandbox::{Load, Overlay, SlapdOptions, TreeOptions};

use super::*;
use crate::support;

fn own_slapd() -> Slapd {
    Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(200, 5)).overlays(Overlay::NONE)).unwrap()
}

fn one_person(slapd: &Slapd) -> Search {
    let mut search = people(slapd.suffix(), &["uid"]);
    search.filter = equals("uid", "bjensen");
    search
}

/// Lets `slapd` hang. Its guard stops it in its own time: from then on every search runs into its deadline, and soon.
async fn hang(slapd: &mut Slapd, directory: &Directory) {
    slapd.suspend().unwrap();
    for _ in 0..100 {
        let asked = SystemClock.now();
        let result = directory.search(&one_person(slapd), asked + Duration::from_millis(100)).await;
        if let Err(error) = result {
            assert_eq!(error, Error::Deadline);
            assert!(SystemClock.now() - asked < Duration::from_millis(400));
            return;
        }
    }
    panic!("slapd goes on in spite of being suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_unavailable_at_once_and_used_again_when_it_is_back() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let search = one_person(&slapd);
    slapd.kill_hard().unwrap();
    let asked = SystemClock.now();
    let error = directory.search(&search, within(10)).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    assert!(SystemClock.now() - asked < Duration::from_millis(500));
    until(|| directory.status().failure.is_some()).await;
    let asked = SystemClock.now();
    let Err(Error::Unavailable { retry_after, .. }) = directory.search(&search, within(10)).await else {
        panic!("unavailable is expected")
    };
    assert!(SystemClock.now() - asked < Duration::from_millis(50) && retry_after >= Duration::from_secs(1));
    slapd.restart().unwrap();
    until(|| directory.status().up == 4).await;
    assert_eq!(directory.search(&search, within(5)).await.unwrap().len(), 1);
    assert_eq!(directory.status().failure, None);
}

/// Old connections serve until there are new ones, and no longer than they live.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_die_while_they_are_replaced_are_let_go() {
    let mut slapd = own_slapd();
    let mut options = options(&slapd, &slapd.url());
    options.max_age = Some(Duration::from_millis(200));
    let directory = connected(options).await;
    hang(&mut slapd, &directory).await;
    // All are old enough by now, and no new one is let in.
    tokio::time::sleep(Duration::from_millis(600)).await;
    slapd.kill_hard().unwrap();
    until(|| directory.status().up == 0).await;
    slapd.restart().unwrap();
    until(|| directory.status().up == 4).await;
    assert_eq!(directory.search(&one_person(&slapd), within(5)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_survived_by_searching_again() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    slapd.stop().unwrap();
    slapd.restart().unwrap();
    // The connections are dead, and nobody has told the supervisors for long.
    let mut answered = false;
    for _ in 0..200 {
        match directory.search(&one_person(&slapd), within(5)).await {
            Ok(entries) => {
                assert_eq!(entries.len(), 1);
                answered = true;
                break;
            }
            Err(error) => assert!(unavailable(&error), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(answered);
    until(|| directory.status().up == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_are_read_again_after_a_loss_and_their_generation_moves_with_a_change() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let before = directory.capabilities().unwrap();
    assert!(!before.dereference());
    slapd.kill_hard().unwrap();
    until(|| directory.status().up == 0).await;
    slapd.restart().unwrap();
    until(|| directory.status().up == 4).await;
    assert_eq!(directory.capabilities().unwrap().generation, before.generation);

    slapd.kill_hard().unwrap();
    let mut changed = SlapdOptions::default().overlays(&[Overlay::Deref]);
    changed.port = Some(slapd.port());
    changed.password = Some(slapd.password().to_owned());
    let _slapd = Slapd::start(&changed).unwrap();
    until(|| directory.capabilities().is_some_and(|now| now.generation > before.generation)).await;
    assert!(directory.capabilities().unwrap().dereference());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_passes_on_a_server_that_hangs_and_the_connection_is_given_up() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    hang(&mut slapd, &directory).await;
    // The watchdog's probe isn't answered either.
    until(|| directory.status().losses > 0).await;
    slapd.resume().unwrap();
    until(|| directory.status().up == 4).await;
    assert_eq!(directory.search(&one_person(&slapd), within(5)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_search_is_abandoned_and_leaks_nothing() {
    let tree = TreeOptions::sized(20_000, 1);
    let mut slapd_options = SlapdOptions::default().overlays(Overlay::NONE).load(Load::Tree(tree));
    slapd_options.monitor = true;
    let slapd = Slapd::start(&slapd_options).unwrap();
    let directory = connected(options(&slapd, &slapd.url())).await;
    // No index serves this: slapd looks at all entries, which takes a while.
    let mut slow = people(slapd.suffix(), &["uid"]);
    slow.filter = equals("description", "nothing has this");
    for wait in [0, 1, 2, 5, 10, 15, 20] {
        let search = directory.search(&slow, within(10));
        let _ = tokio::time::timeout(Duration::from_millis(wait), search).await;
    }
    until(|| directory.status().message_ids == 0).await;
    until(|| directory.status().in_flight == 0).await;
    let abandons = people("cn=Abandon,cn=Operations,cn=Monitor", &["monitorOpCompleted"]);
    let abandons = Search { filter: Filter::Present("objectClass".parse().unwrap()), ..abandons };
    let entries = directory.search(&abandons, within(5)).await.unwrap();
    let completed: u32 = text(&entries[0], 0).parse().unwrap();
    assert!((4..=7).contains(&completed), "{completed} searches were abandoned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_dropped_before_it_was_polled_is_never_sent() {
    let directory = shared().await;
    drop(directory.search(&people(support::shared().suffix(), &["uid"]), within(5)));
    assert_eq!(directory.status().message_ids, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_without_the_password_and_not_tried_often() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    options.bind = Bind::Simple { dn: slapd.bind_dn(), password: "hunter2hunter2".into() };
    let directory = start(options);
    let asked = SystemClock.now();
    let error = directory.ready(asked + Duration::from_millis(300)).await.unwrap_err();
    let Error::Unavailable { retry_after, detail } = &error else { panic!("{error}") };
    assert!(detail.contains("49") && detail.contains(&slapd.bind_dn()) && !detail.contains("hunter2"), "{detail}");
    assert!(*retry_after >= Duration::from_secs(4), "{retry_after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_server_serves_when_the_first_is_away() {
    let slapd = support::shared();
    let mut options = options(slapd, &slapd.url());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    options.urls.insert(0, format!("ldap://{nobody}").parse().unwrap());
    let directory = connected(options).await;
    assert_eq!(directory.search(&one_person(slapd), within(5)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_fails_when_its_server_dies_and_its_connection_is_gone() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let search = Arc::new(people(slapd.suffix(), &["uid"]));
    let options = StreamOptions { page: 5, read_ahead: 1, ..StreamOptions::default() };
    let mut stream = directory.stream(search.clone(), options);
    assert!(stream.next_batch().await.unwrap().is_some());
    slapd.kill_hard().unwrap();
    let mut last = Ok(Some(Vec::new()));
    while let Ok(Some(_)) = last {
        last = stream.next_batch().await;
    }
    assert!(unavailable(&last.unwrap_err()));
    until(|| directory.status().streams == 0).await;
    slapd.restart().unwrap();
    until(|| directory.status().up == 4).await;
    let mut stream = directory.stream(search, StreamOptions::default());
    assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_stream_connection_that_the_server_closed_is_replaced_unseen() {
    let mut slapd = own_slapd();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let search = Arc::new(people(slapd.suffix(), &["uid"]));
    for _ in 0..2 {
        let mut stream = directory.stream(search.clone(), StreamOptions::default());
        assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 200);
        assert_eq!(stream.next_batch().await, Ok(None));
        slapd.stop().unwrap();
        slapd.restart().unwrap();
        until(|| directory.status().up == 4).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_queue_holds_is_turned_away() {
    let mut slapd = own_slapd();
    let mut options = options(&slapd, &slapd.url());
    (options.connections, options.in_flight, options.queue) = (1, 2, 3);
    let directory = connected(options).await;
    hang(&mut slapd, &directory).await;
    let search = Arc::new(one_person(&slapd));
    let searches: Vec<_> = (0..6)
        .map(|_| {
            let (directory, search) = (directory.clone(), search.clone());
            tokio::spawn(async move { directory.search(&search, within(5)).await })
        })
        .collect();
    until(|| searches.iter().any(tokio::task::JoinHandle::is_finished)).await;
    slapd.resume().unwrap();
    let mut results = Vec::new();
    for search in searches {
        results.push(search.await.unwrap());
    }
    // Two in flight and three in the queue; the search that found the server hanging may still hold one of the places.
    let served = results.iter().filter(|result| result.is_ok()).count();
    let refused = results.iter().filter(|result| result.as_ref().is_err_and(unavailable)).count();
    assert!((4..=5).contains(&served) && served + refused == 6, "{results:?}");
}
