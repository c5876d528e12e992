//! Random filters about values that are there, nearly there, or hostile.

use std::collections::BTreeMap;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::catalogue::{Attribute, Kind, Type};
use super::filter::{Filter, Op, Operand, Path};
use crate::support::dice::Dice;

/// Values that have broken filters, LDAP servers or parsers before.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "   ",
    "*",
    "**",
    ")(",
    "*)(objectClass=*",
    "\\",
    "\\2a",
    "\\00",
    "\0",
    "a\0b",
    "\"",
    "'",
    "\" or userName pr or \"",
    "#",
    "=",
    ",",
    "dc=com",
    "cn=scim-placeholder",
    "%00",
    "%",
    "$",
    "\n",
    "\t",
    "\u{7f}",
    "\u{80}",
    "\u{ad}",
    "\u{200b}",
    "\u{a0}",
    "\u{3000}",
    "\u{301}",
    "e\u{301}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "😀",
    "👩‍👩‍👧",
    "𝄞",
    "İ",
    "ı",
    "i\u{307}",
    "ß",
    "ẞ",
    "ss",
    "ſ",
    "K",
    "ǅ",
    "ﬁ",
    "ŉ",
    "ა",
    "Ა",
    "ᾳ",
    "ΐ",
    "Σ",
    "ς",
    "ﷺ",
    "a\u{308}\u{323}",
    "null",
    "true",
    "0",
    "-1",
    "urn:",
    "00000000-0000-0000-0000-000000000000",
    "not-an-id",
    "\u{d7ff}\u{e000}\u{10ffff}",
];

/// Where a path's values come from, and what kind they are.
#[derive(Debug)]
struct Choice {
    path: Path,
    attribute: Attribute,
    /// Values found in resources.
    values: Vec<Value>,
}

/// A source of filters about one resource type.
#[derive(Debug)]
pub(crate) struct Generator {
    /// What can be tested outside brackets.
    tests: Vec<Choice>,
    /// What can be tested within the brackets of an attribute.
    elements: Vec<(Path, Vec<Choice>)>,
    /// Any text anywhere in the resources.
    texts: Vec<String>,
}

