//! What the directory performed, whose each of it is, and what the model makes of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::deed::{Deed, Wish};
use super::judge;
use super::trace::Trace;
use crate::exactness::catalogue::Type;
use crate::patching::{model, normal};
use crate::support::access_log::Record;
use crate::support::client::Client;

/// The log and the deeds, joined.
pub(crate) struct History<'a> {
    pub(crate) types: &'a [Type],
    pub(crate) deeds: Vec<Deed>,
    /// Each deed's record, by place.
    pub(crate) records: Vec<Option<Record>>,
    /// How each resource went, by its id.
    pub(crate) traces: BTreeMap<String, Trace>,
    /// Which type each is, and when it was deleted.
    kinds: BTreeMap<String, usize>,
    /// What was read of the log, for a person, by the id.
    diary: BTreeMap<String, Vec<(i64, String)>>,
    pub(crate) deleted: BTreeMap<String, i64>,
    /// What in the log is nobody's, or did what its deed didn't say.
    unexplained: Vec<String>,
}

impl<'a> History<'a> {
    pub(crate) fn new(types: &'a [Type], log: Vec<Record>, deeds: Vec<Deed>) -> Self {
        let records = vec![None; deeds.len()];
        let mut history = Self {
            types,
            deeds,
            records,
            traces: BTreeMap::new(),
            kinds: BTreeMap::new(),
            diary: BTreeMap::new(),
            deleted: BTreeMap::new(),
            unexplained: Vec::new(),
        };
        let mut names = BTreeMap::new();
        // Deleted is what was deleted at any time: whether a member that goes is still shown is a matter of moments.
        for record in log.iter().filter(|record| record.kind == "delete") {
            history.deleted.insert(record.uuid.clone(), record.time());
        }
        for record in &log {
            names.insert(record.dn.to_lowercase(), record.uuid.clone());
            history.perform(record, &names);
        }
        history
    }

    /// How many deeds ended how.
    pub(crate) fn summary(&self) -> String {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for deed in &self.deeds {
            *counts.entry(deed.reply.status).or_default() += 1;
        }
        let conditional = self.deeds.iter().filter(|deed| deed.condition.is_some()).count();
        let written = self.records.iter().flatten().count();
        format!("{} deeds, {conditional} conditional, {written} in the log, answers {counts:?}", self.deeds.len())
    }

    /// Everything that isn't as it should be.
    pub(crate) fn replay(&self) -> Vec<String> {
        let mut wrong = self.unexplained.clone();
        for (place, deed) in self.deeds.iter().enumerate() {
            if let Err(difference) = judge::judge(self, place) {
                let diary = deed.id.as_ref().map(|id| self.diary(id, deed.between.1)).unwrap_or_default();
                wrong.push(format!("{difference}: {}\n    {diary}", deed.story()));
            }
        }
        wrong
    }

    /// How what the server shows differs from the model's last states.
    pub(crate) fn differences(&self, client: &Client) -> Vec<String> {
        let mut wrong = Vec::new();
        for (place, kind) in self.types.iter().enumerate() {
            let list = client.get(&format!("{}?count=1000", kind.endpoint)).json();
            let shown: BTreeMap<String, Value> = list["Resources"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|resource| {
                    let id = resource["id"].as_str().unwrap().to_owned();
                    (id, self.visible(&normal::normal(kind, resource).unwrap_or_default()))
                })
                .collect();
            let known: BTreeMap<String, Value> = self
                .kinds
                .iter()
                .filter(|(_, kind)| **kind == place)
                .filter_map(|(id, _)| Some((id.clone(), self.visible(self.traces[id].last()?))))
                .collect();
            for id in shown.keys().chain(known.keys()).collect::<BTreeSet<_>>() {
                if shown.get(id) != known.get(id) {
                    let (is, should) = (shown.get(id), known.get(id));
                    let diary = self.diary(id, i64::MAX);
                    wrong.push(format!("{id} is {is:?}\n  and should be {should:?}\n    {diary}"));
                }
            }
        }
        wrong
    }

