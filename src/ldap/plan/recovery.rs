//! What is sent instead when a server refuses a modification for what the entry holds already (decisions 13 and 15).
//!
//! A plan sends the plain delta first: it changes nothing when it fails, which a permissive one can't promise. Only when
//! the server objects are the values in question looked up, and just the difference is sent.

use std::collections::HashMap;

use super::operation::{EntryChange, Operation};
use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::{AttributeDescription, AttributeSet, Filter};

/// Which objections of a server a plan gets over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Attributes where adding what is there, and deleting what isn't, is as good as done (RFC 7644 section 3.5.2).
    pub attributes: AttributeSet,
    /// The value that stands in for the last one, and the attribute that can't be without: `member` of a groupOfNames.
    pub placeholder: Option<(AttributeDescription, Vec<u8>)>,
    /// What holds of the entry until somebody changes it. A difference that leaves out what was found to be there (or not) is made
    /// only while it is: otherwise what another client does in between would be neither before this operation nor after it.
    pub guard: Option<Filter>,
    /// An attribute that is written with everything else to show that there was a write: alone it needn't be.
    pub mark: Option<AttributeDescription>,
}

/// A question to the directory: which of these values are there?
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The values asked for, of one or more entries.
    pub candidates: Vec<Candidate>,
}

/// A value that an entry may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The entry's DN as it is now.
    pub dn: String,
    /// The attribute.
    pub attribute: AttributeDescription,
    /// The value; the same as another where the attribute's equality rule says so.
    pub value: Vec<u8>,
}

impl Tolerance {
    fn covers(&self, step: &Modification) -> bool {
        step.kind != ModificationKind::Replace && self.attributes.position(step.attribute.as_str()).is_some()
    }

    /// The values that `operation` adds or deletes and that may be there or not, one for each as it comes; nothing when
    /// there is none.
    pub(super) fn candidates(&self, operation: &Operation) -> Option<Lookup> {
        let change = operation.change()?;
        let covered = modifications(change).iter().filter(|step| self.covers(step));
        let candidates: Vec<_> = covered
            .flat_map(|step| {
                step.values.iter().map(|value| Candidate {
                    dn: change.dn.clone(),
                    attribute: step.attribute.clone(),
                    value: value.clone(),
                })
            })
            .collect();
        (!candidates.is_empty()).then_some(Lookup { candidates })
    }

    /// `operation` without the additions of what is there and the deletions of what isn't; `present` answers the lookup of
    /// [`Tolerance::candidates`]. Nothing when nothing is left to do.
    pub(super) fn delta(&self, operation: &Operation, lookup: &Lookup, present: &[bool]) -> Option<Operation> {
        let change = operation.change()?;
        let mut answers = lookup.candidates.iter().zip(present);
        let mut known: HashMap<(Option<usize>, &[u8]), bool> = HashMap::new();
        let mut kept = Vec::new();
        let mut left_out = false;
        for step in modifications(change) {
            if !self.covers(step) || step.values.is_empty() {
                kept.push(step.clone());
                continue;
            }
            let wanted = step.kind == ModificationKind::Add;
            let attribute = self.attributes.position(step.attribute.as_str());
            let mut values = Vec::new();
            for (candidate, present) in answers.by_ref().take(step.values.len()) {
                // What an earlier step of the same operation did counts too.
                let there = known.entry((attribute, &candidate.value)).or_insert(*present);
                if *there != wanted {
                    values.push(candidate.value.clone());
                } else {
                    left_out = true;
                }
                *there = wanted;
            }
            if !values.is_empty() {
                kept.push(Modification { values, ..step.clone() });
            }
        }
        // It says more than an assertion that is there already.
        let guard = self.guard.as_ref().filter(|_| left_out);
        let (dn, assertion) = (change.dn.clone(), guard.or(change.assertion.as_ref()).cloned());
        let goes = kept.iter().any(|step| self.mark.as_ref() != Some(&step.attribute));
        goes.then(|| EntryChange { dn, change: Change::Modify(kept), assertion }.into())
    }

    /// `operation` with the placeholder added by the modify that takes the last value away; nothing when that can't help.
    pub(super) fn with_placeholder(&self, operation: &Operation) -> Option<Operation> {
        let (attribute, placeholder) = self.placeholder.as_ref()?;
        let takes = |step: &Modification| step.attribute == *attribute && step.kind != ModificationKind::Add;
        let adds = |step: &Modification| step.attribute == *attribute && step.kind != ModificationKind::Delete;
        let mut change = operation.change()?.clone();
        let Change::Modify(steps) = &mut change.change else { return None };
        if !steps.iter().any(takes) || steps.iter().any(|step| adds(step) && step.values.contains(placeholder)) {
            return None;
        }
        let (kind, attribute) = (ModificationKind::Add, attribute.clone());
        steps.push(Modification { kind, attribute, values: vec![placeholder.clone()] });
        Some(change.into())
    }
}

