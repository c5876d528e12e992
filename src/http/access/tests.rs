use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;

fn line(path: &str, status: u16) -> Line<'_> {
    Line {
        time: SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 12_000),
        request: "ab-1",
        client: Some("hr"),
        peer: Some([192, 0, 2, 7].into()),
        bridge: "main",
        method: "GET",
        path,
        route: "/{endpoint}/{id}",
        status,
        bytes: 17,
        took: Duration::from_micros(250),
    }
}

/// Takes what is written as long as somebody fetches it.
struct Slow(SyncSender<Vec<u8>>);

impl io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::Error::other("gone"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn slow(sample: u64) -> (AccessLog, Receiver<Vec<u8>>) {
    let (sender, receiver) = sync_channel(0);
    (AccessLog::lines(Output::Stream(Box::new(Slow(sender))), sample).unwrap(), receiver)
}

#[test]
fn a_line_is_a_json_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.jsonl");
    let log = AccessLog::file(&path, 1).unwrap();
    log.write(&line("/scim/v2/Users/\"odd\"", 200));
    log.flush();
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        written,
        json!({
            "timestamp": "2023-11-14T22:13:20.000012Z", "level": "INFO", "target": "scimfront::access", "request": "ab-1",
            "client": "hr", "peer": "192.0.2.7", "bridge": "main", "method": "GET", "path": "/scim/v2/Users/\"odd\"",
            "route": "/{endpoint}/{id}", "status": 200, "bytes": 17, "micros": 250
        })
    );
}

#[test]
fn a_file_that_is_renamed_away_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let [path, old] = ["access.jsonl", "old.jsonl"].map(|name| folder.path().join(name));
    let log = AccessLog::file(&path, 1).unwrap();
    log.write(&line("/1", 200));
    log.flush();
    std::fs::rename(&path, &old).unwrap();
    log.write(&line("/2", 200));
    log.flush();
    let read = |path| std::fs::read_to_string(path).unwrap();
    assert!(read(&old).contains("\"/1\"") && !read(&old).contains("\"/2\""));
    assert!(read(&path).contains("\"/2\""));
}

#[test]
fn of_requests_that_succeed_some_get_a_line_and_of_others_all() {
    let (log, lines) = slow(10);
    for _ in 0..100 {
        log.write(&line("/good", 200));
        log.write(&line("/bad", 404));
    }
    drop(log);
    let text = String::from_utf8(lines.iter().flatten().collect()).unwrap();
    assert_eq!((text.matches("/good").count(), text.matches("/bad").count()), (10, 100));
}

#[test]
fn lines_that_nobody_takes_are_dropped_and_the_others_stay_whole() {
    let (log, lines) = slow(1);
    let path = "x".repeat(1000);
    let tries = 10_000;
    for _ in 0..tries {
        log.write(&line(&path, 200));
    }
    drop(log);
    let text = String::from_utf8(lines.iter().flatten().collect()).unwrap();
    let kept = text.lines().inspect(|line| assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}")).count();
    assert!(kept > 1000 && kept < tries, "{kept}");
}

#[test]
fn a_peer_is_written_as_addresses_are() {
    for peer in ["0.0.0.0", "192.0.2.7", "255.10.100.1", "2001:db8::1", "::ffff:192.0.2.7"] {
        let mut out = Vec::new();
        Line { peer: Some(peer.parse().unwrap()), ..line("/", 200) }.json(&mut out);
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap()["peer"], peer);
    }
}
