//! Templates for writing: from names to SCIM attributes that a client can give a value to.

use super::super::attributes::Build;
use super::super::context::inside;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::Span;
use crate::diagnostics::toml::Node;
use crate::mapping::codes;
use crate::mapping::model::Source;
use crate::mapping::value_template::{ValuePart, ValuePiece, ValueTemplate};
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::AttributeKind;

/// What `{suffix}` is called in a template.
const SUFFIX: &str = "suffix";

impl Build<'_> {
    /// The template that `node` holds.
    pub(super) fn value_template(&mut self, node: &Node, sources: &[Source]) -> Option<ValueTemplate> {
        let text = node.string(&mut self.context.report)?;
        if text.is_empty() {
            self.context.error(node, &codes::TEMPLATE, "an empty value is no value");
            return None;
        }
        match ValueTemplate::parse(text) {
            Ok(pieces) => {
                let parts: Vec<_> = pieces.into_iter().map(|piece| self.value_part(piece, node, sources)).collect();
                let parts = parts.into_iter().collect::<Option<_>>()?;
                Some(ValueTemplate { parts, span: Some(node.span.clone()) })
            }
            Err(error) => {
                let span = inside(node, error.offset..error.offset + 1);
                self.report(&codes::TEMPLATE, &span, error.reason);
                None
            }
        }
    }

    fn value_part(&mut self, piece: ValuePiece, node: &Node, sources: &[Source]) -> Option<ValuePart> {
        match piece {
            ValuePiece::Literal(text) => Some(ValuePart::Literal(text)),
            ValuePiece::Names(names, functions) => {
                if let [(name, range)] = names.as_slice()
                    && name == SUFFIX
                    && functions.is_empty()
                {
                    return self.context.suffix(&inside(node, range.clone())).map(ValuePart::Literal);
                }
                let paths: Vec<_> = names
                    .into_iter()
                    .map(|(name, range)| self.writable_path(&name, &inside(node, range), sources))
                    .collect();
                paths.into_iter().collect::<Option<_>>().map(|paths| ValuePart::Attribute(paths, functions))
            }
        }
    }

    /// The simple attribute called `name`, which a client can send.
    fn writable_path(&mut self, name: &str, span: &Span, sources: &[Source]) -> Option<AttrPath> {
        let path = match self.header.schema.resolve(&name.into()) {
            Ok(path) => path,
            Err(unknown) => {
                let message = format!("`{name}` is no attribute of {}", self.header.name);
                let finding = Diagnostic::error(&codes::UNKNOWN_ATTRIBUTE, message).at(span);
                self.context.report.push(finding.suggest(unknown.suggestion.as_deref()));
                return None;
            }
        };
        match sources.get(usize::from(path.attr.0)) {
            Some(Source::WriteOnly(_)) => {
                self.report(&codes::ON_ADD, span, format!("`{name}` is a secret, and never copied"));
                return None;
            }
            Some(Source::Builtin(_) | Source::Backreference(_)) => {
                self.report(
                    &codes::ON_ADD,
                    span,
                    format!("`{name}` is made by the directory: a new entry has none yet"),
                );
                return None;
            }
            _ => {}
        }
        self.simple_path(name, path, span)
    }

    /// `path` itself, or the `value` of the elements that it names.
    fn simple_path(&mut self, name: &str, path: AttrPath, span: &Span) -> Option<AttrPath> {
        let attribute = self.header.schema.attribute(path)?;
        if attribute.kind != AttributeKind::Complex {
            return Some(path);
        }
        if let Some(value) = self.header.schema.sub(path.attr, "value") {
            return Some(AttrPath::part(path.attr, value));
        }
        let first = attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_str()).to_owned();
        let finding = Diagnostic::error(&codes::ON_ADD, format!("`{name}` is complex and no text")).at(span);
        self.context.report.push(finding.help(format!("name one of its sub-attributes: {{{name}.{first}}}")));
        None
    }
}
