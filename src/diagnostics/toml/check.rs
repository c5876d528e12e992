//! Holds a table against its declaration.

use super::super::{Diagnostic, Report, did_you_mean};
use super::{Key, Kind, Node, Table, TableSpec, Value, codes, parse_duration, parse_size};

impl Table {
    /// Reports every unknown key with what was perhaps meant, and every value of a wrong type, to any depth.
    pub fn check(&self, spec: &'static TableSpec, report: &mut Report) {
        for node in self {
            match spec.key(&node.key) {
                Some(Key { kind, .. }) => node.check(kind, report),
                None if spec.free => {}
                None => report.push(unknown_key(node, self, spec)),
            }
        }
    }
}

impl Node {
    /// Reports what keeps this value from being of `kind`, to any depth.
    pub fn check(&self, kind: &Kind, report: &mut Report) {
        if !self.has_type(kind) {
            report.push(self.wrong_type(kind));
            return;
        }
        match (kind, &self.value) {
            (Kind::List(kind), Value::List(nodes)) => nodes.iter().for_each(|node| node.check(kind, report)),
            (Kind::Texts, Value::List(nodes)) => nodes.iter().for_each(|node| node.check(&Kind::Text, report)),
            (Kind::Map(kind), Value::Table(table)) => table.iter().for_each(|node| node.check(kind, report)),
            (Kind::Table(spec), Value::Table(table)) => table.check(spec, report),
            (Kind::OneOf(words), Value::Text(word)) if !words.contains(&word.as_str()) => {
                report.push(not_a_choice(self, word, words));
            }
            (Kind::Duration, Value::Text(text)) if parse_duration(text).is_none() => {
                report.push(bad_unit(self, "a duration"))
            }
            (Kind::Size, Value::Text(text)) if parse_size(text).is_none() => report.push(bad_unit(self, "a size")),
            (Kind::Range(from, to), Value::Integer(number)) if !(from..=to).contains(&number) => {
                let message = format!("`{}`: out of range", self.path);
                report.push(self.error(&codes::OUT_OF_RANGE, message).label(format!("expected {}", kind.describe())));
            }
            (Kind::Size, Value::Integer(number)) if *number < 0 => report.push(bad_unit(self, "a size")),
            (Kind::AnyOf(kinds), _) => {
                // A word that one of the kinds would take is never refused because an earlier kind has its own words.
                let fitting: Vec<_> = kinds.iter().filter(|kind| self.has_type(kind)).collect();
                let clean = fitting.iter().any(|kind| self.is(kind));
                if let (false, Some(kind)) = (clean, fitting.first()) {
                    self.check(kind, report);
                }
            }
            _ => {}
        }
    }

    /// Whether [`check`](Self::check) has nothing to say.
    pub fn is(&self, kind: &Kind) -> bool {
        let mut report = Report::new();
        self.check(kind, &mut report);
        report.is_empty()
    }

    /// Whether the value's own type suits, without looking into it.
    fn has_type(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Text | Kind::Secret | Kind::OneOf(_) | Kind::Duration => matches!(self.value, Value::Text(_)),
            Kind::Texts => matches!(self.value, Value::Text(_) | Value::List(_)),
            Kind::Bool => matches!(self.value, Value::Bool(_)),
            Kind::Integer | Kind::Range(..) => matches!(self.value, Value::Integer(_)),
            Kind::Float => matches!(self.value, Value::Integer(_) | Value::Float(_)),
            Kind::Size => matches!(self.value, Value::Integer(_) | Value::Text(_)),
            Kind::List(_) => matches!(self.value, Value::List(_)),
            Kind::Table(_) | Kind::Map(_) => matches!(self.value, Value::Table(_)),
            Kind::AnyOf(kinds) => kinds.iter().any(|kind| self.has_type(kind)),
            Kind::Any => true,
        }
    }
}

fn unknown_key(node: &Node, table: &Table, spec: &TableSpec) -> Diagnostic {
    let place = if table.path.is_empty() { String::new() } else { format!(" in `{}`", table.path) };
    let finding = Diagnostic::error(&codes::UNKNOWN_KEY, format!("unknown key `{}`{place}", node.key))
        .at(&node.key_span)
        .label("no such key here");
    let known = || spec.keys.iter().map(|key| key.name);
    if let Some(below) =
        spec.keys.iter().find(|key| matches!(key.kind, Kind::Table(table) if table.key(&node.key).is_some()))
    {
        return finding.help(format!("`{}` is a key of the table `{}` in here", node.key, below.name));
    }
    // A key that isn't there yet is likelier meant than one that is.
    let absent = did_you_mean(&node.key, known().filter(|name| table.get(name).is_none()));
    match absent.or_else(|| did_you_mean(&node.key, known())) {
        None if spec.keys.len() <= 12 && !spec.keys.is_empty() => finding
            .help(format!("keys here: {}", known().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))),
        meant => finding.suggest(meant),
    }
}

fn not_a_choice(node: &Node, word: &str, words: &'static [&'static str]) -> Diagnostic {
    let message = format!("`{}`: `{word}` is none of the choices", node.path);
    Diagnostic::error(&codes::NOT_A_CHOICE, message)
        .at(&node.span)
        .label(format!("expected {}", Kind::OneOf(words).describe()))
        .suggest(did_you_mean(word, words.iter().copied()))
}

fn bad_unit(node: &Node, what: &str) -> Diagnostic {
    let example = if what == "a size" {
        "bytes, or a number with a unit: \"64KiB\", \"1MiB\""
    } else {
        "\"250ms\", \"5s\" or \"2m\""
    };
    Diagnostic::error(&codes::BAD_UNIT, format!("`{}`: not {what}", node.path))
        .at(&node.span)
        .help(format!("write {example}"))
}
