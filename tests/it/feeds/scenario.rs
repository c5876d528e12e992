//! Every kind of change, one after the other, and what is told of it.

use scimfront::directory::{ChangeKind, ChangedEntry};

use super::kit::{Hand, Listener, Place, names};

/// What makes an entry of its kind in a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes {
    pub(super) unit: &'static [(&'static str, &'static str)],
    pub(super) person: &'static [(&'static str, &'static str)],
    pub(super) group: &'static [(&'static str, &'static str)],
}

/// Those of OpenLDAP and 389 Directory Server.
pub(super) const STANDARD: Classes = Classes {
    unit: &[("objectClass", "organizationalUnit")],
    person: &[("objectClass", "inetOrgPerson"), ("sn", "Example")],
    group: &[("objectClass", "groupOfNames"), ("member", "cn=nobody")],
};

/// Those of Active Directory.
pub(super) const ACTIVE_DIRECTORY: Classes = Classes {
    unit: &[("objectClass", "organizationalUnit")],
    person: &[("objectClass", "user")],
    group: &[("objectClass", "group")],
};

/// Listens to a feed while a hand writes.
struct Scene<'a> {
    listener: &'a Listener,
    hand: Hand,
    from: usize,
}

impl Scene<'_> {
    async fn told(&mut self, what: &str, dn: &str) {
        let there = |change: &ChangedEntry| names(change, dn) && change.kind == ChangeKind::Present;
        self.listener.until_told(self.from, what, there).await;
        self.from = self.listener.count();
    }
}

/// Plays it: `writer` writes, `listener` hears.
pub(super) async fn play(listener: &Listener, writer: &Place, classes: Classes, tells_deletions: bool) {
    let base = &writer.base;
    let mut scene = Scene { listener, hand: writer.hand().await, from: listener.count() };
    let [a, b, c] = ["a", "b", "c"].map(|name| format!("ou=scene-{name},{base}"));
    for unit in [&a, &b] {
        scene.hand.add(unit, classes.unit).await;
        scene.told("an addition", unit).await;
    }
    let person = format!("cn=scene person,{a}");
    scene.hand.add(&person, classes.person).await;
    scene.told("an addition", &person).await;
    let id = listener.id_of(&person).unwrap();
    scene.hand.replace(&person, "description", "changed").await;
    scene.told("a change", &person).await;
    let renamed = format!("cn=scene renamed,{a}");
    scene.hand.rename(&person, "cn=scene renamed", None).await;
    scene.told("a renaming", &renamed).await;
    let moved = format!("cn=scene renamed,{b}");
    scene.hand.rename(&renamed, "cn=scene renamed", Some(&b)).await;
    scene.told("a move", &moved).await;
    scene.hand.rename(&b, "ou=scene-c", None).await;
    scene.told("a subtree's renaming", &c).await;
    let person = format!("cn=scene renamed,{c}");
    let group = format!("cn=scene group,{a}");
    scene.hand.add(&group, classes.group).await;
    scene.told("a group's addition", &group).await;
    scene.hand.add_value(&group, "member", &person).await;
    scene.told("a new member", &group).await;
    scene.hand.remove_value(&group, "member", &person).await;
    scene.told("a member's removal", &group).await;
    let from = scene.from;
    scene.hand.delete(&person).await;
    if tells_deletions {
        let same = |change: &ChangedEntry| change.id.as_ref() == Some(&id) || names(change, &person);
        let gone = |change: &ChangedEntry| change.kind == ChangeKind::Gone && same(change);
        listener.until_told(from, "a deletion", gone).await;
    } else {
        listener.until_everything(from).await;
    }
}
