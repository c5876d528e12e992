//! From text to nodes.

use super::super::{Diagnostic, SourceFile, Span};
use super::{Node, Table, Value, codes};
use ::toml::Spanned;
use ::toml::de::{DeInteger, DeTable, DeValue};
use std::ops::Range;
use std::sync::Arc;

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Everything in it.
    pub root: Table,
}

impl Document {
    /// Reads a TOML text.
    ///
    /// # Errors
    /// The first thing that isn't TOML, or a number that doesn't fit.
    pub fn parse(file: Arc<SourceFile>) -> Result<Self, Diagnostic> {
        let text = Arc::clone(&file.text);
        Self::parse_shown_as(&text, file)
    }

    /// Reads `text` with spans into `shown`, a text of the same length in which secrets are blotted out.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_shown_as(text: &str, shown: Arc<SourceFile>) -> Result<Self, Diagnostic> {
        let table = DeTable::parse(text).map_err(|error| syntax(&shown, &error))?;
        let reader = Reader { file: &shown };
        let root = reader.table(table.get_ref(), String::new(), reader.span(0..0))?;
        Ok(Self { file: shown, root })
    }
}

fn syntax(file: &Arc<SourceFile>, error: &::toml::de::Error) -> Diagnostic {
    let message = error.message().trim_end().replace('\n', "; ");
    // `listen = 127.0.0.1` is taken for a number first.
    let is_number =
        ["invalid float", "invalid integer", "invalid number"].iter().any(|start| message.starts_with(start));
    let finding = Diagnostic::error(&codes::SYNTAX, message).at(&Span::new(file, error.span().unwrap_or(0..0)));
    if is_number { finding.help("a string needs quotes") } else { finding }
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    fn table(&self, table: &DeTable<'_>, path: String, span: Span) -> Result<Table, Diagnostic> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let nodes = entries.into_iter().map(|(key, value)| {
            let name = key.get_ref();
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            self.node(name.to_string(), self.span(key.span()), path, value)
        });
        Ok(Table { nodes: nodes.collect::<Result<_, _>>()?, path, span })
    }

    fn node(
        &self,
        key: String,
        key_span: Span,
        path: String,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Node, Diagnostic> {
        // A table that a dotted key or a deeper header implies has no text of its own.
        let range = value.span();
        let span = if range.is_empty() { key_span.clone() } else { self.span(range) };
        let value = self.value(value.get_ref(), &path, &span)?;
        Ok(Node { key, key_span, path, value, span })
    }

    fn value(&self, value: &DeValue<'_>, path: &str, span: &Span) -> Result<Value, Diagnostic> {
        Ok(match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => Value::Integer(integer(number, span)?),
            DeValue::Float(number) => Value::Float(number.as_str().parse().map_err(|_| unfit(span))?),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(moment) => Value::Datetime(moment.to_string()),
            DeValue::Array(elements) => {
                let nodes = elements.iter().enumerate().map(|(i, element)| {
                    self.node(String::new(), self.span(element.span()), format!("{path}[{i}]"), element)
                });
                Value::List(nodes.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Value::Table(self.table(table, path.to_owned(), span.clone())?),
        })
    }
}

fn integer(number: &DeInteger<'_>, span: &Span) -> Result<i64, Diagnostic> {
    i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| unfit(span))
}

fn unfit(span: &Span) -> Diagnostic {
    Diagnostic::error(&codes::SYNTAX, "the number is too large").at(span)
}
