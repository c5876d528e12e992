//! What is written down as LDIF does what was done, and what takes it back does: both are read again and applied to a model of a
//! directory, by a reader that shares nothing with the writer.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{changes, undo};
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Stage, Undo};

type Values = BTreeSet<Vec<u8>>;
type Model = BTreeMap<String, BTreeMap<String, Values>>;

const ATTRIBUTES: [&str; 3] = ["mail", "description", "title;lang-de"];

fn value(number: u8) -> Vec<u8> {
    match number % 6 {
        0 => b"plain".to_vec(),
        1 => "é".into(),
        2 => b" blank in front".to_vec(),
        3 => vec![b'x'; 200],
        4 => vec![0, 255, b'\n'],
        _ => format!("- {number}").into_bytes(),
    }
}

fn dn(number: u8) -> String {
    ["uid=a,dc=example,dc=com", "uid=\\2C b,dc=example,dc=com", "uid=é,ou=x,dc=example,dc=com"][usize::from(number % 3)]
        .to_owned()
}

/// One thing that can be done to `model`, with what takes it back.
fn stage(model: &Model, (what, who, first, second): (u8, u8, u8, u8)) -> Stage {
    let dn = dn(who);
    let attribute = ATTRIBUTES[usize::from(first % 3)];
    let step = |kind, values: Vec<Vec<u8>>| Modification { kind, attribute: attribute.parse().unwrap(), values };
    let Some(entry) = model.get(&dn) else {
        return Stage::new(EntryChange::add(dn, vec![(attribute.parse().unwrap(), vec![value(second)])]));
    };
    let present: Vec<Vec<u8>> = entry.get(attribute).into_iter().flatten().cloned().collect();
    let put_back = EntryChange::modify(dn.clone(), vec![step(ModificationKind::Replace, present.clone())]);
    let put_back = Undo::Operations(vec![put_back.into()]);
    match what % 3 {
        0 => {
            let attributes =
                entry.iter().map(|(name, values)| (name.parse().unwrap(), values.iter().cloned().collect()));
            let again = EntryChange::add(dn.clone(), attributes.collect());
            Stage::new(EntryChange::delete(dn)).undo(Undo::Operations(vec![again.into()]))
        }
        1 => Stage::new(EntryChange::modify(dn, vec![step(ModificationKind::Replace, vec![value(second)])]))
            .undo(put_back),
        _ if present.contains(&value(second)) => {
            Stage::new(EntryChange::modify(dn, vec![step(ModificationKind::Delete, vec![value(second)])]))
        }
        _ => Stage::new(EntryChange::modify(dn, vec![step(ModificationKind::Add, vec![value(second)])])),
    }
}

/// The lines of each record, unfolded, without comments.
fn records(text: &str) -> Vec<Vec<(String, Vec<u8>)>> {
    let unfolded = text.replace("\n ", "");
    let blocks = unfolded.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(line).collect::<Vec<_>>()
    });
    blocks.filter(|block| !block.is_empty()).collect()
}

fn line(line: &str) -> (String, Vec<u8>) {
    if line == "-" {
        return ("-".to_owned(), Vec::new());
    }
    let (name, rest) = line.split_once(':').unwrap();
    let value = match rest.strip_prefix(": ") {
        Some(coded) => STANDARD.decode(coded).unwrap(),
        None => rest.strip_prefix(' ').unwrap_or(rest).as_bytes().to_vec(),
    };
    (name.to_owned(), value)
}

fn text_of(value: &[u8]) -> String {
    String::from_utf8(value.to_vec()).unwrap()
}

/// Applies the change records of `text` as a directory would, and fails where one would refuse.
fn apply(model: &mut Model, text: &str) {
    for record in records(text) {
        let [(_, dn), (_, changetype), rest @ ..] = &record[..] else { panic!("{record:?}") };
        let dn = text_of(dn);
        match &text_of(changetype)[..] {
            "add" => {
                let mut entry: BTreeMap<String, Values> = BTreeMap::new();
                for (name, value) in rest {
                    assert!(entry.entry(name.clone()).or_default().insert(value.clone()));
                }
                assert!(model.insert(dn, entry).is_none());
            }
            "delete" => assert!(model.remove(&dn).is_some()),
            "modify" => {
                let entry = model.get_mut(&dn).unwrap();
                rest.split(|(name, _)| name == "-")
                    .filter(|step| !step.is_empty())
                    .for_each(|step| modify(entry, step));
            }
            other => panic!("{other}"),
        }
    }
}

fn modify(entry: &mut BTreeMap<String, Values>, step: &[(String, Vec<u8>)]) {
    let (kind, name) = &step[0];
    let name = text_of(name);
    let values = step[1..].iter().map(|(_, value)| value.clone());
    let held = entry.entry(name.clone()).or_default();
    match &kind[..] {
        "add" => values.for_each(|value| assert!(held.insert(value))),
        "delete" => values.for_each(|value| assert!(held.remove(&value))),
        "replace" => *held = values.collect(),
        other => panic!("{other}"),
    }
    if held.is_empty() {
        entry.remove(&name);
    }
}

proptest! {
    #[test]
    fn what_takes_it_back_does(wishes in proptest::collection::vec(any::<(u8, u8, u8, u8)>(), 1..12)) {
        let mut model = Model::new();
        apply(&mut model, &changes(&[EntryChange::add(dn(0), vec![("mail".parse().unwrap(), vec![value(0)])]).into()]));
        let before = model.clone();
        let mut lines = Vec::new();
        for wish in wishes {
            let stage = stage(&model, wish);
            let performed = [stage.operation.clone()];
            apply(&mut model, &changes(&performed));
            lines.push(undo(&performed, &[stage]));
        }
        for line in lines.iter().rev() {
            apply(&mut model, line);
        }
        prop_assert_eq!(model, before);
    }
}
