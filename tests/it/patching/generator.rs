//! Random PATCH documents about resources as they are: what clients send, what they might, and what is wrong.

use serde_json::{Map, Value, json};

use super::document::{Operation, Target, Verb};
use super::words;
use crate::exactness::catalogue::{Attribute, Kind, Type};
use crate::exactness::filter::{Filter, Op, Operand, Path};
use crate::support::dice::Dice;

/// Attributes that no default answer shows, or that are never shown: nothing could be compared.
const UNSEEN: &[&str] = &["password", "photos", "x509Certificates"];

/// Makes documents for resources of one type.
#[derive(Debug)]
pub(crate) struct Generator<'a> {
    pub(crate) kind: &'a Type,
    /// The ids that may be referred to.
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
}

impl Generator<'_> {
    /// One to four operations, seldom a dozen. `serial` makes names that nothing else has.
    pub(crate) fn document(&self, resource: &Value, serial: usize, dice: &mut Dice) -> Vec<Operation> {
        let count = if dice.one_in(15) { 12 } else { 1 + dice.below(4) };
        (0..count).map(|_| self.operation(resource, serial, dice)).collect()
    }

    fn operation(&self, resource: &Value, serial: usize, dice: &mut Dice) -> Operation {
        if dice.one_in(25) {
            return self.wrong(dice);
        }
        if dice.one_in(6) {
            return self.without_path(resource, serial, dice);
        }
        let (path, attribute) = self.attribute(dice);
        if attribute.multi_valued {
            return self.list(&path, attribute, resource, dice);
        }
        let verb = dice.pick(&[Verb::Add, Verb::Replace, Verb::Replace, Verb::Remove]);
        if attribute.kind == Kind::Complex && attribute.name == "name" && !dice.one_in(4) {
            let sub = dice.pick(&attribute.subs);
            let path = Path { sub: Some(sub.name.clone()), ..path };
            let value = (verb != Verb::Remove).then(|| json!(words::text(dice)));
            return Operation { verb, target: Target::Attribute(path), value };
        }
        // What is required is seldom taken away: everything else of the document would go unseen.
        let verb = if attribute.required && !dice.one_in(8) { Verb::Replace } else { verb };
        let value = (verb != Verb::Remove).then(|| self.value(attribute, serial, dice));
        Operation { verb, target: Target::Attribute(path), value }
    }

    fn attribute(&self, dice: &mut Dice) -> (Path, &Attribute) {
        loop {
            let (urn, attribute) = &self.kind.attributes[dice.below(self.kind.attributes.len())];
            let hidden = UNSEEN.contains(&attribute.name.as_str()) || attribute.mutability != "readWrite";
            let rare = attribute.name == "userName" && !dice.one_in(4);
            if hidden || rare {
                continue;
            }
            let core = dice.one_in(8).then(|| self.kind.urn.clone()).filter(|_| urn.is_none());
            let path = Path {
                urn: urn.clone().or(core),
                attribute: attribute.name.clone(),
                sub: None,
                bare: dice.one_in(4) && urn.is_some(),
            };
            return (path, attribute);
        }
    }

    fn value(&self, attribute: &Attribute, serial: usize, dice: &mut Dice) -> Value {
        match attribute.name.as_str() {
            "userName" => return json!(words::login(serial, dice)),
            "displayName" if self.kind.name == "Group" => return json!(words::group(serial, dice)),
            "manager" => return self.manager(dice),
            _ => {}
        }
        match attribute.kind {
            Kind::Boolean => dice.pick(&[json!(true), json!(false), json!("True"), json!("false")]),
            Kind::Complex => {
                let mut members = Map::new();
                for sub in &attribute.subs {
                    if dice.one_in(2) {
                        members.insert(sub.name.clone(), json!(words::text(dice)));
                    }
                }
                Value::Object(members)
            }
            _ if dice.one_in(20) => dice.pick(&[json!(null), json!("")]),
            _ if dice.one_in(20) => json!([words::text(dice)]),
            _ if dice.one_in(30) => dice.pick(&[json!({"value": "x"}), json!(["a", "b"]), json!("a\u{0}b")]),
            _ => json!(words::text(dice)),
        }
    }

    fn manager(&self, dice: &mut Dice) -> Value {
        let id = if dice.one_in(20) { words::NOBODY.to_owned() } else { dice.pick(&self.users) };
        match dice.below(6) {
            0 => json!(id),
            1 => json!([{ "value": id, "$ref": format!("http://example.com/Users/{id}") }]),
            2 => json!({ "value": id, "displayName": "Anyone" }),
            3 => dice.pick(&[json!(""), json!({ "value": "" }), json!(null)]),
            _ => json!({ "value": id }),
        }
    }

    fn without_path(&self, resource: &Value, serial: usize, dice: &mut Dice) -> Operation {
        let verb = if dice.one_in(20) { Verb::Remove } else { dice.pick(&[Verb::Add, Verb::Replace]) };
        let mut attributes: Vec<(Path, Value)> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let (path, attribute) = self.attribute(dice);
            let path = Path { urn: path.urn.filter(|urn| *urn != self.kind.urn), bare: false, ..path };
            if attributes.iter().any(|(other, _)| other.attribute == path.attribute) {
                continue;
            }
            let value = if attribute.multi_valued {
                self.elements(attribute, resource, dice)
            } else {
                self.value(attribute, serial, dice)
            };
            attributes.push((path, value));
        }
        if dice.one_in(4) {
            let id = Path { attribute: "id".to_owned(), ..Path::default() };
            attributes.push((id, resource["id"].clone()));
        }
        Operation { verb, target: Target::Resource(attributes), value: None }
    }

    fn list(&self, path: &Path, attribute: &Attribute, resource: &Value, dice: &mut Dice) -> Operation {
        let verb = dice.pick(&[Verb::Add, Verb::Replace, Verb::Remove]);
        let path = path.clone();
        let existing = resource[&attribute.name].as_array().cloned().unwrap_or_default();
        if attribute.name == "members" {
            return self.members(path, &existing, dice);
        }
        if dice.one_in(2) {
            let value = match verb {
                Verb::Remove if dice.one_in(2) || attribute.sub("value").is_none() => None,
                Verb::Remove => {
                    Some(json!([dice.pick(&[existing, vec![json!({ "value": "none@example.com" })]].concat())]))
                }
                _ => Some(self.elements(attribute, resource, dice)),
            };
            return Operation { verb, target: Target::Attribute(path), value };
        }
        if dice.one_in(8) {
            let sub = dice.pick(&attribute.subs);
            let path = Path { sub: Some(sub.name.clone()), ..path };
            let value = (verb != Verb::Remove).then(|| part(attribute, &sub, dice));
            return Operation { verb, target: Target::Attribute(path), value };
        }
        let filter = filter(attribute, &existing, dice);
        let sub = (!dice.one_in(3)).then(|| dice.pick(&attribute.subs));
        let value = match (&sub, verb) {
            (_, Verb::Remove) => None,
            (Some(sub), _) => Some(part(attribute, sub, dice)),
            (None, _) => Some(element(attribute, &existing, dice)),
        };
        Operation { verb, target: Target::Elements(path, filter, sub.map(|sub| sub.name)), value }
    }

    /// The value of a list: an array, or one element alone.
    fn elements(&self, attribute: &Attribute, resource: &Value, dice: &mut Dice) -> Value {
        let existing = resource[&attribute.name].as_array().cloned().unwrap_or_default();
        if attribute.name == "members" {
            return json!([{ "value": self.member(&existing, dice) }]);
        }
        match dice.below(8) {
            0 => json!([]),
            1 => element(attribute, &existing, dice),
            2 if attribute.sub("value").is_some() => json!(words::of_list(&attribute.name, dice)),
            _ => (0..1 + dice.below(3)).map(|_| element(attribute, &existing, dice)).collect(),
        }
    }

    fn member(&self, existing: &[Value], dice: &mut Dice) -> String {
        match dice.below(12) {
            0 => words::NOBODY.to_owned(),
            1 | 2 if !existing.is_empty() => dice.pick(existing)["value"].as_str().unwrap().to_owned(),
            3 if !self.groups.is_empty() => dice.pick(&self.groups),
            _ => dice.pick(&self.users),
        }
    }

    fn members(&self, path: Path, existing: &[Value], dice: &mut Dice) -> Operation {
        let mut some = || -> Value {
            let count = 1 + dice.below(3);
            let one = |dice: &mut Dice| {
                let id = self.member(existing, dice);
                if dice.one_in(3) { json!({ "value": id, "$ref": null }) } else { json!({ "value": id }) }
            };
            (0..count).map(|_| one(dice)).collect()
        };
        let given = some();
        let (verb, target, value) = match dice.below(12) {
            0..=3 => (Verb::Add, Target::Attribute(path), Some(given)),
            4 | 5 => (Verb::Remove, Target::Attribute(path), Some(given)),
            6..=8 => {
                let id = self.member(existing, dice);
                let test = Path { sub: Some("value".to_owned()), ..Path::default() };
                let filter = Filter::Test(test, Op::Eq(Operand::Text(id)));
                (Verb::Remove, Target::Elements(path, filter, None), None)
            }
            9 => (Verb::Remove, Target::Attribute(path), None),
            10 => (Verb::Replace, Target::Attribute(path), Some(json!([]))),
            _ => (Verb::Replace, Target::Attribute(path), Some(given)),
        };
        Operation { verb, target, value }
    }

    /// What must be refused whatever the resource is.
    fn wrong(&self, dice: &mut Dice) -> Operation {
        let verb = dice.pick(&[Verb::Add, Verb::Replace]);
        let (text, scim_type) = dice.pick(words::WRONG_PATHS);
        Operation { verb, target: Target::Wrong(text.to_owned(), scim_type), value: Some(json!("x")) }
    }
}

