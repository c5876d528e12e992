//! Transactions: all or nothing, and nothing when the guarded entry has moved.
//!
//! slapd 2.5.13 dies of transactions now and then (see `directory/transaction.rs`), so these aren't run unasked, and each has
//! a slapd of its own: `cargo test --test it transactions -- --ignored`.

use scimfront::ldap::plan::{Guard, Transaction};
use scimfront::sandbox::{SlapdOptions, TreeOptions};

use super::*;

/// A slapd of the test's own, with the suffix that names are made in, and writers to it.
async fn own<const N: usize>() -> (Slapd, [Directory; N]) {
    let slapd = Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(20, 9).under(suffix()))).unwrap();
    let mut directories = Vec::new();
    for _ in 0..N {
        let mut options = options(&slapd, &slapd.url());
        options.bind = Bind::Simple { dn: slapd.bind_dn_of(suffix()), password: slapd.password().into() };
        options.transactions = 4;
        directories.push(connected(options).await);
    }
    (slapd, directories.try_into().unwrap())
}

fn together(changes: Vec<EntryChange>) -> Transaction {
    Transaction { guard: None, changes }
}

async fn guard(directory: &Directory, dn: &str) -> Guard {
    let csn = read(directory, dn, "entryCSN").await.unwrap().remove(0);
    Guard {
        dn: dn.to_owned(),
        stamp: (name("entryCSN"), csn.into_bytes()),
        touch: (name("description"), b"touched-0d6b".to_vec()),
    }
}

