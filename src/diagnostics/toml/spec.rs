//! The declaration of a table's keys: what is checked, described and documented comes from here.

use std::fmt;

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A string.
    Text,
    /// A string, or a list of strings.
    Texts,
    /// A string that is never shown (see [`TableSpec::all_keys`]).
    Secret,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A whole number between two bounds, both allowed.
    Range(i64, i64),
    /// A number.
    Float,
    /// A string such as `"5s"`; see [`parse_duration`](super::parse_duration).
    Duration,
    /// A number of bytes, or a string such as `"1MiB"`; see [`parse_size`](super::parse_size).
    Size,
    /// A list whose elements are all of one kind.
    List(&'static Kind),
    /// A table with these keys.
    Table(&'static TableSpec),
    /// A table whose keys are names that the user makes up, each with a value of this kind.
    Map(&'static Kind),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// The first of these kinds that has the value's type; of two kinds of table the first alone is looked at.
    AnyOf(&'static [Kind]),
    /// Whatever stands there; the reader looks at it itself.
    Any,
}

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As written in the file.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it means, in a sentence or two of Markdown.
    pub doc: &'static str,
    /// What holds when it isn't given, as TOML.
    pub default: Option<&'static str>,
    /// A value as it could stand in a file, as TOML.
    pub example: Option<&'static str>,
}

impl Key {
    /// A key without default or example.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc, default: None, example: None }
    }

    /// The same key with a default, as TOML.
    pub const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same key with an example, as TOML.
    pub const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }
}

/// The keys of a table.
#[derive(Clone, Copy)]
pub struct TableSpec {
    /// How messages and references call such a table; unique within one schema: `server`, `bridge.NAME`.
    pub name: &'static str,
    /// What the table is for, in Markdown.
    pub doc: &'static str,
    /// The keys that have a meaning.
    pub keys: &'static [Key],
    /// Whether other keys are allowed too.
    pub free: bool,
}

impl TableSpec {
    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// All keys, those of this table and of every table below it.
    pub fn all_keys(&'static self) -> impl Iterator<Item = &'static Key> {
        self.with_below().into_iter().flat_map(|spec| spec.keys)
    }

    /// This table and every table below it, each once, in the order in which they are met.
    pub(super) fn with_below(&'static self) -> Vec<&'static Self> {
        let mut specs = Vec::new();
        collect(&Kind::Table(self), &mut specs);
        specs
    }
}

fn collect(kind: &Kind, specs: &mut Vec<&'static TableSpec>) {
    match kind {
        Kind::Table(spec) if specs.iter().all(|known| known.name != spec.name) => {
            specs.push(spec);
            spec.keys.iter().for_each(|key| collect(&key.kind, specs));
        }
        Kind::List(kind) | Kind::Map(kind) => collect(kind, specs),
        Kind::AnyOf(kinds) => kinds.iter().for_each(|kind| collect(kind, specs)),
        _ => {}
    }
}

impl fmt::Debug for TableSpec {
    /// The name alone: a table may hold tables like itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableSpec({:?})", self.name)
    }
}

impl Kind {
    /// What it takes, in words with an article: "a string", "a list of strings".
    pub fn describe(&self) -> String {
        match self {
            Self::Text | Self::Secret => "a string".to_owned(),
            Self::Texts => "a string or a list of strings".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Range(from, to) => format!("an integer from {from} to {to}"),
            Self::Float => "a number".to_owned(),
            Self::Duration => "a duration".to_owned(),
            Self::Size => "a size in bytes".to_owned(),
            Self::List(kind) => kind.plural().map_or_else(|| "a list".to_owned(), |many| format!("a list of {many}")),
            Self::Table(_) | Self::Map(_) => "a table".to_owned(),
            Self::OneOf(words) => join_or(words.iter().map(|word| format!("`{word}`"))),
            Self::AnyOf(kinds) => join_or(kinds.iter().map(Self::describe)),
            Self::Any => "any value".to_owned(),
        }
    }

    fn plural(&self) -> Option<&'static str> {
        match self {
            Self::Text | Self::Secret | Self::OneOf(_) => Some("strings"),
            Self::Integer | Self::Range(..) => Some("integers"),
            Self::Float => Some("numbers"),
            Self::Table(_) | Self::Map(_) => Some("tables"),
            Self::Duration => Some("durations"),
            Self::Size => Some("sizes"),
            Self::Texts | Self::Bool | Self::List(_) | Self::AnyOf(_) | Self::Any => None,
        }
    }
}

/// "a, b or c".
fn join_or(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    let Some(last) = parts.pop() else { return String::new() };
    if parts.is_empty() { last } else { format!("{} or {last}", parts.join(", ")) }
}
