//! Names as clients write them, with the place where they stood.

use std::fmt;
use std::ops::Range;

/// A stretch of a filter or path, in characters from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first character, counted from 0.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// The column of its first character, counted from 1, as people count.
    pub fn column(self) -> usize {
        self.start + 1
    }

    /// From the start of this one to the end of another.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// An attribute path as it was written (RFC 7644 section 3.10): `userName`, `name.familyName`, `urn:…:User:manager.value`.
///
/// Where a URN ends can't be seen from the text, only from the schema that it is resolved against. Two are equal when their texts
/// are; the place doesn't count.
#[derive(Debug, Clone)]
pub struct PathText {
    /// The path.
    pub text: String,
    /// Where it stood.
    pub span: Span,
}

impl PathText {
    /// A path that stood at `span`.
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span }
    }
}

impl From<&str> for PathText {
    fn from(text: &str) -> Self {
        let end = text.chars().count();
        Self::new(text, Span { start: 0, end })
    }
}

impl PartialEq for PathText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathText {}

impl fmt::Display for PathText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Longer names are cut in answers, and get no suggestion: comparing them is dear, and nobody mistypes that much.
pub(crate) const LONGEST_ECHOED: usize = 200;

/// Enough of what a client wrote to recognise it by: an answer doesn't echo a megabyte.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_ECHOED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