impl Generator {
    /// Looks at the resources for values to ask for.
    pub(crate) fn new(kind: &Type, resources: &[Value]) -> Self {
        let mut generator = Self { tests: Vec::new(), elements: Vec::new(), texts: Vec::new() };
        for (urn, attribute) in kind.attributes.iter().filter(|(_, attribute)| attribute.readable) {
            let path = Path { urn: urn.clone(), attribute: attribute.name.clone(), sub: None };
            let values: Vec<&Value> = resources
                .iter()
                .filter_map(|resource| match urn {
                    Some(urn) => resource.get(urn)?.get(&attribute.name),
                    None => resource.get(&attribute.name),
                })
                .flat_map(|value| value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice))
                .collect();
            generator.attribute(path, attribute, &values);
        }
        for choice in &generator.tests {
            generator.texts.extend(choice.values.iter().filter_map(Value::as_str).take(200).map(str::to_owned));
        }
        generator
    }

    fn attribute(&mut self, path: Path, attribute: &Attribute, values: &[&Value]) {
        if attribute.kind != Kind::Complex {
            let values = values.iter().map(|value| (*value).clone()).collect();
            self.tests.push(Choice { path, attribute: attribute.clone(), values });
            return;
        }
        let mut inside = Vec::new();
        for sub in attribute.subs.iter().filter(|sub| sub.readable) {
            let values: Vec<Value> = values.iter().filter_map(|value| value.get(&sub.name)).cloned().collect();
            let inner = Path { urn: None, attribute: String::new(), sub: Some(sub.name.clone()) };
            let outer = Path { sub: Some(sub.name.clone()), ..path.clone() };
            if sub.name == "value" {
                // The attribute as a whole means its values.
                self.tests.push(Choice { path: path.clone(), attribute: sub.clone(), values: values.clone() });
            }
            inside.push(Choice { path: inner, attribute: sub.clone(), values: values.clone() });
            self.tests.push(Choice { path: outer, attribute: sub.clone(), values });
        }
        self.tests.push(Choice { path: path.clone(), attribute: attribute.clone(), values: Vec::new() });
        self.elements.push((path, inside));
    }

    /// A filter with `depth` levels at most.
    pub(crate) fn filter(&self, dice: &mut Dice, depth: usize) -> Filter {
        let several = |dice: &mut Dice| (0..2 + dice.below(3)).map(|_| self.filter(dice, depth - 1)).collect();
        match dice.below(if depth > 0 { 12 } else { 7 }) {
            0..=4 => {
                let choice = chosen(&self.tests, dice);
                Filter::Test(choice.path.clone(), self.op(choice, dice))
            }
            5 | 6 => self.element(dice),
            7 | 8 => Filter::And(several(dice)),
            9 | 10 => Filter::Or(several(dice)),
            _ => Filter::Not(Box::new(self.filter(dice, depth - 1))),
        }
    }

    fn element(&self, dice: &mut Dice) -> Filter {
        // Elements of attributes that have any are asked for more often than others.
        let filled = |choices: &[Choice]| choices.iter().any(|choice| !choice.values.is_empty());
        let (path, inside) = (0..8)
            .map(|_| &self.elements[dice.below(self.elements.len())])
            .find(|(_, inside)| filled(inside))
            .unwrap_or(&self.elements[0]);
        let inner = Box::new(self.within(inside, dice, 2));
        let then = dice.one_in(5).then(|| {
            let choice = chosen(inside, dice);
            (choice.path.sub.clone().unwrap(), self.op(choice, dice))
        });
        Filter::Element(path.clone(), inner, then)
    }

    fn within(&self, inside: &[Choice], dice: &mut Dice, depth: usize) -> Filter {
        let several = |dice: &mut Dice| (0..2 + dice.below(2)).map(|_| self.within(inside, dice, depth - 1)).collect();
        match dice.below(if depth > 0 { 10 } else { 5 }) {
            0..=4 => {
                let choice = chosen(inside, dice);
                Filter::Test(choice.path.clone(), self.op(choice, dice))
            }
            5 | 6 => Filter::And(several(dice)),
            7 | 8 => Filter::Or(several(dice)),
            _ => Filter::Not(Box::new(self.within(inside, dice, depth - 1))),
        }
    }

    fn op(&self, choice: &Choice, dice: &mut Dice) -> Op {
        match dice.below(14) {
            0 => return Op::Pr,
            1 if dice.one_in(2) => return Op::Eq(Operand::Null),
            1 => return Op::Ne(Operand::Null),
            _ => {}
        }
        match choice.attribute.kind {
            Kind::Complex => Op::Pr,
            Kind::Boolean => equality(Operand::Bool(dice.one_in(2)), dice),
            Kind::Binary => equality(Operand::Text(self.octets(choice, dice)), dice),
            Kind::Number => ordered(Operand::Number(number(choice, dice)), dice),
            Kind::Time => ordered(Operand::Text(time(choice, dice)), dice),
            Kind::Text => {
                let operand = Operand::Text(self.text(choice, dice));
                match dice.below(9) {
                    0 => Op::Co(operand),
                    1 => Op::Sw(operand),
                    2 => Op::Ew(operand),
                    _ => ordered(operand, dice),
                }
            }
        }
    }

    fn octets(&self, choice: &Choice, dice: &mut Dice) -> String {
        match choice.values.first().and_then(Value::as_str) {
            Some(value) if dice.one_in(2) => value.to_owned(),
            _ => "AAEC/w==".to_owned(),
        }
    }

    fn text(&self, choice: &Choice, dice: &mut Dice) -> String {
        if dice.one_in(8) {
            return dice.pick(HOSTILE).to_owned();
        }
        let own: Vec<&str> = choice.values.iter().filter_map(Value::as_str).collect();
        let value = if own.is_empty() || dice.one_in(10) {
            self.texts.get(dice.below(self.texts.len().max(1))).map_or("x", String::as_str)
        } else {
            dice.pick(&own)
        };
        let value = if dice.one_in(3) { piece(value, dice) } else { value.to_owned() };
        if dice.one_in(2) { value } else { disguised(&value, dice) }
    }
}

