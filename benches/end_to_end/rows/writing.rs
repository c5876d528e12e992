//! Writes, against ldap3 making the same changes: a member of a large group, new people, many members at once.
//!
//! They have a directory of their own, which ends with them.

use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use scimfront::sandbox::{Slapd, SlapdOptions, Tree, TreeOptions};
use serde_json::{Value, json};

use super::{encoded, millis};
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH};
use crate::http::Client;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::median;
use crate::tap::{Seen, Tap};
use crate::yardstick::{NewEntry, Yardstick};

/// How many people are created, over how many connections.
const CREATIONS: usize = 1_000;
const WRITERS: usize = 8;
/// How many members are added in one request, at most.
const MANY: usize = 10_000;
/// How often one member comes and goes.
const SINGLE: usize = 40;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let tree = TreeOptions::sized(stage.options.users, 1);
    eprintln!("a directory of {} people to write to …", tree.users);
    let slapd = Slapd::start(&SlapdOptions::with_tree(tree.clone()))?;
    let yardstick = Yardstick::connect(&slapd, &slapd.url(), WRITERS)?;
    one_member(stage, &slapd, &tree, &yardstick, report)?;
    creations(stage, &slapd, &tree, &yardstick, report)?;
    many_members(stage, &slapd, &tree, &yardstick, report)
}

fn person(tree: &TreeOptions, uid: &str) -> NewEntry {
    let attributes = [
        ("objectClass", "inetOrgPerson"),
        ("uid", uid),
        ("cn", "Given Family"),
        ("sn", "Family"),
        ("givenName", "Given"),
        ("title", "Guide"),
        ("mail", "someone@example.com"),
    ];
    let attributes = attributes.map(|(name, value)| (name, vec![value.to_owned()]));
    (format!("uid={uid},{}", tree.people()), attributes.to_vec())
}

fn members(operation: &str, ids: &[String]) -> String {
    let value: Value = ids.iter().map(|id| json!({ "value": id })).collect();
    let operations = json!([{ "op": operation, "path": "members", "value": value }]);
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }).to_string()
}

/// The id of the only resource that has this value.
fn id(client: &mut Client, endpoint: &str, name: &str, value: &str) -> Result<String> {
    let filter = encoded(&format!("{name} eq {}", Value::from(value)));
    let list: Value =
        serde_json::from_slice(&client.body(&format!("{PATH}{endpoint}?attributes=id&filter={filter}"))?)?;
    Ok(list["Resources"][0]["id"].as_str().ok_or("it isn't there")?.to_owned())
}