    /// The last of what was written to the resource until then.
    fn diary(&self, id: &str, until: i64) -> String {
        let lines = self.diary.get(id).map_or(&[][..], Vec::as_slice);
        let end = lines.partition_point(|(at, _)| *at <= until);
        let lines: Vec<&str> = lines[end.saturating_sub(12)..end].iter().map(|(_, line)| line.as_str()).collect();
        lines.join("\n    ")
    }

    /// A state without members that were deleted.
    pub(crate) fn visible(&self, state: &Value) -> Value {
        let mut state = state.clone();
        if let Some(members) = state.get_mut("members").and_then(Value::as_array_mut) {
            members.retain(|member| !self.deleted.contains_key(member["value"].as_str().unwrap()));
            if members.is_empty() {
                state.as_object_mut().unwrap().remove("members");
            }
        }
        state
    }

    /// The state after the deed, if its resource is in this state before.
    pub(crate) fn after(&self, deed: &Deed, before: &Value) -> Result<Value, String> {
        let kind = &self.types[deed.kind];
        let after = match &deed.wish {
            Wish::Create(body) | Wish::Replace(body) => body.clone(),
            Wish::Patch(operations) => {
                // A reference may be served under its id alone: that is all the model has of it.
                model::apply(kind, before, operations).map_err(|refusals| format!("the model refuses: {refusals:?}"))?
            }
            Wish::Delete => return Err("nothing is after it".to_owned()),
        };
        normal::normal(kind, &after).map_err(|refusal| format!("the model refuses: {refusal:?}"))
    }

    fn perform(&mut self, record: &Record, names: &BTreeMap<String, String>) {
        if record.user_changes().all(|(name, ..)| name == "memberOf") && record.kind == "modify" {
            return;
        }
        let owner = self.owner(record, names);
        let changes: Vec<_> = record.user_changes().collect();
        let line = format!(
            "{} {} {changes:?} by {:?}",
            record.time(),
            record.kind,
            owner.map(|place| self.deeds[place].story())
        );
        self.diary.entry(record.uuid.clone()).or_default().push((record.time(), line));
        let place = match owner {
            Some(place) => place,
            None if self.cleans(record, names) => return self.clean(record, names),
            None => return self.unexplained.push(self.nobodys(record)),
        };
        if let Some(other) = &self.records[place] {
            let both = format!("{other:?}\n  {record:?}");
            self.unexplained.push(format!("two writes of one deed: {}\n  {both}", self.deeds[place].story()));
        }
        let deed = &self.deeds[place];
        let before = self.traces.get(&record.uuid).and_then(Trace::last).cloned();
        let after = match &deed.wish {
            Wish::Delete => Ok(None),
            _ => self.after(deed, before.as_ref().unwrap_or(&json!({}))).map(Some),
        };
        match after {
            Ok(after) => {
                self.kinds.insert(record.uuid.clone(), deed.kind);
                self.traces.entry(record.uuid.clone()).or_default().becomes(record.time(), after);
            }
            Err(story) => self.unexplained.push(format!("{story}: {} but {record:?}", deed.story())),
        }
        self.records[place] = Some(record.clone());
    }

    /// Whether the record takes those alone out of a group who are being deleted.
    fn cleans(&self, record: &Record, names: &BTreeMap<String, String>) -> bool {
        let at = record.time();
        let leaves = |id: &String| {
            let deletes = |deed: &&Deed| matches!(deed.wish, Wish::Delete) && deed.id.as_ref() == Some(id);
            self.deeds.iter().filter(deletes).any(|deed| deed.between.0 <= at && at <= deed.between.1)
        };
        let (added, removed) = delta(record, names);
        added.is_empty() && !removed.is_empty() && removed.iter().all(leaves)
    }

    fn clean(&mut self, record: &Record, names: &BTreeMap<String, String>) {
        let Some(mut state) = self.traces.get(&record.uuid).and_then(Trace::last).cloned() else { return };
        let gone = delta(record, names).1;
        if let Some(members) = state.get_mut("members").and_then(Value::as_array_mut) {
            members.retain(|member| !gone.contains(member["value"].as_str().unwrap()));
            if members.is_empty() {
                state.as_object_mut().unwrap().remove("members");
            }
        }
        self.traces.entry(record.uuid.clone()).or_default().becomes(record.time(), Some(state));
    }

