//! Where a finding is: a file's text and a range of bytes in it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text that findings point into.
#[derive(PartialEq, Eq)]
pub struct SourceFile {
    /// The name as shown: a path, or `builtin:openldap`.
    pub name: String,
    /// The text as shown. It may differ from the text that was read where a secret is blotted out, never in length.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A shared file of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Line and column of a byte offset, both from 1; columns count characters. An offset beyond the end is the end, one
    /// inside a character is that character's.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let start = self.line_start(offset);
        let line = self.text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1;
        let column =
            self.text[start..].char_indices().take_while(|(i, c)| start + i + c.len_utf8() <= offset).count() + 1;
        (line, column)
    }

    /// The line that holds `offset`: where it starts, and its text without the line break.
    pub(super) fn line_at(&self, offset: usize) -> (usize, &str) {
        let start = self.line_start(offset);
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        (start, line.strip_suffix('\r').unwrap_or(line))
    }

    fn line_start(&self, offset: usize) -> usize {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1)
    }
}

impl fmt::Debug for SourceFile {
    /// The name alone: a text may hold secrets, and would drown what is being debugged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({:?})", self.name)
    }
}

/// A range of bytes in a [`SourceFile`].
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The file pointed into.
    pub file: Arc<SourceFile>,
    /// The bytes meant; an empty range points between two characters.
    pub range: Range<usize>,
}

impl Span {
    /// `range` of `file`.
    pub fn new(file: &Arc<SourceFile>, range: Range<usize>) -> Self {
        Self { file: Arc::clone(file), range }
    }

    /// Line and column of the first character, both from 1.
    pub fn position(&self) -> (usize, usize) {
        self.file.position(self.range.start)
    }

    /// The text meant; empty where the range lies outside the file or cuts a character.
    pub fn text(&self) -> &str {
        self.file.text.get(self.range.clone()).unwrap_or_default()
    }

    /// The part of this span between two byte offsets, counted from its start; what lies outside is cut off. This is how a
    /// parser of a value (a template, a DN) points into the file that the value stands in.
    pub fn part(&self, range: Range<usize>) -> Self {
        let at = |offset: usize| self.range.start.saturating_add(offset).min(self.range.end);
        Self { file: Arc::clone(&self.file), range: at(range.start)..at(range.end.max(range.start)) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}+{}", self.file.name, self.range.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0, (1, 1))]
    #[case(1, (1, 2))]
    #[case(2, (1, 2))] // inside ü
    #[case(3, (1, 3))]
    #[case(4, (2, 1))]
    #[case(6, (3, 1))]
    #[case(7, (3, 2))]
    #[case(99, (3, 2))]
    fn positions_count_characters(#[case] offset: usize, #[case] expected: (usize, usize)) {
        // a ü \n \r \n z
        assert_eq!(SourceFile::new("f", "aü\n\r\nz").position(offset), expected);
    }

    #[test]
    fn a_part_stays_within_its_span() {
        let span = Span::new(&SourceFile::new("f", "x = \"abc\""), 5..8);
        assert_eq!(span.part(1..2).text(), "b");
        assert_eq!(span.part(1..99).text(), "bc");
        assert_eq!(span.part(9..99).text(), "");
    }
}