/// An element that is there, nearly there, or new.
fn element(attribute: &Attribute, existing: &[Value], dice: &mut Dice) -> Value {
    if !existing.is_empty() && dice.one_in(4) {
        let mut known = dice.pick(existing);
        if dice.one_in(2) {
            known.as_object_mut().unwrap().remove("type");
        }
        return known;
    }
    let mut members = Map::new();
    for sub in &attribute.subs {
        if sub.name == "value" || !dice.one_in(3) {
            members.insert(sub.name.clone(), part(attribute, sub, dice));
        }
    }
    if attribute.name == "addresses" && members.get("type") == Some(&json!("home")) {
        members.retain(|name, _| name == "type" || name == "formatted");
        members.insert("formatted".to_owned(), json!(words::lines(dice)));
    }
    if dice.one_in(6) {
        members.insert("display".to_owned(), json!("Shown"));
    }
    Value::Object(members)
}

/// A value for a sub-attribute of an element.
fn part(attribute: &Attribute, sub: &Attribute, dice: &mut Dice) -> Value {
    match sub.name.as_str() {
        "value" => json!(words::of_list(&attribute.name, dice)),
        "type" if dice.one_in(25) => json!("holiday"),
        "type" if dice.one_in(8) => json!(dice.pick(&sub.canonical).to_uppercase()),
        "type" => json!(dice.pick(&sub.canonical)),
        "primary" => dice.pick(&[json!(true), json!(true), json!(false), json!("True")]),
        "formatted" => json!(words::lines(dice)),
        _ => json!(words::text(dice)),
    }
}

