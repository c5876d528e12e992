//! From characters to tokens. Words aren't told apart here: `and` may be an operator or an attribute's name.

use crate::scim::text::{Span, shortened};

use super::error::ParseError;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Anything without blanks, brackets and quotes: a path, operator, keyword or number.
    Word(&'a str),
    /// A JSON string, unescaped.
    Text(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// Nothing is left.
    End,
}

impl Token<'_> {
    /// The token as an error message shows it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", shortened(word)),
            Self::Text(_) => "a string".into(),
            Self::Open => "`(`".into(),
            Self::Close => "`)`".into(),
            Self::OpenBracket => "`[`".into(),
            Self::CloseBracket => "`]`".into(),
            Self::End => "the end".into(),
        }
    }
}

/// Reads tokens one after the other, counting characters.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, position: 0 }
    }

    /// The next token and where it stands; [`Token::End`] for ever after the last.
    pub(crate) fn next_token(&mut self) -> Result<(Token<'a>, Span), ParseError> {
        while self.rest.starts_with(is_blank) {
            self.bump();
        }
        let start = self.position;
        let token = match self.rest.chars().next() {
            None => Token::End,
            Some('(') => self.single(Token::Open),
            Some(')') => self.single(Token::Close),
            Some('[') => self.single(Token::OpenBracket),
            Some(']') => self.single(Token::CloseBracket),
            Some('"') => Token::Text(self.string()?),
            Some(_) => Token::Word(self.word()),
        };
        Ok((token, Span { start, end: self.position }))
    }

    fn bump(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        self.position += 1;
        Some(character)
    }

    fn single(&mut self, token: Token<'a>) -> Token<'a> {
        self.bump();
        token
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(ends_word).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.position += word.chars().count();
        word
    }

    /// A JSON string (RFC 8259 section 7), from its opening quote on.
    fn string(&mut self) -> Result<String, ParseError> {
        let opening = self.here();
        self.bump();
        let mut text = String::new();
        loop {
            let here = self.here();
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(here)?),
                Some(control) if control < ' ' => {
                    return Err(ParseError::at(here, "a control character in a string must be escaped"));
                }
                Some(character) => text.push(character),
                None => return Err(ParseError::at(opening, "a string without closing quote")),
            }
        }
    }

    /// What follows a backslash that stood at `start`.
    fn escape(&mut self, start: Span) -> Result<char, ParseError> {
        let escaped = match self.bump() {
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(start),
            _ => {
                return Err(ParseError::at(
                    start,
                    "an unknown escape in a string; a backslash itself is written `\\\\`",
                ));
            }
        };
        Ok(escaped)
    }

    /// The four digits after `\u`, and those of the other half of a surrogate pair.
    fn unicode(&mut self, start: Span) -> Result<char, ParseError> {
        let unpaired = || ParseError::at(start, "half a surrogate pair in a string");
        let first = self.hex(start)?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.rest.starts_with("\\u") {
                    return Err(unpaired());
                }
                self.bump();
                self.bump();
                let second = self.hex(start)?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or_else(unpaired)?;
                0x10000 + ((first - 0xd800) << 10) + second
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(unpaired)
    }

    fn hex(&mut self, start: Span) -> Result<u32, ParseError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.bump().and_then(|character| character.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| ParseError::at(start, "`\\u` takes four hexadecimal digits"))?;
        }
        Ok(code)
    }

    fn here(&self) -> Span {
        Span { start: self.position, end: self.position + 1 }
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn ends_word(character: char) -> bool {
    is_blank(character) || matches!(character, '(' | ')' | '[' | ']' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn string(text: &str) -> Result<String, ParseError> {
        match Lexer::new(text).next_token()? {
            (Token::Text(text), _) => Ok(text),
            (other, _) => panic!("no string: {other:?}"),
        }
    }

    #[rstest]
    #[case(r#""""#, "")]
    #[case(r#""a\"b\\c\/d""#, "a\"b\\c/d")]
    #[case(r#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t")]
    #[case(r#""\u00e9\u0000""#, "é\0")]
    #[case(r#""\uD83D\ude00""#, "😀")]
    #[case("\"é😀\"", "é😀")]
    fn strings(#[case] text: &str, #[case] value: &str) {
        assert_eq!(string(text).as_deref(), Ok(value));
    }

    #[rstest]
    #[case(r#""abc"#, 1)]
    #[case(r#""ab\"#, 4)]
    #[case(r#""a\x""#, 3)]
    #[case(r#""é\u12g4""#, 3)]
    #[case(r#""\ud800""#, 2)]
    #[case(r#""\ud800\u0041""#, 2)]
    #[case(r#""\udc00""#, 2)]
    #[case("\"a\nb\"", 3)]
    fn broken_strings(#[case] text: &str, #[case] column: usize) {
        assert_eq!(string(text).unwrap_err().column, column);
    }

    #[test]
    fn places_are_counted_in_characters() {
        let mut lexer = Lexer::new("\"é😀\" and(x)");
        let spans: Vec<_> = std::iter::from_fn(|| match lexer.next_token().unwrap() {
            (Token::End, _) => None,
            (_, span) => Some((span.start, span.end)),
        })
        .collect();
        assert_eq!(spans, [(0, 4), (5, 8), (8, 9), (9, 10), (10, 11)]);
    }

    proptest! {
        #[test]
        fn strings_are_those_of_json(text in "\\PC{0,12}") {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(&json), Ok(text));
        }
    }
}