    /// A record that no deed explains, with those that might have.
    fn nobodys(&self, record: &Record) -> String {
        let at = record.time();
        let near =
            self.deeds.iter().zip(&self.records).filter(|(deed, _)| {
                deed.id.as_ref() == Some(&record.uuid) && deed.between.0 <= at && at <= deed.between.1
            });
        let near: Vec<String> =
            near.map(|(deed, taken)| format!("{} (has a record: {})", deed.story(), taken.is_some())).collect();
        let before = self.diary(&record.uuid, at);
        format!("nobody's: {record:?}\n  near {}\n    {before}", near.join("\n  near "))
    }

    /// Whose deed the record is.
    fn owner(&self, record: &Record, names: &BTreeMap<String, String>) -> Option<usize> {
        let new = || {
            let values = record.changes.iter().filter(|(_, kind, _)| *kind != '-').map(|(_, _, value)| value.as_str());
            values.chain(record.new_rdn.as_deref())
        };
        let at = record.time();
        let during = |deed: &Deed| deed.between.0 <= at && at <= deed.between.1;
        let marked = self.deeds.iter().position(|deed| {
            let marks = |mark: &String| new().any(|value| value.contains(mark));
            let same = deed.id.as_ref().is_none_or(|id| *id == record.uuid);
            record.kind != "delete" && same && during(deed) && deed.mark.as_ref().is_some_and(marks)
        });
        if marked.is_some() {
            return marked;
        }
        let fits = |(place, deed): &(usize, &Deed)| {
            self.records[*place].is_none()
                && deed.mark.is_none()
                && deed.id.as_ref() == Some(&record.uuid)
                && during(deed)
                && (record.kind == "delete") == matches!(deed.wish, Wish::Delete)
                && deed.done()
                && (record.kind == "delete" || self.explains(deed, record, names))
                && self.is_fresh(deed, record)
        };
        let candidates = self.deeds.iter().enumerate().filter(fits);
        candidates.min_by_key(|(_, deed)| deed.between.1).map(|(place, _)| place)
    }

    /// Whether what the deed was made conditional on was so when the record was written.
    fn is_fresh(&self, deed: &Deed, record: &Record) -> bool {
        let (Some(seen), Some(trace)) = (&deed.condition, self.traces.get(&record.uuid)) else { return true };
        judge::kept(self, deed, seen, trace, record.time()).is_ok()
    }

    /// Whether the deed would change the members just so.
    fn explains(&self, deed: &Deed, record: &Record, names: &BTreeMap<String, String>) -> bool {
        let Some(before) = self.traces.get(&record.uuid).and_then(Trace::last) else { return false };
        let Ok(after) = self.after(deed, before) else { return false };
        let (added, removed) = delta(record, names);
        let mut expected = members(before);
        expected.retain(|id| !removed.contains(id));
        expected.extend(added.iter().cloned());
        // Who was deleted by then is shown no more, and may be in the way or not.
        let gone = |id: &String| self.deleted.get(id).is_some_and(|at| *at <= record.time());
        let live = |ids: BTreeSet<String>| -> BTreeSet<String> { ids.into_iter().filter(|id| !gone(id)).collect() };
        let wish = format!("{:?}", deed.wish);
        let named = added.iter().all(|id| wish.contains(id.as_str()));
        named && live(members(&after)) == live(expected)
    }
}

/// The ids of a group's members.
pub(crate) fn members(group: &Value) -> BTreeSet<String> {
    let members = group["members"].as_array().into_iter().flatten();
    members.filter_map(|member| member["value"].as_str().map(str::to_owned)).collect()
}

/// The ids that a record adds to the members and takes away.
fn delta(record: &Record, names: &BTreeMap<String, String>) -> (BTreeSet<String>, BTreeSet<String>) {
    let of = |wanted: char| {
        let changes = record.changes.iter().filter(move |(name, kind, _)| name == "member" && *kind == wanted);
        changes.filter_map(|(_, _, dn)| names.get(&dn.to_lowercase()).cloned()).collect()
    };
    (of('+'), of('-'))
}
