//! From tokens to [`Expr`]: a hand-written parser with one function per level of precedence.
//!
//! Limits are kept while parsing, so a hostile filter costs no more than the limits say, and recursion is never deeper than
//! `max_depth` levels of brackets.

use crate::scim::text::{PathText, Span, shortened};

use super::ast::{CompareOp, Comparison, Expr, Literal};
use super::error::ParseError;
use super::lexer::{Lexer, Token};
use super::limits::Limits;

/// Parses a filter (RFC 7644 section 3.4.2.2). Keywords, operators and `true`, `false`, `null` may be in any case; blanks are only
/// needed between words.
///
/// # Errors
/// When the text isn't a filter or exceeds a limit.
pub fn parse(text: &str, limits: &Limits) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(text, limits)?;
    let filter = parser.any_of()?;
    parser.finish("`and`, `or` or the end")?;
    Ok(filter)
}

/// The tokens not yet used, one of them looked at, and what has been used up of the limits.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    span: Span,
    limits: Limits,
    depth: usize,
    terms: usize,
    in_value_filter: bool,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Result<Self, ParseError> {
        if text.len() > limits.max_bytes {
            let message = format!("longer than {} bytes", limits.max_bytes);
            return Err(ParseError::at(Span::default(), message));
        }
        let mut lexer = Lexer::new(text);
        let (token, span) = lexer.next_token()?;
        Ok(Self { lexer, token, span, limits: *limits, depth: 0, terms: 0, in_value_filter: false })
    }

    /// Whether what is being read stands in the square brackets of a value path.
    pub(crate) fn in_value_filter(&self) -> bool {
        self.in_value_filter
    }

    /// `FILTER *("or" FILTER)`
    pub(crate) fn any_of(&mut self) -> Result<Expr, ParseError> {
        self.chain("or", Self::all_of, Expr::Or)
    }

    /// `FILTER *("and" FILTER)`
    fn all_of(&mut self) -> Result<Expr, ParseError> {
        self.chain("and", Self::single, Expr::And)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expr, ParseError>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, ParseError> {
        let first = part(self)?;
        if !self.at_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.at_word(word) {
            self.advance()?;
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    /// A group, a negation, or something about an attribute.
    fn single(&mut self) -> Result<Expr, ParseError> {
        match self.token {
            Token::Open => self.group(),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.advance()?;
                if self.token != Token::Open {
                    return Err(self.expected("`(` after `not`"));
                }
                Ok(Expr::Not(Box::new(self.group()?)))
            }
            _ => self.attribute(),
        }
    }

    fn group(&mut self) -> Result<Expr, ParseError> {
        self.nested(Token::Close, Self::any_of)
    }

    /// What stands between the bracket that is next and its counterpart.
    fn nested(
        &mut self,
        closing: Token<'static>,
        inner: fn(&mut Self) -> Result<Expr, ParseError>,
    ) -> Result<Expr, ParseError> {
        if self.depth >= self.limits.max_depth {
            return Err(ParseError::at(self.span, format!("nested deeper than {} levels", self.limits.max_depth)));
        }
        self.depth += 1;
        self.advance()?;
        let found = inner(self)?;
        if self.token != closing {
            return Err(self.expected(&format!("`and`, `or` or {}", closing.describe())));
        }
        self.advance()?;
        self.depth -= 1;
        Ok(found)
    }

    fn attribute(&mut self) -> Result<Expr, ParseError> {
        let path = self.path()?;
        let Some(filter) = self.value_filter_if_any()?.map(Box::new) else { return self.test(path) };
        let then = match self.sub_path()? {
            Some(sub) => Some(Box::new(self.test(sub)?)),
            None => None,
        };
        Ok(Expr::ValuePath { path, filter, then })
    }

    /// A filter in square brackets, if that is what is next.
    pub(crate) fn value_filter_if_any(&mut self) -> Result<Option<Expr>, ParseError> {
        if self.token == Token::OpenBracket { self.value_filter().map(Some) } else { Ok(None) }
    }

    /// `"[" valFilter "]"`
    fn value_filter(&mut self) -> Result<Expr, ParseError> {
        if self.in_value_filter {
            return Err(ParseError::at(self.span, "a value filter inside a value filter"));
        }
        // Stays set when parsing fails, so that a path can tell where it failed.
        self.in_value_filter = true;
        let filter = self.nested(Token::CloseBracket, Self::any_of)?;
        self.in_value_filter = false;
        Ok(filter)
    }

    /// `.name` after a closing square bracket, if there is one.
    pub(crate) fn sub_path(&mut self) -> Result<Option<PathText>, ParseError> {
        let Token::Word(word) = self.token else { return Ok(None) };
        let Some(name) = word.strip_prefix('.') else { return Ok(None) };
        let span = Span { start: self.span.start + 1, end: self.span.end };
        check_path(name, span)?;
        self.advance()?;
        Ok(Some(PathText::new(name, span)))
    }

    pub(crate) fn path(&mut self) -> Result<PathText, ParseError> {
        let Token::Word(word) = self.token else { return Err(self.expected("an attribute name")) };
        check_path(word, self.span)?;
        let path = PathText::new(word, self.span);
        self.advance()?;
        Ok(path)
    }

    /// `"pr"`, or an operator and a value.
    fn test(&mut self, path: PathText) -> Result<Expr, ParseError> {
        self.terms += 1;
        if self.terms > self.limits.max_terms {
            return Err(ParseError::at(path.span, format!("more than {} comparisons", self.limits.max_terms)));
        }
        const OPERATORS: &str = "eq, ne, co, sw, ew, gt, ge, lt, le or pr";
        let Token::Word(word) = self.token else {
            return Err(self.expected(&format!("an operator ({OPERATORS})")));
        };
        if word.eq_ignore_ascii_case("pr") {
            self.advance()?;
            return Ok(Expr::Present(path));
        }
        let op_span = self.span;
        let op = CompareOp::from_name(word).ok_or_else(|| {
            ParseError::at(
                op_span,
                format!("the operator `{}` is not supported (expected {OPERATORS})", shortened(word)),
            )
        })?;
        self.advance()?;
        let value_span = self.span;
        let value = self.literal()?;
        Ok(Expr::Compare(Comparison { path, op, op_span, value, value_span }))
    }

    fn literal(&mut self) -> Result<Literal, ParseError> {
        let literal = match &mut self.token {
            Token::Text(text) => Some(Literal::Text(std::mem::take(text))),
            Token::Word(word) => word_literal(word),
            _ => None,
        };
        let literal = literal
            .ok_or_else(|| self.expected("a value: a string in double quotes, a number, true, false or null"))?;
        self.advance()?;
        Ok(literal)
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self, expected: &str) -> Result<(), ParseError> {
        if self.token == Token::End { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn advance(&mut self) -> Result<(), ParseError> {
        (self.token, self.span) = self.lexer.next_token()?;
        Ok(())
    }

    fn expected(&self, what: &str) -> ParseError {
        ParseError::at(self.span, format!("expected {what}, found {}", self.token.describe()))
    }
}

/// A path starts with a letter, or `$` as `$ref` does, and has characters that URNs and names have (RFC 3986 section 2).
fn check_path(path: &str, span: Span) -> Result<(), ParseError> {
    let starts = path.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$');
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+,;=%".contains(character);
    if starts && path.chars().all(allowed) {
        return Ok(());
    }
    Err(ParseError::at(span, format!("expected an attribute name, found `{}`", shortened(path))))
}

fn word_literal(word: &str) -> Option<Literal> {
    let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
    match () {
        () if is("null") => Some(Literal::Null),
        () if is("true") => Some(Literal::Bool(true)),
        () if is("false") => Some(Literal::Bool(false)),
        () => is_json_number(word).then(|| Literal::Number(word.to_owned())),
    }
}

/// RFC 8259 section 6.
fn is_json_number(word: &str) -> bool {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
