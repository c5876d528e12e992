//! Reads filters written as RFC 4515 text, for settings and mapping files.

use super::{AttributeDescription, Filter};

/// How deeply filters may be nested.
pub const MAX_DEPTH: usize = 50;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {offset} of the filter")]
pub struct InvalidFilter {
    /// The offset in bytes into the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// The filter that `text` is, composed by the builders: constants, double negation and repetitions are folded away.
///
/// Spaces may stand between parentheses. Left out of RFC 4515 are `~=`, which no two servers take alike, and extensible
/// matches without an attribute, without a rule or with `:dn`.
pub fn parse(text: &str) -> Result<Filter, InvalidFilter> {
    let mut reader = Reader { text, at: 0 };
    let filter = reader.filter(MAX_DEPTH)?;
    reader.skip_spaces();
    if reader.at < text.len() {
        return Err(reader.error("the filter has ended here"));
    }
    Ok(filter)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn error(&self, reason: &'static str) -> InvalidFilter {
        InvalidFilter { offset: self.at, reason }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), InvalidFilter> {
        if self.peek() != Some(byte) {
            return Err(self.error(reason));
        }
        self.at += 1;
        Ok(())
    }

    fn filter(&mut self, depth: usize) -> Result<Filter, InvalidFilter> {
        self.skip_spaces();
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.error("the filter is nested too deeply"));
        };
        self.expect(b'(', "`(` is expected")?;
        self.skip_spaces();
        let filter = match self.peek() {
            Some(b'&') => Filter::and(self.list(depth)?),
            Some(b'|') => Filter::or(self.list(depth)?),
            Some(b'!') => {
                self.at += 1;
                let negated = self.filter(depth)?;
                self.skip_spaces();
                Filter::not(negated)
            }
            _ => self.item()?,
        };
        self.expect(b')', "`)` is expected")?;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter>, InvalidFilter> {
        self.at += 1;
        let mut parts = Vec::new();
        self.skip_spaces();
        while self.peek() == Some(b'(') {
            parts.push(self.filter(depth)?);
            self.skip_spaces();
        }
        Ok(parts)
    }

    fn item(&mut self) -> Result<Filter, InvalidFilter> {
        let attribute = self.attribute()?;
        match self.peek() {
            Some(b':') => self.extensible(attribute),
            Some(b'>') => self.ordering().map(|value| Filter::GreaterOrEqual(attribute, value)),
            Some(b'<') => self.ordering().map(|value| Filter::LessOrEqual(attribute, value)),
            Some(b'=') => {
                self.at += 1;
                self.equality(attribute)
            }
            Some(b'~') => Err(self.error("approximate matches aren't supported")),
            _ => Err(self.error("`=`, `>=`, `<=` or `:` is expected behind the attribute")),
        }
    }

    fn attribute(&mut self) -> Result<AttributeDescription, InvalidFilter> {
        let start = self.at;
        let word = self.word();
        word.parse().map_err(|_| InvalidFilter { offset: start, reason: "an attribute description is expected" })
    }

    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';');
        let length = rest.bytes().take_while(|&byte| allowed(byte)).count();
        self.at += length;
        &rest[..length]
    }

    fn ordering(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        self.at += 1;
        self.expect(b'=', "`=` is expected here")?;
        self.value()
    }

    /// `:rule:=value`, behind the attribute.
    fn extensible(&mut self, attribute: AttributeDescription) -> Result<Filter, InvalidFilter> {
        self.at += 1;
        let start = self.at;
        let rule = self.word();
        let reason = match rule {
            "" => "a matching rule is expected between `:` and `:=`",
            rule if rule.eq_ignore_ascii_case("dn") => "matching the DN's attributes too (`:dn`) isn't supported",
            rule if rule.parse::<AttributeDescription>().is_err() || rule.contains(';') => {
                "a matching rule is expected"
            }
            _ => "",
        };
        if !reason.is_empty() {
            return Err(InvalidFilter { offset: start, reason });
        }
        self.expect(b':', "`:=` is expected behind the matching rule")?;
        self.expect(b'=', "`:=` is expected behind the matching rule")?;
        Ok(Filter::Extensible { attribute, rule: rule.to_owned(), value: self.value()? })
    }

    /// What follows `attribute=`: presence, a substrings assertion or a value.
    fn equality(&mut self, attribute: AttributeDescription) -> Result<Filter, InvalidFilter> {
        let mut parts = vec![self.part()?];
        while self.peek() == Some(b'*') {
            self.at += 1;
            parts.push(self.part()?);
            if self.peek() == Some(b'*') && parts.last().is_some_and(Vec::is_empty) {
                return Err(self.error("two `*` stand side by side"));
            }
        }
        let given = |part: Vec<u8>| (!part.is_empty()).then_some(part);
        Ok(match (parts.pop(), parts.is_empty()) {
            (Some(value), true) => Filter::Equality(attribute, value),
            (Some(last), false) => {
                let initial = given(parts.remove(0));
                match (initial, given(last)) {
                    (None, None) if parts.is_empty() => Filter::Present(attribute),
                    (initial, last) => Filter::Substring { attribute, initial, any: parts, last },
                }
            }
            (None, _) => return Err(self.error("a value is expected")),
        })
    }

    fn value(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let value = self.part()?;
        if self.peek() == Some(b'*') {
            return Err(self.error("`*` means nothing here; write `\\2a` for an asterisk"));
        }
        Ok(value)
    }

    /// Octets up to `*` or `)`, with `\xx` read.
    fn part(&mut self) -> Result<Vec<u8>, InvalidFilter> {
        let mut part = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b'*' | b')' => return Ok(part),
                b'(' => return Err(self.error("`(` must be written `\\28` in a value")),
                0 => return Err(self.error("NUL must be written `\\00` in a value")),
                b'\\' => part.push(self.escape()?),
                _ => {
                    part.push(byte);
                    self.at += 1;
                }
            }
        }
        Err(self.error("`)` is expected"))
    }

    fn escape(&mut self) -> Result<u8, InvalidFilter> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 3).unwrap_or_default();
        let value = digits.iter().try_fold(0u8, |sum, &digit| {
            let digit = char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
            Some(sum << 4 | digit)
        });
        match value {
            Some(value) if digits.len() == 2 => {
                self.at += 3;
                Ok(value)
            }
            _ => Err(self.error("`\\` must be followed by two hexadecimal digits")),
        }
    }
}