/// One of the choices, of those with values more often than of others.
fn chosen<'a>(choices: &'a [Choice], dice: &mut Dice) -> &'a Choice {
    let tries = (0..6).map(|_| &choices[dice.below(choices.len())]).collect::<Vec<_>>();
    tries.iter().find(|choice| !choice.values.is_empty()).copied().unwrap_or(tries[0])
}

fn equality(operand: Operand, dice: &mut Dice) -> Op {
    if dice.one_in(3) { Op::Ne(operand) } else { Op::Eq(operand) }
}

fn ordered(operand: Operand, dice: &mut Dice) -> Op {
    match dice.below(8) {
        0 => Op::Gt(operand),
        1 => Op::Ge(operand),
        2 => Op::Lt(operand),
        3 => Op::Le(operand),
        _ => equality(operand, dice),
    }
}

fn number(choice: &Choice, dice: &mut Dice) -> String {
    let value = match choice.values.as_slice() {
        [] => 7,
        values => dice.pick(values).as_i64().unwrap_or(7),
    };
    match dice.below(8) {
        0 => format!("{}", value + 1),
        1 => format!("{}", value - 1),
        2 => format!("{value}.5"),
        3 => format!("{value}.0"),
        4 => "-1".to_owned(),
        5 => "1e30".to_owned(),
        _ => format!("{value}"),
    }
}

/// A dateTime near one that is there, in one of its spellings.
fn time(choice: &Choice, dice: &mut Dice) -> String {
    let texts: Vec<&str> = choice.values.iter().filter_map(Value::as_str).collect();
    let text = if texts.is_empty() { "2024-02-29T12:00:00Z" } else { dice.pick(&texts) };
    let time: jiff::Timestamp = text.parse().unwrap();
    let shifts = [0, 0, 0, 1_000, -1_000, 1, -1, 500, -500, 86_400_000];
    let time = time + jiff::SignedDuration::from_millis(dice.pick(&shifts));
    match dice.below(5) {
        0 => time.display_with_offset(jiff::tz::Offset::constant(2)).to_string(),
        1 => time.display_with_offset(jiff::tz::Offset::constant(-11)).to_string(),
        2 => format!("{time:.3}"),
        3 => format!("{time:.9}"),
        _ => time.to_string(),
    }
}

/// A part of the text, sometimes cut within a letter and its accents.
fn piece(text: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = if dice.one_in(3) { 0 } else { dice.below(chars.len() + 1) };
    let to = if dice.one_in(3) { chars.len() } else { from + dice.below(chars.len() - from + 1) };
    chars[from..to].iter().collect()
}

/// The text written in another way, equal to the original in some eyes.
fn disguised(text: &str, dice: &mut Dice) -> String {
    match dice.below(14) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => text
            .chars()
            .flat_map(|c| if dice.one_in(2) { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] })
            .collect(),
        3 => text.replace(' ', "  "),
        4 => format!(" {text}"),
        5 => format!("{text} "),
        6 => text.nfd().collect(),
        7 => text.nfkc().collect(),
        8 => text.replace("fi", "ﬁ").replace("ss", "ß").replace('k', "\u{212a}").replace('s', "ſ"),
        9 => text.replace('i', "ı").replace('I', "İ"),
        10 => text.replace([' ', '-'], ""),
        11 => format!("{text}{}", dice.pick(HOSTILE)),
        12 if dice.one_in(6) => format!("{text}{}", "x".repeat(10_000)),
        12 => text.nfd().filter(char::is_ascii).collect(),
        _ => text.trim().to_owned(),
    }
}

/// How often each kind of test occurs in a filter, for the report.
pub(crate) fn count(filter: &Filter, counts: &mut BTreeMap<&'static str, usize>) {
    let mut add = |name| *counts.entry(name).or_default() += 1;
    match filter {
        Filter::Test(_, op) => add(op.parts().0),
        Filter::Element(_, inner, then) => {
            add("[]");
            if let Some((_, op)) = then {
                add(op.parts().0);
            }
            count(inner, counts);
        }
        Filter::And(parts) => {
            add("and");
            parts.iter().for_each(|part| count(part, counts));
        }
        Filter::Or(parts) => {
            add("or");
            parts.iter().for_each(|part| count(part, counts));
        }
        Filter::Not(inner) => {
            add("not");
            count(inner, counts);
        }
    }
}