/// One member more, in groups of several sizes: what it costs beyond what slapd takes for it.
fn one_member(
    stage: &Stage<'_>,
    slapd: &Slapd,
    tree: &TreeOptions,
    yardstick: &Yardstick,
    report: &mut Report,
) -> Result<()> {
    let [ours, theirs] = ["bench-ours", "bench-theirs"].map(|uid| person(tree, uid));
    yardstick.add(&[ours, theirs.clone()])?;
    let everyone = Tree::new(tree).groups().first().map(|group| (group.dn.clone(), group.name.clone()));
    let (dn, name) = everyone.ok_or("the tree has no group")?;
    let mut groups = Vec::new();
    let members = members_of(slapd, &dn)?;
    for size in [5, 500, 5_000].into_iter().filter(|size| *size < members.len()) {
        let (dn, name) = (format!("cn=size-{size},{}", tree.group_base()), format!("size-{size}"));
        let attributes = [
            ("objectClass", vec!["groupOfNames".to_owned()]),
            ("cn", vec![name.clone()]),
            ("member", members[..size].to_vec()),
        ];
        yardstick.add(&[(dn.clone(), attributes.to_vec())])?;
        groups.push((size, dn, name));
    }
    let largest = tree.users / 2;
    groups.push((largest, dn, name));
    let bridge = Bridge::start(slapd, &slapd.url(), stage.options, Memory::Shipped)?;
    let mut client = bridge.client()?;
    let member = [id(&mut client, "/Users", "userName", "bench-ours")?];
    let mut beyond = Vec::new();
    for (size, dn, name) in &groups {
        let path = format!("{PATH}/Groups/{}", id(&mut client, "/Groups", "displayName", name)?);
        let [adding, removing] = sent(stage, slapd, &path, &member)?;
        let (mut here, mut there, mut same) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..if stage.options.quick { 5 } else { SINGLE } {
            let started = Instant::now();
            client.write("PATCH", &path, &self::members("add", &member))?;
            here.push(started.elapsed().as_secs_f64());
            client.write("PATCH", &path, &self::members("remove", &member))?;
            there.push(yardstick.modify(dn, true, "member", std::slice::from_ref(&theirs.0))?);
            yardstick.modify(dn, false, "member", std::slice::from_ref(&theirs.0))?;
            let started = Instant::now();
            yardstick.send(&adding.asks)?;
            yardstick.make(&adding.changes)?;
            same.push(started.elapsed().as_secs_f64());
            yardstick.make(&removing.changes)?;
        }
        beyond.push((*size, median(&here) - median(&same)));
        report.point("adding a member: group of this size", *size, median(&here) * 1e3);
        report.add(Row {
            what: format!("adding a member to a group of {size}"),
            ours: millis(median(&here)),
            theirs: millis(median(&there)),
            value: median(&here) / median(&there),
            unit: " x",
            goal: if *size == largest { Goal::AtMost(1.5) } else { Goal::None },
            note: format!(
                "LDAP operations: {}; by ldap3, controls included, {}",
                counts(&adding),
                millis(median(&same))
            ),
            samples: json!({ "bridge_seconds": here, "ldap3_seconds": there, "ldap3_same_seconds": same }),
        });
    }
    let each: Vec<String> = beyond.iter().map(|(size, seconds)| format!("{size}: {}", millis(*seconds))).collect();
    let [least, most] = [beyond.first(), beyond.last()].map(|beyond| beyond.map_or(0.0, |(_, seconds)| *seconds));
    report.add(Row {
        what: "adding a member: the bridge's part, largest group less smallest".to_owned(),
        ours: millis(most),
        theirs: millis(least),
        value: (most - least) * 1e3,
        unit: " ms",
        goal: Goal::AtMost(1.0),
        note: format!("beyond the same operations by ldap3, controls included, at each size: {}", each.join(", ")),
        samples: json!({ "seconds_beyond_slapd": beyond }),
    });
    Ok(())
}

/// The DNs in a group.
fn members_of(slapd: &Slapd, dn: &str) -> Result<Vec<String>> {
    // Long lines are folded (RFC 2849).
    let text = slapd.ldapsearch(dn, "(objectClass=*)", &["member"])?.replace("\n ", "");
    Ok(text.lines().filter_map(|line| line.strip_prefix("member: ")).map(str::to_owned).collect())
}

/// How many operations of each kind went by.
fn counts(seen: &Seen) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &seen.operations {
        *counts.entry(name).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    counts.join(", ")
}

/// What adding a member to a group has the bridge send, and what removing it, as a tap sees it. The fewest of some tries: the
/// bridge has its own questions from time to time.
fn sent(stage: &Stage<'_>, slapd: &Slapd, path: &str, member: &[String]) -> Result<[Seen; 2]> {
    let tap = Tap::before(slapd.port())?;
    let bridge = Bridge::start(slapd, &tap.url(), stage.options, Memory::Shipped)?;
    let mut client = bridge.client()?;
    let mut fewest: Option<[Seen; 2]> = None;
    for _ in 0..5 {
        let both = ["add", "remove"].map(|operation| {
            tap.take();
            client.write("PATCH", path, &members(operation, member)).map(|_| tap.seen())
        });
        let [adding, removing] = both;
        let (adding, removing) = (adding?, removing?);
        if fewest.as_ref().is_none_or(|[fewest, _]| adding.operations.len() < fewest.operations.len()) {
            fewest = Some([adding, removing]);
        }
    }
    fewest.ok_or_else(|| "nothing was sent".into())
}

