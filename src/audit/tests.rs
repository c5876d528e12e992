//! The audit on real files.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::audit::{Action, Audit, Ending, Intent, Outcome};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123)
}

fn intent(request: &str) -> Intent {
    Intent {
        time: now(),
        client: "hr".to_owned(),
        request: request.to_owned(),
        bridge: "main".to_owned(),
        action: Action::Patch,
        bulk: false,
        dry_run: false,
        resource_type: "User".to_owned(),
        id: Some("7".to_owned()),
        ldif: "dn: uid=a,dc=example,dc=com\nchangetype: delete\n\n".to_owned(),
        undo: String::new(),
    }
}

fn done() -> Outcome {
    Outcome::new(now(), Ending::Done)
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    (folder, path)
}

fn lines(path: &PathBuf) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_write_leaves_an_intent_and_an_outcome() {
    let (_folder, path) = file();
    let (audit, open) = Audit::open(&path).unwrap();
    assert!(open.is_empty());
    let ticket = audit.intent(intent("r1")).await.unwrap();
    let [written] = &lines(&path)[..] else { panic!() };
    assert_eq!(written["event"], "intent");
    assert_eq!(written["time"], "2027-01-15T08:00:00.123Z");
    assert_eq!((&written["action"], &written["type"], &written["id"]), (&"patch".into(), &"User".into(), &"7".into()));
    assert_eq!((written.get("bulk"), written.get("dry_run")), (None, None));

    audit.outcome(ticket, Outcome { id: Some("8".to_owned()), ..done() }).await;
    audit.flush().await.unwrap();
    let [first, second] = &lines(&path)[..] else { panic!() };
    assert_eq!((&second["event"], &second["ending"], &second["id"]), (&"outcome".into(), &"done".into(), &"8".into()));
    assert_eq!(first["ticket"], second["ticket"]);
}

#[tokio::test]
async fn open_intents_are_found_until_they_have_an_outcome() {
    let (_folder, path) = file();
    let (audit, _) = Audit::open(&path).unwrap();
    let finished = audit.intent(intent("finished")).await.unwrap();
    let lost = audit.intent(intent("lost")).await.unwrap();
    audit.outcome(finished, done()).await;
    audit.flush().await.unwrap();
    fs::write(&path, format!("{}\n{{\"event\":\"int", fs::read_to_string(&path).unwrap())).unwrap();

    for _ in 0..2 {
        let (_, open) = Audit::open(&path).unwrap();
        assert_eq!(open, [(super::Ticket(lost.as_str().to_owned()), intent("lost"))]);
    }
    let (audit, mut open) = Audit::open(&path).unwrap();
    audit.outcome(open.pop().unwrap().0, Outcome::new(now(), Ending::Unknown)).await;
    audit.flush().await.unwrap();
    assert_eq!(Audit::open(&path).unwrap().1, []);
}

#[tokio::test]
async fn open_intents_move_on_with_the_file() {
    let (folder, path) = file();
    let (audit, _) = Audit::open(&path).unwrap();
    let finished = audit.intent(intent("finished")).await.unwrap();
    let first = audit.intent(intent("first")).await.unwrap();
    audit.outcome(finished, done()).await;
    audit.flush().await.unwrap();
    fs::rename(&path, folder.path().join("audit.1")).unwrap();
    let second = audit.intent(intent("second")).await.unwrap();
    let requests: Vec<_> = lines(&path).iter().map(|line| line["request"].clone()).collect();
    assert_eq!(requests, ["first", "second"]);
    audit.outcome(first, done()).await;
    audit.outcome(second, done()).await;
    audit.flush().await.unwrap();
    assert_eq!(Audit::open(&path).unwrap().1, []);
}

#[tokio::test]
async fn many_intents_at_once_stand_in_whole_lines() {
    let (_folder, path) = file();
    let (audit, _) = Audit::open(&path).unwrap();
    let writes = (0..200).map(|number| {
        let audit = audit.clone();
        tokio::spawn(async move {
            let ticket = audit.intent(intent(&number.to_string())).await.unwrap();
            audit.outcome(ticket, done()).await;
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    audit.flush().await.unwrap();
    assert_eq!(lines(&path).len(), 400);
    assert_eq!(Audit::open(&path).unwrap().1, []);
}

#[tokio::test]
async fn a_full_disk_refuses_writes() {
    let (audit, _) = Audit::open("/dev/full".as_ref()).unwrap();
    assert!(audit.intent(intent("r")).await.unwrap_err().to_string().contains("No space left"));
}

#[tokio::test]
async fn a_sink_that_is_back_takes_writes_again() {
    let (folder, path) = file();
    let (audit, _) = Audit::open(&path).unwrap();
    let early = audit.intent(intent("early")).await.unwrap();
    let away = folder.path().join("away");
    fs::rename(&path, &away).unwrap();
    fs::create_dir(&path).unwrap();
    audit.intent(intent("refused")).await.unwrap_err();
    audit.outcome(early, done()).await;
    audit.flush().await.unwrap_err();
    fs::remove_dir(&path).unwrap();
    let late = audit.intent(intent("late")).await.unwrap();
    audit.outcome(late, done()).await;
    audit.flush().await.unwrap();
    let events: Vec<_> = lines(&path).iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["intent", "intent", "outcome", "outcome"]);
    assert_eq!(Audit::open(&path).unwrap().1, []);
}

#[test]
fn a_file_that_cannot_be_opened_is_told() {
    let error = Audit::open("/nowhere/audit".as_ref()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/audit"));
}

#[tokio::test]
async fn nowhere_and_the_log_take_everything() {
    for audit in [Audit::none(), Audit::log()] {
        let ticket = audit.intent(intent("r")).await.unwrap();
        audit.outcome(ticket, done()).await;
        audit.flush().await.unwrap();
    }
}
