//! Whole plans: what they get over, and what they take back.

use scimfront::ldap::plan::{Applied, Cause, Failure, Operation, Stage, Tolerance, WritePlan};

use super::*;

const PLACEHOLDER: &str = "cn=scim-placeholder";

fn members() -> Tolerance {
    Tolerance {
        attributes: [name("member")].into_iter().collect(),
        placeholder: Some((name("member"), PLACEHOLDER.as_bytes().to_vec())),
        guard: None,
        mark: None,
    }
}

async fn tolerantly(directory: &Directory, change: EntryChange) -> Result<Applied, Failure> {
    let plan = WritePlan::new([Stage::new(change).tolerating(members())]);
    directory.carry_out(plan, Some(set(&["entryCSN"])), within(10)).await
}

fn password(dn: &str, text: &str) -> Operation {
    Operation::PasswordModify { dn: dn.to_owned(), password: NewPassword::new(text.into()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_are_there_or_gone_are_tolerated_and_nothing_changes_without_need() {
    let directory = writer().await;
    let dn = group_dn("tolerant");
    let people: Vec<String> = (0..9).map(|index| person_dn(&format!("tolerant-{index}"))).collect();
    for dn in &people {
        write(&directory, person_at(dn)).await.unwrap();
    }
    write(&directory, group("tolerant", &[&people[0], &people[1]])).await.unwrap();
    let csn = read(&directory, &dn, "entryCSN").await;
    let present = people[0].to_uppercase();
    let applied = tolerantly(&directory, adding(&dn, "member", &[&present, &people[1]])).await.unwrap();
    assert_eq!(applied.operations, []);
    let applied = tolerantly(&directory, deleting(&dn, "member", &[&people[5]])).await.unwrap();
    assert_eq!(applied.operations, []);
    assert_eq!(read(&directory, &dn, "entryCSN").await, csn);

    // Few are compared, many are read.
    for (wanted, missing) in [(&people[..3], &people[2..3]), (&people[..], &people[3..])] {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        let applied = tolerantly(&directory, adding(&dn, "member", &wanted)).await.unwrap();
        assert_eq!(applied.operations, [Operation::from(adding(&dn, "member", &missing))]);
        let csn = applied.entry.unwrap();
        assert_eq!(read(&directory, &dn, "entryCSN").await.unwrap(), [text(&csn, 0)]);
    }
    assert_eq!(read(&directory, &dn, "member").await.unwrap(), people);
    assert_eq!(read(&directory, &people[8], "memberOf").await.unwrap(), [dn]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_member_gives_way_to_the_placeholder() {
    let directory = writer().await;
    let (dn, person_dn) = (group_dn("last"), person_dn("last"));
    write(&directory, person("last")).await.unwrap();
    write(&directory, group("last", &[&person_dn])).await.unwrap();
    let applied = tolerantly(&directory, deleting(&dn, "member", &[&person_dn])).await.unwrap();
    assert_eq!(applied.operations.len(), 1);
    assert_eq!(read(&directory, &dn, "member").await.unwrap(), [PLACEHOLDER]);
    assert_eq!(read(&directory, &person_dn, "memberOf").await.unwrap(), [""; 0]);
    write(&directory, adding(&dn, "member", &[&person_dn])).await.unwrap();
    tolerantly(&directory, replacing(&dn, "member", &[])).await.unwrap();
    assert_eq!(read(&directory, &dn, "member").await.unwrap(), [PLACEHOLDER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_add_and_remove_the_same_members_all_succeed() {
    let dn = group_dn("crowd");
    let directories = [writer().await, writer().await];
    let nobody = format!("cn=nobody,{}", suffix());
    write(&directories[0], group("crowd", &[&nobody])).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|writer| {
            let (directory, dn) = (directories[writer % 2].clone(), dn.clone());
            tokio::spawn(async move {
                for round in 0..25 {
                    // Some that all want, and one that nobody else does.
                    let shared = person_dn(&format!("crowd-{}", round % 3));
                    let own = person_dn(&format!("crowd-of-{writer}-{round}"));
                    let change = adding(&dn, "member", &[&shared, &own]);
                    tolerantly(&directory, change).await.unwrap();
                    tolerantly(&directory, deleting(&dn, "member", &[&shared])).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let members = read(&directories[0], &dn, "member").await.unwrap();
    let own = members.iter().filter(|member| member.contains("crowd-of-")).count();
    assert_eq!(own, 8 * 25, "an acknowledged member was lost");
    // The last of those who touched a shared member removed it.
    assert_eq!(members.len(), own + 1, "{members:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_leads_to_the_next_and_a_refused_password_takes_the_entry_back() {
    let directory = writer().await;
    write(&directory, person("taken")).await.unwrap();
    let create = |uid: &str, secret: &str| vec![Stage::new(person(uid)), Stage::new(password(&person_dn(uid), secret))];
    let plan = |secret| WritePlan::new(create("taken", secret)).or(create("taken 2", secret));
    let failure = directory.carry_out(plan("short"), None, within(10)).await.unwrap_err();
    assert!(matches!(&failure.cause, Cause::Refused(result) if result.code.0 == 19), "{failure:?}");
    assert_eq!(failure.left, []);
    assert_eq!(read(&directory, &person_dn("taken 2"), "uid").await, None);
    let applied = directory.carry_out(plan("long enough"), None, within(10)).await.unwrap();
    assert_eq!((applied.candidate, applied.operations.len()), (1, 2));
    assert!(read(&directory, &person_dn("taken 2"), "uid").await.is_some());
    let failure = directory.carry_out(plan("long enough"), None, within(10)).await.unwrap_err();
    assert!(matches!(&failure.cause, Cause::Refused(result) if result.code.0 == 68), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_on_and_takes_back_when_nobody_waits_for_it() {
    let directory = writer().await;
    for index in 0..20 {
        let uid = format!("unwatched-{index}");
        let (good, dn) = (index % 2 == 0, person_dn(&uid));
        let secret = if good { "long enough" } else { "short" };
        let plan = WritePlan::new([Stage::new(person(&uid)), Stage::new(password(&dn, secret))]);
        let wait = Duration::from_micros(200 * index);
        let _ = tokio::time::timeout(wait, directory.carry_out(plan, None, within(10))).await;
    }
    // Closing waits for what is under way.
    directory.close().await;
    let reader = writer().await;
    for index in 0..20 {
        let found = read(&reader, &person_dn(&format!("unwatched-{index}")), "userPassword").await;
        assert_eq!(found.map(|values| values.len()), (index % 2 == 0).then_some(1), "{index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_members_go_in_by_one_modify() {
    let directory = writer().await;
    let dn = group_dn("large");
    write(&directory, group("large", &[PLACEHOLDER])).await.unwrap();
    let people: Vec<String> = (0..10_000).map(|index| person_dn(&format!("large-{index:05}"))).collect();
    let wanted: Vec<&str> = people.iter().map(String::as_str).collect();
    write(&directory, adding(&dn, "member", &wanted[..10])).await.unwrap();
    let applied = tolerantly(&directory, adding(&dn, "member", &wanted)).await.unwrap();
    assert_eq!(applied.operations, [Operation::from(adding(&dn, "member", &wanted[10..]))]);
    assert_eq!(read(&directory, &dn, "member").await.unwrap().len(), 10_001);
}
