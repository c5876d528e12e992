//! Secrets: read from the files that hold them, and blotted out of what is shown.

use super::codes;
use super::scope::Scope;
use secrecy::SecretString;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// A secret that stands under `key`, or in the file under `key_file`; reports both at once and unreadable files. The path is made
/// to start from the settings file's folder. One line break at the file's end doesn't count.
pub(super) fn resolve(scope: &mut Scope<'_>, key: &str, value: &mut Option<SecretString>, file: &mut Option<PathBuf>) {
    let Some(path) = file else { return };
    *path = scope.resolve(path);
    let file_key = format!("{key}_file");
    if scope.given(key) {
        scope.error(&file_key, &codes::TWICE, &format!("`{key}` is given too"));
        return;
    }
    match std::fs::read_to_string(&*path).map(Zeroizing::new) {
        Ok(text) => *value = Some(SecretString::from(without_line_break(&text))),
        Err(error) => scope.unreadable(&file_key, path, &error),
    }
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// `text` with the values of the keys `names` blotted out, of the same length in bytes. It works on the letters alone, so that
/// it holds for files that aren't TOML too; it blots out more rather than less.
pub(super) fn mask(text: &str, names: &[&str]) -> String {
    let mut shown = text.to_owned();
    for name in names {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(name)) {
            let start = from + at;
            from = start + name.len();
            if let Some(value) = value_after(text, start, from) {
                blot(&mut shown, value);
            }
        }
    }
    shown
}

/// The range of the value of the key at `start..end`, if it is a whole key with a value.
fn value_after(text: &str, start: usize, end: usize) -> Option<std::ops::Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if text[..start].ends_with(is_part) || text[end..].starts_with(is_part) {
        return None;
    }
    let rest = text[end..].trim_start_matches(['"', '\'', ' ', '\t']).strip_prefix('=')?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let begin = text.len() - rest.len();
    Some(begin..begin + value_length(rest))
}

/// How long the value at the start of `rest` is: to its closing quote, else to the end of the line.
fn value_length(rest: &str) -> usize {
    let line = rest.find('\n').unwrap_or(rest.len());
    for (quote, multi_line) in [("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)] {
        if let Some(body) = rest.strip_prefix(quote) {
            let limit = if multi_line { body.len() } else { body.find('\n').unwrap_or(body.len()) };
            return closing(&body[..limit], quote).map_or(quote.len() + limit, |at| at + 2 * quote.len());
        }
    }
    line
}

/// Where the closing quote stands, escapes heeded.
fn closing(body: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && body[at..].starts_with(quote) {
            return Some(at);
        }
        escaped = c == '\\' && !escaped && quote.starts_with('"');
    }
    None
}

/// Puts stars for all but quotes at the ends and line breaks.
fn blot(shown: &mut String, range: std::ops::Range<usize>) {
    let Some(value) = shown.get(range.clone()) else { return };
    let last = value.chars().count().saturating_sub(1);
    let blotted: String = value
        .chars()
        .enumerate()
        .map(|(i, c)| match c {
            '\n' | '\r' => c.to_string(),
            '"' | '\'' if i == 0 || i == last => c.to_string(),
            c => "*".repeat(c.len_utf8()),
        })
        .collect();
    shown.replace_range(range, &blotted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("bind_password = \"geheim\" # x", "bind_password = \"******\" # x")]
    #[case("bind_password='é'", "bind_password='**'")]
    #[case("\"bind_password\" = \"a\\\"b\"\nb = 1", "\"bind_password\" = \"****\"\nb = 1")]
    #[case("d = { bind_password = \"x\", urls = [] }", "d = { bind_password = \"*\", urls = [] }")]
    #[case("d.bind_password = 12345\nx = 1", "d.bind_password = *****\nx = 1")]
    #[case("bind_password = \"open\nx = 1", "bind_password = \"****\nx = 1")]
    #[case("bind_password = \"\"\"a\nb\"\"\"\nx", "bind_password = \"***\n***\"\nx")]
    #[case("bind_password_file = \"x\"", "bind_password_file = \"x\"")]
    #[case("my_bind_password = \"x\"", "my_bind_password = \"x\"")]
    #[case("# the bind_password is secret", "# the bind_password is secret")]
    #[case("bind_password =", "bind_password =")]
    fn secrets_are_blotted_out(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(mask(text, &["bind_password"]), shown);
    }

    proptest::proptest! {
        #[test]
        fn lengths_and_lines_stay(text in "(k|=| |\"|'|\n|é|\\\\|x|#){0,40}") {
            let shown = mask(&text, &["k"]);
            proptest::prop_assert_eq!(shown.len(), text.len());
            proptest::prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
        }
    }
}
