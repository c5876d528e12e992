//! Overrides from the environment, held against the same declaration as the file.

use super::codes;
use crate::diagnostics::toml::{Kind, Table, TableSpec, parse_duration, parse_size};
use crate::diagnostics::{Diagnostic, Report, did_you_mean};
use std::collections::BTreeMap;

/// What the names of overriding variables begin with: `SCIMFRONT__SERVER__LISTEN` overrides `listen` in `[server]`.
pub const PREFIX: &str = "SCIMFRONT__";

/// One override.
#[derive(Debug)]
pub(super) struct Override {
    /// The variable's name.
    pub(super) variable: String,
    /// The keys on the way to the setting.
    pub(super) path: Vec<String>,
    /// The value, as given.
    pub(super) value: String,
}

/// The overrides in `environment`, but those that name no setting or have a bad value: they are reported, without the value.
pub(super) fn overrides(
    environment: &BTreeMap<String, String>,
    spec: &'static TableSpec,
    root: &Table,
    report: &mut Report,
) -> Vec<Override> {
    let mut found = Vec::new();
    for (variable, value) in environment {
        match read(variable, value, spec, root) {
            Some(Ok(overriding)) => found.push(overriding),
            Some(Err(finding)) => report.push(finding),
            None => {}
        }
    }
    found
}

fn read(variable: &str, value: &str, spec: &'static TableSpec, root: &Table) -> Option<Result<Override, Diagnostic>> {
    let Some(name) = variable.strip_prefix(PREFIX) else { return near_miss(variable).map(Err) };
    let (path, kind) = match resolve(name, spec, root) {
        Ok(found) => found,
        Err(meant) => {
            let message = format!("environment variable `{variable}` names no setting");
            return Some(Err(Diagnostic::error(&codes::UNKNOWN_VARIABLE, message).suggest(meant.as_deref())));
        }
    };
    Some(match takes(&kind, value) {
        true => Ok(Override { variable: variable.to_owned(), path, value: value.to_owned() }),
        false => {
            let message = format!("environment variable `{variable}`: expected {}", kind.describe());
            Err(Diagnostic::error(&codes::BAD_VARIABLE, message))
        }
    })
}

/// `SCIMFRONT_SERVER__LISTEN`: one underscore is a slip that would be ignored silently.
fn near_miss(variable: &str) -> Option<Diagnostic> {
    let rest = variable.strip_prefix("SCIMFRONT_").filter(|rest| rest.contains("__"))?;
    let message = format!("environment variable `{variable}` names no setting");
    Some(Diagnostic::error(&codes::UNKNOWN_VARIABLE, message).suggest(Some(&format!("{PREFIX}{rest}"))))
}

/// The path and kind that a variable's name stands for, or the name that was perhaps meant.
fn resolve(name: &str, spec: &'static TableSpec, root: &Table) -> Result<(Vec<String>, Kind), Option<String>> {
    let (mut path, mut kind, mut table) = (Vec::new(), Kind::Table(spec), Some(root));
    let mut seen = PREFIX.to_owned();
    for part in name.split("__") {
        let part = part.to_ascii_lowercase();
        let step = match kind {
            Kind::Table(spec) => {
                let meant = did_you_mean(&part, spec.keys.iter().map(|key| key.name));
                let key = spec
                    .key(&part)
                    .ok_or_else(|| meant.map(|meant| format!("{seen}{}", meant.to_ascii_uppercase())))?;
                (part, key.kind)
            }
            Kind::Map(kind) if is_name(&part) => (known_name(part, table), *kind),
            _ => return Err(None),
        };
        seen = format!("{seen}{}__", step.0.to_ascii_uppercase());
        table = table.and_then(|table| table.get(&step.0)).and_then(|node| node.as_table());
        kind = step.1;
        path.push(step.0);
    }
    if matches!(kind, Kind::Table(_) | Kind::Map(_)) { Err(None) } else { Ok((path, kind)) }
}

/// A variable's name can't have `-`: where the file has a name that differs in that alone, it is meant.
fn known_name(part: String, table: Option<&Table>) -> String {
    let same = |name: &str| name.replace('-', "_") == part.replace('-', "_");
    let exact = table.is_some_and(|table| table.get(&part).is_some());
    match table.into_iter().flatten().find(|node| same(&node.key)) {
        Some(node) if !exact => node.key.clone(),
        _ => part,
    }
}

/// Whether a name may stand in the settings, and so in the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(allowed)
        && !name.contains("__")
        && !name.ends_with('_')
}

/// Whether a variable's value is what a setting takes.
fn takes(kind: &Kind, value: &str) -> bool {
    match kind {
        Kind::Text | Kind::Texts | Kind::Secret | Kind::Any => true,
        Kind::Bool => matches!(value, "true" | "false"),
        Kind::Integer => value.parse::<i64>().is_ok(),
        Kind::Range(from, to) => value.parse::<i64>().is_ok_and(|number| (*from..=*to).contains(&number)),
        Kind::Float => value.parse::<f64>().is_ok(),
        Kind::Duration => parse_duration(value).is_some(),
        Kind::Size => parse_size(value).is_some(),
        Kind::OneOf(words) => words.contains(&value),
        Kind::AnyOf(kinds) => kinds.iter().any(|kind| takes(kind, value)),
        Kind::List(kind) => value.split(',').all(|part| takes(kind, part.trim())),
        Kind::Table(_) | Kind::Map(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_name;
    use rstest::rstest;

    #[rstest]
    #[case("main", true)]
    #[case("a-1_b", true)]
    #[case("1", true)]
    #[case("", false)]
    #[case("Main", false)]
    #[case("a__b", false)]
    #[case("_a", false)]
    #[case("a_", false)]
    #[case("a.b", false)]
    #[case("é", false)]
    fn names(#[case] name: &str, #[case] good: bool) {
        assert_eq!(is_name(name), good);
    }
}
