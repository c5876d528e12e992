//! The descriptions' common form: `( OID KEYWORD value KEYWORD ( value $ value ) … )`, read tolerantly.

use std::borrow::Cow;

/// A description taken apart: its OID and, for each keyword, its values.
pub(super) struct Description<'a> {
    /// The numeric OID, or the name that stands for it.
    pub(super) oid: &'a str,
    fields: Vec<(&'a str, Vec<Cow<'a, str>>)>,
}

/// The keywords that stand alone.
const FLAGS: [&str; 7] =
    ["OBSOLETE", "SINGLE-VALUE", "COLLECTIVE", "NO-USER-MODIFICATION", "ABSTRACT", "STRUCTURAL", "AUXILIARY"];

impl<'a> Description<'a> {
    /// Takes a description apart. What vendors get wrong is let pass: quoted OIDs, unquoted names, keywords without a value.
    pub(super) fn parse(text: &'a str) -> Result<Self, &'static str> {
        let mut tokens = tokens(text)?.into_iter().peekable();
        if tokens.next() != Some(Token::Open) {
            return Err("`(` is expected at the start");
        }
        let oid = match tokens.next() {
            Some(Token::Word(oid) | Token::Quoted(oid)) => oid,
            _ => return Err("an OID is expected behind `(`"),
        };
        let mut fields = Vec::new();
        loop {
            let keyword = match tokens.next() {
                Some(Token::Word(keyword)) => keyword,
                Some(Token::Close) if tokens.next().is_none() => return Ok(Self { oid, fields }),
                Some(Token::Close) => return Err("there is text behind the closing `)`"),
                Some(_) => return Err("a keyword is expected"),
                None => return Err("the closing `)` is missing"),
            };
            let mut values = Vec::new();
            if !FLAGS.iter().any(|flag| flag.eq_ignore_ascii_case(keyword)) {
                match tokens.next_if(|token| *token != Token::Close) {
                    Some(Token::Open) => loop {
                        match tokens.next() {
                            Some(Token::Word(value)) => values.push(Cow::Borrowed(value)),
                            Some(Token::Quoted(value)) => values.push(unescape(value)),
                            Some(Token::Dollar) => {}
                            Some(Token::Close) => break,
                            Some(Token::Open) | None => return Err("a list isn't closed"),
                        }
                    },
                    Some(Token::Word(value)) => values.push(Cow::Borrowed(value)),
                    Some(Token::Quoted(value)) => values.push(unescape(value)),
                    _ => {}
                }
            }
            fields.push((keyword, values));
        }
    }

    /// Whether the keyword is there.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(keyword))
    }

    /// The keyword's values; none when it is absent.
    pub(super) fn list(&self, keyword: &str) -> Vec<String> {
        let field = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(keyword));
        field.map(|(_, values)| values.iter().map(|value| value.to_string()).collect()).unwrap_or_default()
    }

    /// The keyword's only value.
    pub(super) fn one(&self, keyword: &str) -> Option<String> {
        self.list(keyword).into_iter().next()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Open,
    Close,
    Dollar,
    Quoted(&'a str),
    Word(&'a str),
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            '$' => (Token::Dollar, &rest[1..]),
            '\'' => {
                let end = rest[1..].find('\'').ok_or("a quoted text isn't closed")?;
                (Token::Quoted(&rest[1..1 + end]), &rest[2 + end..])
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '$' | '\'');
                let end = rest.find(ends).unwrap_or(rest.len());
                (Token::Word(&rest[..end]), &rest[end..])
            }
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// `\27` is a quote and `\5C` a backslash in a quoted text.
fn unescape(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        Cow::Owned(text.replace("\\27", "'").replace("\\5c", "\\").replace("\\5C", "\\"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn takes_descriptions_apart() {
        let text = "(1.2.3 NAME('a' 'b')DESC 'it\\27s' SUP ( x$y ) SINGLE-VALUE X-ORIGIN ( 'RFC 1' 'RFC 2' ) )";
        let description = Description::parse(text).unwrap();
        assert_eq!(description.oid, "1.2.3");
        assert_eq!(description.list("name"), ["a", "b"]);
        assert_eq!(description.one("DESC").unwrap(), "it's");
        assert_eq!(description.list("SUP"), ["x", "y"]);
        assert!(description.has("SINGLE-VALUE") && !description.has("COLLECTIVE"));
        assert_eq!(description.list("X-ORIGIN").len(), 2);
    }

    #[rstest]
    #[case("", "`(`")]
    #[case("1.2.3", "`(`")]
    #[case("(", "OID")]
    #[case("( )", "OID")]
    #[case("( 1.2.3 NAME 'a'", "missing")]
    #[case("( 1.2.3 NAME ( 'a' )", "missing")]
    #[case("( 1.2.3 NAME ( 'a'", "list")]
    #[case("( 1.2.3 NAME 'a )", "quoted")]
    #[case("( 1.2.3 ) x", "behind")]
    #[case("( 1.2.3 'a' )", "keyword")]
    fn says_why_it_cannot(#[case] text: &str, #[case] reason: &str) {
        let error = Description::parse(text).err().unwrap();
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[()$' aNé]{0,30}") {
            let _ = Description::parse(&text);
        }
    }
}