fn creations(
    stage: &Stage<'_>,
    slapd: &Slapd,
    tree: &TreeOptions,
    yardstick: &Yardstick,
    report: &mut Report,
) -> Result<()> {
    let bridge = Bridge::start(slapd, &slapd.url(), stage.options, Memory::Shipped)?;
    let count = if stage.options.quick { 80 } else { CREATIONS };
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for slice in 0..stage.options.slices.min(3) {
        let raw: Vec<NewEntry> = (0..count).map(|place| person(tree, &format!("raw-{slice}-{place}"))).collect();
        there.push(yardstick.add(&raw)?);
        let mut clients = Vec::new();
        for _ in 0..WRITERS {
            clients.push(bridge.client()?);
        }
        let started = Instant::now();
        thread::scope(|scope| {
            let writing = clients.into_iter().enumerate().map(|(writer, mut client)| {
                scope.spawn(move || {
                    (writer..count).step_by(WRITERS).try_for_each(|place| {
                        client
                            .write("POST", &format!("{PATH}/Users"), &body(&format!("scim-{slice}-{place}")))
                            .map(drop)
                    })
                })
            });
            let writing: Vec<_> = writing.collect();
            writing.into_iter().try_for_each(|one| one.join().map_err(|_| "a writer panicked")?)
        })?;
        #[allow(clippy::cast_precision_loss, reason = "thousands")]
        here.push(count as f64 / started.elapsed().as_secs_f64());
    }
    report.add(Row {
        what: format!("{count} creations, {WRITERS} at once"),
        ours: format!("{:.0}/s", median(&here)),
        theirs: format!("{:.0}/s", median(&there)),
        value: median(&here) / median(&there),
        unit: "",
        goal: Goal::AtLeast(0.5),
        note: "each looks for the name first and is read back".to_owned(),
        samples: json!({ "bridge": here, "ldap3": there }),
    });
    Ok(())
}

pub(super) fn body(uid: &str) -> String {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": uid, "title": "Guide",
        "name": { "formatted": "Given Family", "familyName": "Family", "givenName": "Given" },
        "emails": [{ "value": "someone@example.com", "type": "work" }],
    })
    .to_string()
}

fn many_members(
    stage: &Stage<'_>,
    slapd: &Slapd,
    tree: &TreeOptions,
    yardstick: &Yardstick,
    report: &mut Report,
) -> Result<()> {
    let (mut dns, mut ids) = (Vec::new(), Vec::new());
    for record in slapd.ldapsearch(&tree.people(), "(uid=*)", &["entryUUID"])?.split("\n\n") {
        let line = |name: &str| record.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        if let (Some(dn), Some(id), true) = (line("dn: "), line("entryUUID: "), ids.len() < MANY) {
            dns.push(dn);
            ids.push(id);
        }
    }
    let bridge = Bridge::start(slapd, &slapd.url(), stage.options, Memory::Shipped)?;
    let mut client = bridge.client()?;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for slice in 0..stage.options.slices.min(3) {
        let dn = format!("cn=raw-{slice},{}", tree.group_base());
        let group =
            [("objectClass", "groupOfNames"), ("cn", &format!("raw-{slice}")), ("member", "cn=scim-placeholder")];
        yardstick.add(&[(dn.clone(), group.map(|(name, value)| (name, vec![value.to_owned()])).to_vec())])?;
        there.push(yardstick.modify(&dn, true, "member", &dns)?);
        let made = client.write(
            "POST",
            &format!("{PATH}/Groups"),
            &json!({ "displayName": format!("scim-{slice}") }).to_string(),
        )?;
        let made: Value = serde_json::from_slice(&made)?;
        let path = format!("{PATH}/Groups/{}", made["id"].as_str().ok_or("a group without id")?);
        let started = Instant::now();
        client.write("PATCH", &path, &members("add", &ids))?;
        here.push(started.elapsed().as_secs_f64());
    }
    report.add(Row {
        what: format!("{} members added in one PATCH", ids.len()),
        ours: format!("{:.2} s", median(&here)),
        theirs: format!("{:.2} s", median(&there)),
        value: median(&here) / median(&there),
        unit: "",
        goal: Goal::None,
        note: "one modification; the ids are looked up first".to_owned(),
        samples: json!({ "bridge_seconds": here, "ldap3_seconds": there }),
    });
    Ok(())
}
