//! Just enough of Rust's lexical grammar: names, `::` and brackets, without comments, text and code that only tests have.

/// A token that matters for paths; everything else is an `Other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Name(String),
    PathSeparator,
    Open(char),
    Close(char),
    Comma,
    Semicolon,
    Star,
    Other(char),
}

/// The tokens of a source file.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match c {
            '/' if next == Some('/') => at = skip_line(&chars, at),
            '/' if next == Some('*') => at = skip_comment(&chars, at),
            '"' => at = skip_text(&chars, at),
            '\'' => at = skip_quote(&chars, at),
            c if c.is_alphabetic() || c == '_' => {
                let end = (at..chars.len()).find(|i| !is_name(chars[*i])).unwrap_or(chars.len());
                let name: String = chars[at..end].iter().collect();
                at = end;
                match raw_text(&chars, &name, at) {
                    Some(end) => at = end,
                    None => found.push(Token::Name(name)),
                }
            }
            ':' if next == Some(':') => {
                found.push(Token::PathSeparator);
                at += 2;
            }
            c => {
                if !c.is_whitespace() {
                    found.push(punctuation(c));
                }
                at += 1;
            }
        }
    }
    found
}

fn punctuation(c: char) -> Token {
    match c {
        '(' | '[' | '{' => Token::Open(c),
        ')' | ']' | '}' => Token::Close(c),
        ',' => Token::Comma,
        ';' => Token::Semicolon,
        '*' => Token::Star,
        c => Token::Other(c),
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn skip_line(chars: &[char], at: usize) -> usize {
    (at..chars.len()).find(|i| chars[*i] == '\n').unwrap_or(chars.len())
}

fn skip_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn skip_text(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character literal or a lifetime.
fn skip_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => (at + 3..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |end| end + 1),
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

/// The end of `r#"…"#` when the name before `at` is the prefix of a raw string.
fn raw_text(chars: &[char], prefix: &str, at: usize) -> Option<usize> {
    if !matches!(prefix, "r" | "br" | "cr") {
        return None;
    }
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let closes =
        |i: &usize| chars[*i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    let end = (at + hashes + 1..chars.len()).find(closes)?;
    Some(end + 1 + hashes)
}

/// The tokens without what stands under `#[cfg(test)]`.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = end_of_item(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let name = |text: &str| Token::Name(text.to_owned());
    let wanted = [
        Token::Other('#'),
        Token::Open('['),
        name("cfg"),
        Token::Open('('),
        name("test"),
        Token::Close(')'),
        Token::Close(']'),
    ];
    tokens.starts_with(&wanted)
}

/// The place behind the item that the attribute at `start` belongs to, further attributes included.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(c) => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *c == '}' {
                    return at + 1;
                }
            }
            Token::Semicolon if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[test]
fn comments_text_and_tests_are_left_out() {
    let text = r###"
        // crate::a
        /* crate::b /* nested */ crate::c */
        const X: &str = "crate::d \" crate::e";
        const Y: &str = r#"crate::f " crate::g"#;
        const Z: char = '"'; fn f<'a>(x: &'a str, y: char) { y == '\''; }
        #[cfg(test)]
        #[allow(unused)]
        mod tests { use crate::h; fn g() { } }
        #[cfg(test)]
        use crate::i;
        use crate::j;
    "###;
    let kept = without_tests(&tokens(text));
    let crates = kept.iter().filter(|token| **token == Token::Name("crate".to_owned())).count();
    assert_eq!(crates, 1, "{kept:?}");
    assert!(kept.contains(&Token::Name("j".to_owned())));
}
