//! Draws a finding as compilers do: the line itself, carets under what is meant, the code, the help.

use super::{Diagnostic, Severity, SourceFile, Span};
use std::fmt::Write as _;
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// Lines longer than this are cut to a window around the mark.
const WIDTH: usize = 160;
const TAB: usize = 4;

/// One finding, ending in a line break.
pub(super) fn diagnostic(diagnostic: &Diagnostic, color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    let head = paint.severity(diagnostic.severity, &format!("{}[{}]", diagnostic.severity.name(), diagnostic.code.id));
    let _ = writeln!(out, "{head}{}", paint.bold(&format!(": {}", visible(&diagnostic.message))));
    let marks = marks(diagnostic);
    let gutter = marks.iter().map(|m| m.line.to_string().len()).max().unwrap_or(0) + 1;
    let mut previous: Option<&Mark> = None;
    for mark in &marks {
        draw_mark(&mut out, &paint, gutter, diagnostic.severity, mark, previous);
        previous = Some(mark);
    }
    if let Some(help) = &diagnostic.help {
        if previous.is_some() {
            let _ = writeln!(out, "{:gutter$} {}", "", paint.frame("|"));
        }
        for (i, line) in help.lines().enumerate() {
            let lead = if i == 0 { format!("{} {}", paint.frame("="), paint.bold("help:")) } else { " ".repeat(7) };
            let _ = writeln!(out, "{:gutter$} {lead} {}", "", visible(line));
        }
    }
    out
}

/// A marked place, on one line.
struct Mark<'a> {
    file: &'a Arc<SourceFile>,
    line: usize,
    column: usize,
    primary: bool,
    label: &'a str,
    text: String,
    /// Display columns before the mark, and of the mark.
    indent: usize,
    width: usize,
}

/// All marks, the primary's file first, then by file and line.
fn marks(diagnostic: &Diagnostic) -> Vec<Mark<'_>> {
    let Some(span) = &diagnostic.span else { return Vec::new() };
    let mut marks = vec![Mark::new(span, diagnostic.label.as_deref().unwrap_or_default(), true)];
    marks.extend(diagnostic.secondary.iter().map(|(span, label)| Mark::new(span, label, false)));
    marks.sort_by_key(|m| (m.file.name != span.file.name, m.file.name.clone(), m.line, !m.primary, m.column));
    marks
}

impl<'a> Mark<'a> {
    fn new(span: &'a Span, label: &'a str, primary: bool) -> Self {
        let (line, column) = span.position();
        let (start, text) = span.file.line_at(span.range.start);
        let from = column - 1;
        // A mark over several lines is drawn on the first.
        let end = span.range.end.min(start + text.len());
        let count = text.char_indices().skip(from).take_while(|(i, _)| start + i < end).count();
        let (text, indent, width) = window(text, from, count);
        Self { file: &span.file, line, column, primary, label, text, indent, width }
    }
}

