//! Secrets: read from the files that hold them, and blotted out of what is shown.

use super::codes;
use super::scope::Scope;
use crate::diagnostics::did_you_mean;
use crate::diagnostics::toml::{Kind, TableSpec};
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

/// A hash, which is none, unless the token itself stands there by mistake.
const TOKEN_HASH: &str = "token_sha256";

/// Whether a key of this name may hold a secret: it is declared so, or it isn't declared and looks like a slip for one.
pub(super) fn is_secret(name: &str, spec: &'static TableSpec) -> bool {
    if let Some(key) = spec.all_keys().find(|key| key.name == name) {
        return matches!(key.kind, Kind::Secret) || name == TOKEN_HASH;
    }
    let secrets = spec.all_keys().filter(|key| matches!(key.kind, Kind::Secret)).map(|key| key.name);
    let lower = name.to_ascii_lowercase();
    ["pass", "secret", "pwd"].iter().any(|word| lower.contains(word)) || did_you_mean(name, secrets).is_some()
}

/// `text` with the values of keys that are secret blotted out, of the same length in bytes. It works on the letters alone, so
/// that it holds for files that aren't TOML too; it blots out more rather than less.
pub(super) fn mask(text: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let mut shown = text.to_owned();
    for (at, _) in text.match_indices('=') {
        let before = text[..at].trim_end_matches(['"', '\'', ' ', '\t']);
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let start = before.trim_end_matches(is_part).len();
        if start < before.len() && is_secret(&before[start..]) {
            let rest = text[at + 1..].trim_start_matches([' ', '\t']);
            let begin = text.len() - rest.len();
            blot(&mut shown, begin..begin + value_length(rest));
        }
    }
    shown
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
        assert_eq!(mask(text, |key| key == "bind_password"), shown);
    }

    proptest::proptest! {
        #[test]
        fn lengths_and_lines_stay(text in "(k|=| |\"|'|\n|é|\\\\|x|#){0,40}") {
            let shown = mask(&text, |key| key == "k");
            proptest::prop_assert_eq!(shown.len(), text.len());
            proptest::prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
        }
    }
}