impl std::str::FromStr for Filter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("(objectClass=inetOrgPerson)")]
    #[case("(cn;lang-de=*)")]
    #[case("(2.5.4.3=x)")]
    #[case("(&(a=b)(|(c=d)(e>=f)(g<=h))(!(i=j)))")]
    #[case("(cn=a*b*c*d)")]
    #[case("(cn=*b*)")]
    #[case("(cn=a*)")]
    #[case("(cn=*a)")]
    #[case("(cn=)")]
    #[case("(cn=\\2a\\28\\29\\5c\\00)")]
    #[case("(entryDN:dnSubtreeMatch:=ou=disabled,dc=example,dc=com)")]
    #[case("(userAccountControl:1.2.840.113556.1.4.803:=2)")]
    #[case("(&)")]
    #[case("(|)")]
    #[case("(member=cn=a\\2c b,dc=x)")]
    fn reads_what_is_printed(#[case] text: &str) {
        assert_eq!(parse(text).unwrap().to_string(), text.replace("\\2c", ","));
    }

    #[rstest]
    #[case(" ( & ( a=b ) ( c=d ) ) ", "(&(a=b )(c=d ))")]
    #[case("(cn=Lučić)", "(cn=Lu\\c4\\8di\\c4\\87)")]
    #[case("(cn=\\C4\\8D)", "(cn=\\c4\\8d)")]
    #[case("(!(!(a=b)))", "(a=b)")]
    #[case("(&(&)(a=b)(a=b))", "(a=b)")]
    fn reads_other_spellings(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(parse(text).unwrap().to_string(), canonical);
    }

    #[rstest]
    #[case("", 0, "`(`")]
    #[case("a=b", 0, "`(`")]
    #[case("(a=b", 4, "`)`")]
    #[case("(a=b))", 5, "ended")]
    #[case("(a=b)(c=d)", 5, "ended")]
    #[case("(&(a=b)", 7, "`)`")]
    #[case("(&(a=b)x)", 7, "`)`")]
    #[case("(!)", 2, "`(`")]
    #[case("()", 1, "attribute")]
    #[case("(_a=b)", 1, "attribute")]
    #[case("(a)", 2, "`=`")]
    #[case("(a~=b)", 2, "approximate")]
    #[case("(a>b)", 3, "`=`")]
    #[case("(a>=b*)", 5, "asterisk")]
    #[case("(a=b(c)", 4, "\\28")]
    #[case("(a=\\2)", 3, "hexadecimal")]
    #[case("(a=\\zz)", 3, "hexadecimal")]
    #[case("(a=\\é)", 3, "hexadecimal")]
    #[case("(a=\0)", 3, "NUL")]
    #[case("(a=**)", 4, "side by side")]
    #[case("(a=b**c)", 5, "side by side")]
    #[case("(a:=b)", 3, "matching rule")]
    #[case("(a:dn:r:=b)", 3, ":dn")]
    #[case("(a:r=b)", 4, "`:=`")]
    #[case("(:r:=b)", 1, "attribute")]
    fn points_at_what_is_wrong(#[case] text: &str, #[case] offset: usize, #[case] reason: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error.offset, offset, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}(a=b){}", "(!".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
        assert!(parse(&nested(MAX_DEPTH)).unwrap_err().reason.contains("deeply"));
        assert!(parse(&"(&".repeat(1_000_000)).is_err());
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let attribute =
            || prop_oneof!["[a-c]", "[a-c];x-[ab]"].prop_map(|name| name.parse::<AttributeDescription>().unwrap());
        let value = || proptest::collection::vec(any::<u8>(), 0..5);
        let part = || proptest::collection::vec(any::<u8>(), 1..4);
        let leaf = prop_oneof![
            Just(Filter::True),
            Just(Filter::False),
            attribute().prop_map(Filter::Present),
            (attribute(), value()).prop_map(|(a, v)| Filter::Equality(a, v)),
            (attribute(), value()).prop_map(|(a, v)| Filter::GreaterOrEqual(a, v)),
            (attribute(), value()).prop_map(|(a, v)| Filter::LessOrEqual(a, v)),
            (attribute(), proptest::option::of(part()), proptest::collection::vec(part(), 0..3), part()).prop_map(
                |(attribute, initial, any, last)| Filter::Substring { attribute, initial, any, last: Some(last) }
            ),
            (attribute(), "[a-z]{3}", value()).prop_map(|(attribute, rule, value)| Filter::Extensible {
                attribute,
                rule,
                value
            }),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Filter::and),
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Filter::or),
                inner.prop_map(Filter::not),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_filter_comes_back_from_its_text(filter in filters()) {
            prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[()&|!a=*:<>~\\\\0é ]{0,24}") {
            if let Ok(filter) = parse(&text) {
                prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
            }
        }
    }
}