async fn transact(directory: &Directory, transaction: Transaction) -> Result<Written, Error> {
    directory.transaction(transaction, WriteOptions::default(), within(10)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "slapd 2.5.13 may die of transactions"]
async fn a_transaction_is_performed_whole_or_not_at_all() {
    let (_slapd, [directory]) = own().await;
    let dn = person_dn("together");
    let renamed = person_dn("together 2");
    let changes = vec![
        person("together"),
        EntryChange::rename(&dn, "uid=together 2", None),
        adding(&renamed, "mail", &["a@example.com"]),
    ];
    let options = WriteOptions { post_read: Some(set(&["mail", "entryCSN"])) };
    let written = directory.transaction(together(changes), options, within(10)).await.unwrap();
    let entry = written.post_read.unwrap();
    assert_eq!((entry.dn.as_str(), text(&entry, 0)), (renamed.as_str(), "a@example.com"));
    assert_eq!(read(&directory, &renamed, "entryCSN").await.unwrap(), [text(&entry, 1)]);

    // On the same connection, several times: a refused transaction leaves it as it should be.
    for _ in 0..3 {
        let changes = vec![
            person("together 3"),
            EntryChange::rename(&renamed, "uid=together 4", None),
            adding(&person_dn("together 4"), "mail", &["a@example.com"]),
        ];
        assert_eq!(code(transact(&directory, together(changes)).await), 20);
        assert_eq!(read(&directory, &person_dn("together 3"), "uid").await, None);
        assert_eq!(read(&directory, &renamed, "uid").await.unwrap(), ["together 2"]);
        let impossible = vec![person("together 3"), EntryChange::delete("no dn")];
        assert_eq!(code(transact(&directory, together(impossible)).await), 34);
        assert_eq!(read(&directory, &person_dn("together 3"), "uid").await, None);
    }
    transact(&directory, together(vec![person("together 3")])).await.unwrap();
    assert!(read(&directory, &person_dn("together 3"), "uid").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "slapd 2.5.13 may die of transactions"]
async fn a_stale_guard_stops_everything_and_a_fresh_one_changes_nothing_else() {
    let (_slapd, [directory]) = own().await;
    let dn = group_dn("guarded");
    for uid in ["guarded-1", "guarded-2"] {
        write(&directory, person(uid)).await.unwrap();
    }
    write(&directory, group("guarded", &[&person_dn("guarded-1")])).await.unwrap();
    let fresh = guard(&directory, &dn).await;
    write(&directory, adding(&dn, "owner", &[&person_dn("guarded-1")])).await.unwrap();
    let csn = read(&directory, &dn, "entryCSN").await;
    let change = adding(&dn, "member", &[&person_dn("guarded-2")]);
    let stale = Transaction { guard: Some(fresh), changes: vec![change.clone(), person("guarded-3")] };
    assert_eq!(code(transact(&directory, stale).await), 122);
    assert_eq!(read(&directory, &dn, "entryCSN").await, csn);
    assert_eq!(read(&directory, &person_dn("guarded-3"), "uid").await, None);
    assert_eq!(read(&directory, &person_dn("guarded-2"), "memberOf").await.unwrap(), [""; 0]);

    let fresh = guard(&directory, &dn).await;
    transact(&directory, Transaction { guard: Some(fresh), changes: vec![change] }).await.unwrap();
    assert_eq!(read(&directory, &dn, "member").await.unwrap().len(), 2);
    assert_eq!(read(&directory, &dn, "description").await.unwrap(), [""; 0]);
    assert_eq!(read(&directory, &person_dn("guarded-2"), "memberOf").await.unwrap(), [dn]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "slapd 2.5.13 may die of transactions"]
async fn of_two_writers_with_the_same_stamp_one_wins() {
    let (_slapd, directories) = own::<2>().await;
    let dn = person_dn("contended");
    write(&directories[0], person("contended")).await.unwrap();
    for round in 0..20 {
        let fresh = guard(&directories[0], &dn).await;
        let attempts = [0, 1].map(|index| {
            let (directory, guard) = (directories[index].clone(), fresh.clone());
            let change = replacing(&dn, "title", &[&format!("{round}-{index}")]);
            tokio::spawn(async move {
                transact(&directory, Transaction { guard: Some(guard), changes: vec![change] }).await
            })
        });
        let mut winners = Vec::new();
        for (index, attempt) in attempts.into_iter().enumerate() {
            match attempt.await.unwrap() {
                Ok(_) => winners.push(index),
                Err(error) => assert!(matches!(error, Error::Refused(result) if result.code.0 == 122)),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(read(&directories[0], &dn, "title").await.unwrap(), [format!("{round}-{}", winners[0])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "slapd 2.5.13 may die of transactions"]
async fn more_transactions_than_connections_wait_for_each_other() {
    let (_slapd, [directory]) = own().await;
    let transactions: Vec<_> = (0..20)
        .map(|index| {
            let directory = directory.clone();
            let changes = vec![person(&format!("many-{index}")), person(&format!("many-{index}-2"))];
            tokio::spawn(async move { transact(&directory, together(changes)).await })
        })
        .collect();
    for transaction in transactions {
        transaction.await.unwrap().unwrap();
    }
    assert!(read(&directory, &person_dn("many-19-2"), "uid").await.is_some());
}

/// Says whether the slapd at hand can be used with transactions.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "slapd 2.5.13 may die of it, and it takes a minute"]
async fn a_server_survives_thousands_of_transactions_beside_searches() {
    let (_slapd, directories) = own::<4>().await;
    let tasks = directories.into_iter().enumerate().map(|(index, directory)| {
        tokio::spawn(async move {
            let uid = format!("survivor-{index}");
            write(&directory, person(&uid)).await.unwrap();
            for round in 0..1_000 {
                let guard = guard(&directory, &person_dn(&uid)).await;
                let changes = vec![replacing(&person_dn(&uid), "title", &[&round.to_string()])];
                transact(&directory, Transaction { guard: Some(guard), changes }).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_not_used_unless_allowed() {
    let directory = writer().await;
    assert!(directory.capabilities().unwrap().transactions() && !directory.transactions());
    let error = transact(&directory, together(vec![person("not-together")])).await.unwrap_err();
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert_eq!(read(&directory, &person_dn("not-together"), "uid").await, None);
}