/// A filter on the elements of a list.
fn filter(attribute: &Attribute, existing: &[Value], dice: &mut Dice) -> Filter {
    let two = two_tests(attribute, existing, dice);
    match (dice.below(8), two.len()) {
        (0, 2) => Filter::And(two),
        (1, 2) => Filter::Or(two),
        (2, _) => Filter::Not(Box::new(test(attribute, existing, dice))),
        _ => test(attribute, existing, dice),
    }
}

/// Two tests of different sub-attributes, so that they don't contradict each other.
fn two_tests(attribute: &Attribute, existing: &[Value], dice: &mut Dice) -> Vec<Filter> {
    let first = test(attribute, existing, dice);
    let name = |filter: &Filter| match filter {
        Filter::Test(path, _) => path.sub.clone(),
        _ => None,
    };
    for _ in 0..5 {
        let second = test(attribute, existing, dice);
        if name(&first) != name(&second) {
            return vec![first, second];
        }
    }
    vec![first]
}

fn test(attribute: &Attribute, existing: &[Value], dice: &mut Dice) -> Filter {
    let labels: Vec<&Attribute> = attribute.subs.iter().filter(|sub| sub.name != "value").collect();
    let sub = if labels.is_empty() || dice.one_in(3) { &attribute.subs[0] } else { dice.pick(&labels) };
    let known = existing.iter().filter_map(|element| element[&sub.name].as_str()).collect::<Vec<_>>();
    let text = match sub.name.as_str() {
        "type" => dice.pick(&sub.canonical),
        _ if !known.is_empty() && !dice.one_in(4) => dice.pick(&known).to_owned(),
        _ => words::of_list(&attribute.name, dice),
    };
    let part: String = text.chars().take(3).collect();
    let op = match (sub.kind, dice.below(10)) {
        (Kind::Boolean, 0) => Op::Pr,
        (Kind::Boolean, _) => Op::Eq(Operand::Bool(true)),
        (_, 0) => Op::Pr,
        (_, 1) => Op::Ne(Operand::Text(text)),
        (_, 2) => Op::Sw(Operand::Text(part)),
        (_, 3) => Op::Co(Operand::Text(part)),
        _ => Op::Eq(Operand::Text(text)),
    };
    Filter::Test(Path { sub: Some(sub.name.clone()), ..Path::default() }, op)
}