/// The line as shown, the display columns before character `from`, and those of the `count` characters from there (1 at least).
fn window(line: &str, from: usize, count: usize) -> (String, usize, usize) {
    let total: usize = line.chars().map(width).sum();
    let skip = if total > WIDTH && from > WIDTH / 2 { from - WIDTH / 4 } else { 0 };
    let mut shown = String::from(if skip > 0 { "…" } else { "" });
    let (mut column, mut indent, mut marked) = (shown.chars().count(), None, 0);
    for (i, c) in line.chars().enumerate().skip(skip) {
        if column >= WIDTH {
            shown.push('…');
            break;
        }
        if i == from {
            indent = Some(column);
        }
        if i >= from && i < from + count {
            marked += width(c);
        }
        column += width(c);
        match c {
            '\t' => shown.push_str(&" ".repeat(TAB)),
            c if c.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    (shown.trim_end().to_owned(), indent.unwrap_or(column), marked.max(1))
}

fn width(c: char) -> usize {
    if c == '\t' { TAB } else { c.width().unwrap_or(1) }
}

fn draw_mark(out: &mut String, paint: &Paint, gutter: usize, severity: Severity, mark: &Mark, previous: Option<&Mark>) {
    let bar = paint.frame("|");
    let same_file = previous.is_some_and(|p| p.file.name == mark.file.name);
    if !same_file {
        let arrow = if previous.is_some() { ":::" } else { "-->" };
        let place = format!("{}:{}:{}", visible(&mark.file.name), mark.line, mark.column);
        let _ = writeln!(out, "{:gutter$}{} {place}", "", paint.frame(arrow));
        let _ = writeln!(out, "{:gutter$} {bar}", "");
    } else if previous.is_some_and(|p| p.line + 1 < mark.line) {
        let _ = writeln!(out, "{}", paint.frame("..."));
    }
    if !same_file || previous.is_some_and(|p| p.line != mark.line) {
        let number = paint.frame(&format!("{:>gutter$}", mark.line));
        let _ = writeln!(out, "{}", format!("{number} {bar} {}", mark.text).trim_end());
    }
    let underline = if mark.primary { "^" } else { "-" }.repeat(mark.width);
    let note = format!("{underline} {}", visible(mark.label));
    let note = if mark.primary { paint.severity(severity, note.trim_end()) } else { paint.frame(note.trim_end()) };
    let _ = writeln!(out, "{:gutter$} {bar} {:indent$}{note}", "", "", indent = mark.indent);
}

/// Text that came from a file, made harmless for a terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn frame(&self, text: &str) -> String {
        self.with("1;34", text)
    }

    fn severity(&self, severity: Severity, text: &str) -> String {
        let style = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(style, text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Report;
    use super::*;
    use insta::assert_snapshot;

    crate::diagnostics::diagnostic_codes! {
        ODD = "X001", "odd", "For tests.";
    }

    fn find(file: &Arc<SourceFile>, text: &str) -> Span {
        let start = file.text.find(text).unwrap();
        Span::new(file, start..start + text.len())
    }

    #[test]
    fn shows_line_mark_label_and_help() {
        let file = SourceFile::new("a.toml", "one = 1\n\ttwo = \"z漢é\" # x\nthree = 3\nfour = 4\nfive = 5\n");
        let other = SourceFile::new("b.toml", "base\n");
        let finding = Diagnostic::error(&ODD, "something is odd")
            .at(&find(&file, "é"))
            .label("this")
            .also(&find(&file, "five"), "because of this")
            .also(&find(&file, "two"), "in here")
            .also(&find(&other, "base"), "and of that")
            .help("mend it\nor leave it");
        assert_snapshot!(diagnostic(&finding, false), @r##"
        error[X001]: something is odd
          --> a.toml:2:11
           |
         2 |     two = "z漢é" # x
           |               ^ this
           |     --- in here
        ...
         5 | five = 5
           | ---- because of this
          ::: b.toml:1:1
           |
         1 | base
           | ---- and of that
           |
           = help: mend it
                   or leave it
        "##);
    }

    #[test]
    fn several_findings_stand_apart_and_sorted() {
        let file = SourceFile::new("a.toml", "a\nb");
        let report: Report = [
            Diagnostic::note(&ODD, "third").at(&find(&file, "b")),
            Diagnostic::warning(&ODD, "second").at(&find(&file, "a")).label("here"),
            Diagnostic::error(&ODD, "first, from no file").help("look elsewhere"),
        ]
        .into_iter()
        .collect();
        assert_snapshot!(report.clone().sorted(), @r##"
        error[X001]: first, from no file
          = help: look elsewhere

        warning[X001]: second
          --> a.toml:1:1
           |
         1 | a
           | ^ here

        note[X001]: third
          --> a.toml:2:1
           |
         2 | b
           | ^
        "##);
        assert_eq!(report.summary(), "1 error, 1 warning, 1 note");
        assert_snapshot!(report.sorted().to_json(), @r##"[{"code":"X001","help":"look elsewhere","message":"first, from no file","severity":"error","title":"odd"},{"code":"X001","column":1,"end_column":2,"end_line":1,"file":"a.toml","label":"here","line":1,"message":"second","severity":"warning","title":"odd"},{"code":"X001","column":1,"end_column":2,"end_line":2,"file":"a.toml","line":2,"message":"third","severity":"note","title":"odd"}]"##);
    }

    #[test]
    fn odd_places_are_drawn_too() {
        let file = SourceFile::new("a.toml", "first\r\nlast");
        for range in [0..0, 3..9, 5..6, 6..7, 11..11, 50..60] {
            let text = diagnostic(&Diagnostic::error(&ODD, "x").at(&Span::new(&file, range.clone())), false);
            assert!(text.contains('^'), "{range:?}: {text}");
        }
        let text = diagnostic(&Diagnostic::error(&ODD, "x").at(&Span::new(&file, 3..11)), false);
        assert_snapshot!(text, @r##"
        error[X001]: x
          --> a.toml:1:4
           |
         1 | first
           |    ^^
        "##);
    }

    #[test]
    fn long_lines_are_cut_and_control_characters_made_harmless() {
        let file = SourceFile::new("a.toml", format!("{}\x1b[2J{}", "x".repeat(400), "y".repeat(400)));
        let text = diagnostic(&Diagnostic::error(&ODD, "bad \x07").at(&find(&file, "[2J")).label("h\x1b"), false);
        assert_snapshot!(text, @r##"
        error[X001]: bad �
          --> a.toml:1:402
           |
         1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx�[2Jyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
           |                                          ^^^ h�
        "##);
        assert!(text.lines().all(|line| line.chars().count() < 180));
    }

    #[test]
    fn colour_is_only_added() {
        let file = SourceFile::new("a.toml", "a\n");
        let finding = Diagnostic::error(&ODD, "x").at(&find(&file, "a")).label("l").help("h");
        let colored = diagnostic(&finding, true);
        assert!(colored.contains("\x1b[1;31m"));
        let mut plain = String::new();
        let mut parts = colored.split('\x1b');
        plain.push_str(parts.next().unwrap());
        parts.for_each(|part| plain.push_str(part.split_once('m').unwrap().1));
        assert_eq!(plain, diagnostic(&finding, false));
    }
}
