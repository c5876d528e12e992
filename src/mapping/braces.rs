//! What all templates have in common: text with names in braces, `{{` and `}}` for braces themselves.

use std::ops::Range;

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {offset} of the template")]
pub struct InvalidTemplate {
    /// The offset in bytes into the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// A stretch of a template's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch<'a> {
    /// Text as it stands.
    Literal(String),
    /// What stands between braces, and where in the text it starts.
    Braces(&'a str, usize),
}

/// A name in a template, with its place in the text.
pub(super) type Name = (String, Range<usize>);

/// The stretches of a template's text.
pub(super) fn stretches(text: &str) -> Result<Vec<Stretch<'_>>, InvalidTemplate> {
    let mut stretches = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("{{") || rest.starts_with("}}") {
            literal.push_str(&rest[..1]);
            at += 2;
        } else if rest.starts_with('}') {
            return Err(InvalidTemplate { offset: at, reason: "this brace was never opened" });
        } else if let Some(inner) = rest.strip_prefix('{') {
            let unclosed = InvalidTemplate { offset: at, reason: "this brace is never closed" };
            let end = inner.find(['{', '}']).filter(|end| inner[*end..].starts_with('}')).ok_or(unclosed)?;
            if !literal.is_empty() {
                stretches.push(Stretch::Literal(std::mem::take(&mut literal)));
            }
            stretches.push(Stretch::Braces(inner.get(..end).unwrap_or_default(), at + 1));
            at += end + 2;
        } else {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            literal.push_str(rest.get(..end).unwrap_or_default());
            at += end;
        }
    }
    if !literal.is_empty() {
        stretches.push(Stretch::Literal(literal));
    }
    Ok(stretches)
}

/// The names in `displayName ?? cn`, which stands at `start`; `missing` says what an empty one is.
pub(super) fn choices(text: &str, start: usize, missing: &'static str) -> Result<Vec<Name>, InvalidTemplate> {
    let mut names = Vec::new();
    let mut at = start;
    for part in text.split("??") {
        let name = part.trim();
        let offset = at + (part.len() - part.trim_start().len());
        if name.is_empty() {
            return Err(InvalidTemplate { offset, reason: missing });
        }
        names.push((name.to_owned(), offset..offset + name.len()));
        at += part.len() + 2;
    }
    Ok(names)
}
