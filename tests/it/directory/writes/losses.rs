//! Connections that are lost while a write is under way: nothing that was acknowledged is lost, nothing that wasn't is claimed.

use std::sync::atomic::{AtomicBool, Ordering};

use scimfront::ldap::plan::{Cause, Stage, WritePlan};
use scimfront::sandbox::{Overlay, SlapdOptions, TreeOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Stands between a directory and the shared slapd, and swallows answers where it is told to.
struct Proxy {
    url: String,
    cut: Arc<AtomicBool>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        let cut = Arc::new(AtomicBool::new(false));
        let flag = cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, flag.clone()));
            }
        });
        Self { url, cut }
    }

    /// The next answer is swallowed and its connection closed.
    fn cut_the_next_answer(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }
}

async fn pass_on(client: TcpStream, cut: Arc<AtomicBool>) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", support::shared().port())).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut octets = vec![0; 65_536];
    loop {
        let read = from_server.read(&mut octets).await?;
        if read == 0 || cut.swap(false, Ordering::SeqCst) {
            requests.abort();
            return Ok(());
        }
        to_client.write_all(&octets[..read]).await?;
    }
}

/// A directory with one connection through a proxy, so that the next answer is the one to the next request.
async fn through_a_proxy() -> (Proxy, Directory) {
    let proxy = Proxy::start().await;
    let mut options = writer_options();
    options.urls = vec![proxy.url.parse().unwrap()];
    options.connections = 1;
    let directory = connected(options).await;
    (proxy, directory)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_leaves_the_outcome_unknown() {
    let (proxy, directory) = through_a_proxy().await;
    proxy.cut_the_next_answer();
    let error = write(&directory, person("lost")).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    // And so it was: performed.
    let reader = writer().await;
    assert!(read(&reader, &person_dn("lost"), "uid").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_finds_out_what_became_of_a_write_whose_answer_was_lost() {
    let (proxy, directory) = through_a_proxy().await;
    let dn = person_dn("found");
    let changes = [
        person("found"),
        replacing(&dn, "title", &["Guide"]),
        EntryChange::rename(&dn, "uid=found 2", None),
        EntryChange::delete(person_dn("found 2")),
    ];
    for change in changes {
        proxy.cut_the_next_answer();
        let plan = WritePlan::new([Stage::new(change.clone())]);
        let applied = directory.carry_out(plan, None, within(10)).await.unwrap();
        assert!(applied.read_back, "{change:?}");
        assert_eq!(applied.operations, [change.into()]);
    }
    // What can't be read back stays unknown.
    write(&directory, person("found 3")).await.unwrap();
    proxy.cut_the_next_answer();
    let plan = WritePlan::new([Stage::new(replacing(&person_dn("found 3"), "userPassword", &["long enough"]))]);
    let failure = directory.carry_out(plan, None, within(10)).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Unknown(_)), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_leaves_the_outcome_unknown_at_the_deadline() {
    let tree = TreeOptions::sized(20, 2);
    let mut slapd = Slapd::start(&SlapdOptions::with_tree(tree).overlays(Overlay::NONE)).unwrap();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let dn = format!("uid=hanging,ou=people,{}", slapd.suffix());
    slapd.suspend().unwrap();
    // The guard stops slapd in its own time.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let deadline = SystemClock.now() + Duration::from_millis(200);
    let error = directory.write(person_at(&dn), WriteOptions::default(), deadline).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    slapd.resume().unwrap();
    until(|| directory.status().up == 4).await;
    let written = async { while read(&directory, &dn, "uid").await.is_none() {} };
    tokio::time::timeout(Duration::from_secs(10), written).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_among_writes_loses_no_acknowledged_one_and_claims_no_other() {
    let tree = TreeOptions::sized(20, 2);
    let mut slapd = Slapd::start(&SlapdOptions::with_tree(tree).overlays(Overlay::NONE)).unwrap();
    let directory = connected(options(&slapd, &slapd.url())).await;
    let base = format!("ou=people,{}", slapd.suffix());
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (directory, base) = (directory.clone(), base.clone());
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                for index in 0.. {
                    let dn = format!("uid=killed-{writer}-{index},{base}");
                    let outcome = write(&directory, person_at(&dn)).await;
                    let failed = outcome.is_err();
                    outcomes.push((dn, outcome));
                    if failed {
                        break;
                    }
                }
                outcomes
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    slapd.kill_hard().unwrap();
    let mut outcomes = Vec::new();
    for writer in writers {
        outcomes.extend(tokio::time::timeout(Duration::from_secs(15), writer).await.unwrap().unwrap());
    }
    slapd.restart().unwrap();
    until(|| directory.status().up == 4).await;
    let mut unknown = 0;
    for (dn, outcome) in &outcomes {
        let there = read(&directory, dn, "uid").await.is_some();
        match outcome {
            Ok(_) => assert!(there, "{dn} was acknowledged and is lost"),
            Err(Error::OutcomeUnknown { .. }) => unknown += 1,
            Err(Error::NotSent { .. } | Error::Unavailable { .. }) => assert!(!there, "{dn} is there after all"),
            Err(error) => panic!("{error}"),
        }
    }
    assert!(outcomes.len() > 8 && unknown > 0, "{} writes, {unknown} unknown", outcomes.len());
}