fn modifications(change: &EntryChange) -> &[Modification] {
    match &change.change {
        Change::Modify(steps) => steps,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member() -> AttributeDescription {
        "member".parse().unwrap()
    }

    fn tolerance() -> Tolerance {
        let attributes = [member()].into_iter().collect();
        Tolerance { attributes, placeholder: Some((member(), b"cn=nobody".to_vec())), guard: None, mark: None }
    }

    fn step(kind: ModificationKind, texts: &[&str]) -> Modification {
        let values = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        Modification { kind, attribute: member(), values }
    }

    fn modify(steps: Vec<Modification>) -> Operation {
        EntryChange::modify("cn=g,dc=x", steps).into()
    }

    #[test]
    fn only_the_difference_is_sent() {
        let operation = modify(vec![
            step(ModificationKind::Delete, &["a", "b"]),
            step(ModificationKind::Add, &["c", "d"]),
            Modification { attribute: "cn".parse().unwrap(), ..step(ModificationKind::Replace, &["g"]) },
        ]);
        let lookup = tolerance().candidates(&operation).unwrap();
        let asked: Vec<_> = lookup.candidates.iter().map(|candidate| candidate.value.as_slice()).collect();
        assert_eq!(asked, [b"a", b"b", b"c", b"d"]);
        let expected = modify(vec![
            step(ModificationKind::Delete, &["a"]),
            step(ModificationKind::Add, &["d"]),
            Modification { attribute: "cn".parse().unwrap(), ..step(ModificationKind::Replace, &["g"]) },
        ]);
        assert_eq!(tolerance().delta(&operation, &lookup, &[true, false, true, false]), Some(expected));
    }

    #[test]
    fn a_part_is_sent_only_while_the_rest_is_so() {
        let guard = Filter::Equality("entryCSN".parse().unwrap(), b"1".to_vec());
        let guarded = Tolerance { guard: Some(guard.clone()), ..tolerance() };
        let same = Filter::Equality("entryUUID".parse().unwrap(), b"2".to_vec());
        let change = EntryChange::modify("cn=g,dc=x", vec![step(ModificationKind::Add, &["a", "b"])]);
        let operation = Operation::from(change.asserting(same));
        let lookup = guarded.candidates(&operation).unwrap();
        let part = EntryChange::modify("cn=g,dc=x", vec![step(ModificationKind::Add, &["b"])]).asserting(guard);
        assert_eq!(guarded.delta(&operation, &lookup, &[true, false]), Some(part.into()));
        assert_eq!(guarded.delta(&operation, &lookup, &[false, false]), Some(operation));
    }

    #[test]
    fn nothing_is_sent_when_all_is_as_wanted() {
        let operation = modify(vec![step(ModificationKind::Add, &["a"]), step(ModificationKind::Delete, &["b"])]);
        let lookup = tolerance().candidates(&operation).unwrap();
        assert_eq!(tolerance().delta(&operation, &lookup, &[true, false]), None);
        assert_eq!(tolerance().candidates(&modify(vec![step(ModificationKind::Replace, &["a"])])), None);
        assert_eq!(tolerance().candidates(&modify(vec![step(ModificationKind::Delete, &[])])), None);
    }

    #[test]
    fn the_placeholder_takes_the_last_place_once() {
        let operation = modify(vec![step(ModificationKind::Delete, &["a"])]);
        let swapped = modify(vec![step(ModificationKind::Delete, &["a"]), step(ModificationKind::Add, &["cn=nobody"])]);
        assert_eq!(tolerance().with_placeholder(&operation), Some(swapped.clone()));
        assert_eq!(tolerance().with_placeholder(&swapped), None);
        assert_eq!(tolerance().with_placeholder(&modify(vec![step(ModificationKind::Add, &["a"])])), None);
        let cleared = tolerance().with_placeholder(&modify(vec![step(ModificationKind::Replace, &[])])).unwrap();
        assert_eq!(modifications(cleared.change().unwrap()).len(), 2);
    }

    /// What plain steps make of some members; an error as a server gives it.
    fn perform(members: &[u8], steps: &[Modification]) -> Result<Vec<u8>, ()> {
        let mut members = members.to_vec();
        for step in steps {
            for value in &step.values {
                let place = members.iter().position(|member| [*member] == value[..]);
                match (step.kind, place) {
                    (ModificationKind::Add, None) => members.push(value[0]),
                    (ModificationKind::Delete, Some(place)) => _ = members.remove(place),
                    _ => return Err(()),
                }
            }
        }
        members.sort_unstable();
        Ok(members)
    }

    proptest! {
        #[test]
        fn the_difference_always_goes_and_has_the_effect_of_the_whole(
            before in prop::collection::btree_set(0u8..6, 0..6),
            steps in prop::collection::vec((any::<bool>(), prop::collection::btree_set(0u8..6, 1..4)), 1..5),
        ) {
            let before: Vec<u8> = before.into_iter().collect();
            let mut wanted = before.clone();
            let mut modifications_wanted = Vec::new();
            for (adds, values) in steps {
                wanted.retain(|member| !values.contains(member));
                if adds {
                    wanted.extend(&values);
                }
                let kind = if adds { ModificationKind::Add } else { ModificationKind::Delete };
                let values = values.into_iter().map(|value| vec![value]).collect();
                modifications_wanted.push(Modification { kind, attribute: member(), values });
            }
            wanted.sort_unstable();
            let operation = modify(modifications_wanted);
            let lookup = tolerance().candidates(&operation).unwrap();
            let present: Vec<bool> =
                lookup.candidates.iter().map(|candidate| before.contains(&candidate.value[0])).collect();
            let delta = tolerance().delta(&operation, &lookup, &present);
            let steps = delta.as_ref().and_then(Operation::change).map_or(&[][..], modifications);
            prop_assert_eq!(perform(&before, steps), Ok(wanted));
        }
    }
}
