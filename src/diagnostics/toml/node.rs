//! Values with the places where they stand.

use super::super::{Diagnostic, Report, Span};
use super::{Kind, codes};

/// A value of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number that fits.
    Integer(i64),
    /// A number with a fraction, or `inf` and `nan`.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A date, a time or both, as written.
    Datetime(String),
    /// A list.
    List(Vec<Node>),
    /// A table, inline or not.
    Table(Table),
}

impl Value {
    /// The type in words with an article: "a string", "an integer".
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Bool(_) => "a boolean",
            Self::Datetime(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A value with its key, path and places.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The key it stands under; empty for an element of a list and for the document.
    pub key: String,
    /// Where the key stands; for an element of a list the value's place.
    pub key_span: Span,
    /// The way to it from the document's root: `bridge.main.directory.main.urls[0]`.
    pub path: String,
    /// The value.
    pub value: Value,
    /// Where the value stands, quotes included; for a `[table]` its header.
    pub span: Span,
}

impl Node {
    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The number, if it is a whole one.
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(number) = self.value { Some(number) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value { Some(value) } else { None }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let Value::List(nodes) = &self.value { Some(nodes) } else { None }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }

    /// The text; anything else is reported.
    pub fn string(&self, report: &mut Report) -> Option<&str> {
        self.or_report(self.as_str(), &Kind::Text, report)
    }

    /// The truth value; anything else is reported.
    pub fn bool(&self, report: &mut Report) -> Option<bool> {
        self.or_report(self.as_bool(), &Kind::Bool, report)
    }

    /// The whole number; anything else is reported.
    pub fn integer(&self, report: &mut Report) -> Option<i64> {
        self.or_report(self.as_integer(), &Kind::Integer, report)
    }

    /// The elements; anything but a list is reported.
    pub fn list(&self, report: &mut Report) -> Option<&[Node]> {
        self.or_report(self.as_list(), &Kind::List(&Kind::Any), report)
    }

    /// The table; anything else is reported.
    pub fn table(&self, report: &mut Report) -> Option<&Table> {
        self.or_report(self.as_table(), &Kind::Map(&Kind::Any), report)
    }

    /// The texts of a list of strings, or of one string, each with its node; what is no string is reported and left out.
    pub fn strings(&self, report: &mut Report) -> Vec<(&str, &Node)> {
        match &self.value {
            Value::Text(text) => vec![(text, self)],
            Value::List(nodes) => nodes.iter().filter_map(|node| Some((node.string(report)?, node))).collect(),
            _ => {
                report.push(self.wrong_type(&Kind::Texts));
                Vec::new()
            }
        }
    }

    /// The finding that this should have been `expected`.
    pub fn wrong_type(&self, expected: &Kind) -> Diagnostic {
        let found = self.value.type_name();
        let message = format!("`{}`: expected {}, found {found}", self.path, expected.describe());
        let finding = Diagnostic::error(&codes::WRONG_TYPE, message).at(&self.span).label(format!("this is {found}"));
        match expected {
            _ if self.is_quoted(expected) => finding.help("write it without quotes"),
            Kind::Text | Kind::Texts | Kind::Secret | Kind::Duration
                if !matches!(self.value, Value::Table(_) | Value::List(_)) =>
            {
                finding.help("put it in quotes")
            }
            _ => finding,
        }
    }

    /// Whether the value in the quotes would be of the kind expected.
    fn is_quoted(&self, expected: &Kind) -> bool {
        let Value::Text(text) = &self.value else { return false };
        match expected {
            Kind::Integer | Kind::Range(..) => text.parse::<i64>().is_ok(),
            Kind::Float => text.parse::<f64>().is_ok(),
            Kind::Bool => matches!(text.as_str(), "true" | "false"),
            _ => false,
        }
    }

    /// A finding at this value; `message` needn't name the key, the line shows it.
    pub fn error(&self, code: &'static super::super::Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(&self.span)
    }

    fn or_report<T>(&self, found: Option<T>, expected: &Kind, report: &mut Report) -> Option<T> {
        if found.is_none() {
            report.push(self.wrong_type(expected));
        }
        found
    }
}

/// A table: nodes in the order in which they stand in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The way to it from the document's root; empty for the root.
    pub path: String,
    /// Its header, inline text, or (when a dotted key or deeper header implies it) the key that implies it.
    pub span: Span,
    pub(super) nodes: Vec<Node>,
}

impl Table {
    /// The node under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.key == key)
    }

    /// The nodes in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Node> {
        self.nodes.iter()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node under `key`; its absence is reported at the table.
    pub fn required(&self, key: &str, report: &mut Report) -> Option<&Node> {
        let node = self.get(key);
        if node.is_none() {
            let place = if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.path) };
            let message = format!("{place} needs a key `{key}`");
            report
                .push(Diagnostic::error(&codes::MISSING_KEY, message).at(&self.span).label(format!("no `{key}` here")));
        }
        node
    }

    /// The text under `key`; anything else is reported.
    pub fn string(&self, key: &str, report: &mut Report) -> Option<&str> {
        self.get(key)?.string(report)
    }

    /// The truth value under `key`; anything else is reported.
    pub fn bool(&self, key: &str, report: &mut Report) -> Option<bool> {
        self.get(key)?.bool(report)
    }

    /// The whole number under `key`; anything else is reported.
    pub fn integer(&self, key: &str, report: &mut Report) -> Option<i64> {
        self.get(key)?.integer(report)
    }

    /// The elements under `key`; anything but a list is reported.
    pub fn list(&self, key: &str, report: &mut Report) -> Option<&[Node]> {
        self.get(key)?.list(report)
    }

    /// The table under `key`; anything else is reported.
    pub fn table(&self, key: &str, report: &mut Report) -> Option<&Table> {
        self.get(key)?.table(report)
    }

    /// The texts under `key`, one string or a list of them; what is no string is reported and left out.
    pub fn strings(&self, key: &str, report: &mut Report) -> Option<Vec<(&str, &Node)>> {
        Some(self.get(key)?.strings(report))
    }
}

impl<'a> IntoIterator for &'a Table {
    type Item = &'a Node;
    type IntoIter = std::slice::Iter<'a, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
