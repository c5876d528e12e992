//! Lays defaults, file and environment over one another.

use super::environment::{Override, PREFIX};
use crate::diagnostics::toml::{Kind, Node, Table, TableSpec, Value};
use config::{Config, Environment, File, FileFormat};
use serde::de::DeserializeOwned;

/// Why the merged settings can't be read: the key's path and the reason, without the value.
#[derive(Debug)]
pub(super) struct Unfit {
    pub(super) path: String,
    pub(super) reason: String,
}

/// The settings: what `root` says (but what `spec` refuses), the overrides over it, the declared defaults below it.
pub(super) fn merge<T: DeserializeOwned>(
    root: &Table,
    spec: &'static TableSpec,
    overrides: &[Override],
) -> Result<T, Unfit> {
    let mut base = kept(root, spec);
    overrides.iter().for_each(|overriding| make_tables(&mut base, &overriding.path));
    fill(&mut base, spec);
    let text = toml::to_string(&base).map_err(|error| Unfit::new(error.to_string()))?;
    let variables = overrides.iter().map(|o| (format!("{PREFIX}{}", o.path.join("__")), o.value.clone())).collect();
    // Without the prefix's separator a variable is ignored silently.
    let prefix = PREFIX.trim_end_matches('_');
    let environment = Environment::with_prefix(prefix).prefix_separator("__").separator("__").source(Some(variables));
    let merged = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).add_source(environment).build();
    let merged = merged.map_err(|error| Unfit::new(error.to_string()))?;
    serde_path_to_error::deserialize(merged).map_err(|error| {
        let path = error.path().to_string();
        // The reason may repeat the value.
        let from_variable = overrides.iter().any(|o| o.path.join(".") == path);
        let reason = if from_variable { "the value doesn't fit".to_owned() } else { error.into_inner().to_string() };
        Unfit { path, reason }
    })
}

impl Unfit {
    fn new(reason: String) -> Self {
        Self { path: String::new(), reason }
    }
}

/// What a table says, but for what its declaration refuses (which has been reported): the rest can still be checked.
fn kept(table: &Table, spec: &'static TableSpec) -> toml::Table {
    let entry = |node: &Node| Some((node.key.clone(), kept_value(node, &spec.key(&node.key)?.kind)?));
    table.iter().filter_map(entry).collect()
}

fn kept_value(node: &Node, kind: &Kind) -> Option<toml::Value> {
    match (kind, &node.value) {
        (Kind::Table(spec), Value::Table(table)) => Some(toml::Value::Table(kept(table, spec))),
        (Kind::Map(kind), Value::Table(table)) => {
            let entry = |node: &Node| Some((node.key.clone(), kept_value(node, kind)?));
            Some(toml::Value::Table(table.iter().filter_map(entry).collect()))
        }
        (kind, _) => node.is(kind).then(|| plain(&node.value)),
    }
}

fn plain(value: &Value) -> toml::Value {
    match value {
        Value::Text(text) | Value::Datetime(text) => toml::Value::String(text.clone()),
        Value::Integer(number) => toml::Value::Integer(*number),
        Value::Float(number) => toml::Value::Float(*number),
        Value::Bool(value) => toml::Value::Boolean(*value),
        Value::List(nodes) => toml::Value::Array(nodes.iter().map(|node| plain(&node.value)).collect()),
        Value::Table(table) => {
            toml::Value::Table(table.iter().map(|node| (node.key.clone(), plain(&node.value))).collect())
        }
    }
}

/// Makes the tables on the way to an overridden setting, so that a bridge may stand in the environment alone.
fn make_tables(table: &mut toml::Table, path: &[String]) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        return;
    }
    let below = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(below) = below {
        make_tables(below, rest);
    }
}

/// Adds the declared defaults, and every declared table that isn't there.
fn fill(table: &mut toml::Table, spec: &'static TableSpec) {
    for key in spec.keys {
        match (key.kind, key.default) {
            (Kind::Table(spec), _) => {
                let below = table.entry(key.name).or_insert_with(|| toml::Value::Table(toml::Table::new()));
                below.as_table_mut().into_iter().for_each(|below| fill(below, spec));
            }
            (Kind::Map(Kind::Table(spec)), _) => {
                let named = table.get_mut(key.name).and_then(toml::Value::as_table_mut);
                let tables = named.into_iter().flat_map(|named| named.iter_mut().map(|(_, value)| value));
                tables.filter_map(toml::Value::as_table_mut).for_each(|below| fill(below, spec));
            }
            (_, Some(default)) if !table.contains_key(key.name) => {
                let value =
                    format!("value = {default}").parse::<toml::Table>().ok().and_then(|mut read| read.remove("value"));
                table.extend(value.map(|value| (key.name.to_owned(), value)));
            }
            _ => {}
        }
    }
}
