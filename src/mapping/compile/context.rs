//! What every step of compiling needs: the report, the variables, and readers of LDAP's texts.

use std::ops::Range;

use crate::diagnostics::toml::{Node, Table};
use crate::diagnostics::{Diagnostic, Report, Span};
use crate::ldap::{AttributeDescription, Dn, Filter, filter_parse};
use crate::mapping::{builtin, codes, forbidden};

/// See the [module](self).
pub(super) struct Context {
    /// What was found so far.
    pub report: Report,
    suffix: Option<String>,
}

impl Context {
    /// Reads the variables.
    pub(super) fn new(root: &Table, mut report: Report) -> Self {
        let suffix = root.get("suffix").and_then(|node| {
            let text = node.as_str()?;
            if let Err(error) = text.parse::<Dn>() {
                report.push(invalid(node, &codes::DN, error.reason, error.offset));
            }
            Some(text.to_owned())
        });
        Self { report, suffix }
    }

    /// The DN that `node` holds.
    pub(super) fn dn(&mut self, node: &Node) -> Option<Dn> {
        let written = node.string(&mut self.report)?;
        let text = self.expand(node, written, &|suffix| suffix.to_owned())?;
        match text.parse::<Dn>() {
            Ok(dn) => Some(dn),
            Err(error) => {
                let offset = if text == written { error.offset } else { usize::MAX };
                self.report.push(invalid(node, &codes::DN, error.reason, offset));
                None
            }
        }
    }

    /// The filter that `node` holds.
    pub(super) fn filter(&mut self, node: &Node) -> Option<Filter> {
        let written = node.string(&mut self.report)?;
        let text = self.expand(node, written, &escaped)?;
        match filter_parse::parse(&text) {
            Ok(filter) => Some(filter),
            Err(error) => {
                let offset = if text == written { error.offset } else { usize::MAX };
                self.report.push(invalid(node, &codes::FILTER, error.reason, offset));
                None
            }
        }
    }

    /// The LDAP attribute that `node` names, to be read through the codec called `codec`.
    pub(super) fn attribute(&mut self, node: &Node, codec: Option<&str>) -> Option<AttributeDescription> {
        let text = node.string(&mut self.report)?;
        let span = inside(node, 0..text.len());
        self.description(text, &span, codec)
    }

    /// The LDAP attribute called `text`, which stands at `span`.
    pub(super) fn description(&mut self, text: &str, span: &Span, codec: Option<&str>) -> Option<AttributeDescription> {
        let Ok(attribute) = text.parse::<AttributeDescription>() else {
            let message = format!("`{text}` is not an LDAP attribute");
            self.report.push(Diagnostic::error(&codes::ATTRIBUTE_DESCRIPTION, message).at(span));
            return None;
        };
        if forbidden::is_forbidden(&attribute, codec) {
            let finding = Diagnostic::error(&codes::FORBIDDEN, format!("`{attribute}` is never mapped")).at(span);
            let is = |name: &str| attribute.type_name().eq_ignore_ascii_case(name);
            self.report.push(match () {
                () if is("userAccountControl") => finding.help("map its bits, one by one: codec = \"bit\", mask = 2"),
                () if is("userPassword") || is("unicodePwd") => {
                    finding.help("a password is written, never read: password = { codec = \"passmod\" }")
                }
                () => finding,
            });
            return None;
        }
        Some(attribute)
    }

    /// Reports that `node` is wrong in the way `code` says.
    pub(super) fn error(&mut self, node: &Node, code: &'static crate::diagnostics::Code, message: impl Into<String>) {
        self.report.push(node.error(code, message));
    }

    /// `written` with `{suffix}` replaced.
    fn expand(&mut self, node: &Node, written: &str, form: &dyn Fn(&str) -> String) -> Option<String> {
        let Some(start) = written.find('{') else { return Some(written.to_owned()) };
        let end = written.get(start..).and_then(|rest| rest.find('}')).map_or(written.len(), |end| start + end + 1);
        let name = written.get(start..end).unwrap_or_default();
        let place = inside(node, start..end);
        match (name, &self.suffix) {
            ("{suffix}", Some(suffix)) => {
                let replaced = written.replace("{suffix}", &form(suffix));
                match replaced.find('{') {
                    None => Some(replaced),
                    Some(_) => self.unknown_variable(name, &inside(node, 0..written.len())),
                }
            }
            ("{suffix}", None) => {
                self.no_suffix(&place);
                None
            }
            _ => self.unknown_variable(name, &place),
        }
    }

    /// What `{suffix}` stands for, at `place`.
    pub(super) fn suffix(&mut self, place: &Span) -> Option<String> {
        if self.suffix.is_none() {
            self.no_suffix(place);
        }
        self.suffix.clone()
    }

    fn no_suffix(&mut self, place: &Span) {
        let finding = Diagnostic::error(&codes::VARIABLE, "nothing says what `{suffix}` is").at(place);
        let help = match place.file.name.starts_with(builtin::PREFIX) {
            // Presets can't be changed: what extends one says it.
            true => format!(
                "the mapping file that extends the preset says it above its tables:\n\
                         version = 1\nextends = \"{}\"\nsuffix = \"dc=example,dc=com\"",
                place.file.name
            ),
            false => "write it above the tables: suffix = \"dc=example,dc=com\"".to_owned(),
        };
        self.report.push(finding.help(help));
    }

    fn unknown_variable(&mut self, name: &str, place: &Span) -> Option<String> {
        let finding = Diagnostic::error(&codes::VARIABLE, format!("`{name}` is no variable")).at(place);
        self.report.push(finding.help("`{suffix}` is the only one; a brace itself is written \\7B"));
        None
    }
}

/// The place of some bytes of a string's text, where the text stands in the file as it is; else the whole string's.
pub(super) fn inside(node: &Node, bytes: Range<usize>) -> Span {
    let written = node.span.text();
    match node.as_str() {
        Some(text) if written.len() == text.len() + 2 && written.get(1..=text.len()) == Some(text) => {
            let start = bytes.start.min(text.len());
            let end = bytes.end.clamp(start, text.len());
            node.span.part(start + 1..end + 1)
        }
        _ => node.span.clone(),
    }
}

/// A finding in a string's text, at an offset where that is known.
fn invalid(node: &Node, code: &'static crate::diagnostics::Code, reason: &str, offset: usize) -> Diagnostic {
    let finding = Diagnostic::error(code, reason);
    match node.as_str() {
        Some(text) if offset <= text.len() => finding.at(&inside(node, offset..offset + 1)).label("here"),
        Some(text) => finding.at(&inside(node, 0..text.len())),
        None => finding.at(&node.span),
    }
}

/// A text as it stands in a filter's assertion value.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '*' => out.push_str("\\2a"),
            '(' => out.push_str("\\28"),
            ')' => out.push_str("\\29"),
            '\\' => out.push_str("\\5c"),
            other => out.push(other),
        }
        out
    })
}
