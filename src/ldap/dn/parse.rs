//! Reads the text of a distinguished name: RFC 4514, and the older spellings of RFC 2253 and RFC 1779 that are still
//! met (`;` as separator, quoted values, spaces around separators), as slapd reads them too.

use std::str::FromStr;

use super::error::InvalidDn;
use super::name::{Ava, Dn, Rdn};

/// The RDNs of `text`, the entry's own first; none in an empty text.
pub(super) fn rdns(text: &str) -> Result<Vec<Rdn>, InvalidDn> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.skip_spaces();
    let mut rdns = Vec::new();
    if reader.peek().is_none() {
        return Ok(rdns);
    }
    loop {
        rdns.push(reader.rdn(text)?);
        match reader.next() {
            None => return Ok(rdns),
            Some(b',' | b';') => reader.skip_spaces(),
            Some(_) => return Err(reader.error_before("a separator is expected")),
        }
    }
}

impl FromStr for Dn {
    type Err = InvalidDn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        rdns(text).map(Self::new)
    }
}

impl FromStr for Rdn {
    type Err = InvalidDn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut read = rdns(text)?;
        match read.pop() {
            Some(rdn) if read.is_empty() => Ok(rdn),
            _ => Err(InvalidDn { offset: 0, reason: "exactly one RDN is expected" }),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, reason: &'static str) -> InvalidDn {
        InvalidDn { offset: self.at, reason }
    }

    fn error_before(&self, reason: &'static str) -> InvalidDn {
        InvalidDn { offset: self.at.saturating_sub(1), reason }
    }

    fn rdn(&mut self, text: &str) -> Result<Rdn, InvalidDn> {
        let mut avas = Vec::with_capacity(1);
        loop {
            self.skip_spaces();
            avas.push(self.ava(text)?);
            if self.peek() != Some(b'+') {
                break;
            }
            self.at += 1;
        }
        Rdn::of(avas).ok_or_else(|| self.error("an RDN is expected"))
    }

    fn ava(&mut self, text: &str) -> Result<Ava, InvalidDn> {
        let attribute = self.attribute(text)?;
        self.skip_spaces();
        if self.peek() != Some(b'=') {
            return Err(self.error("`=` is expected after the attribute type"));
        }
        self.at += 1;
        self.skip_spaces();
        let ava = match self.peek() {
            Some(b'#') => self.hex_string(attribute)?,
            Some(b'"') => Ava::new(attribute, self.quoted()?),
            _ => Ava::new(attribute, self.string()?),
        };
        self.skip_spaces();
        Ok(ava)
    }

    fn attribute<'t>(&mut self, text: &'t str) -> Result<&'t str, InvalidDn> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') {
            self.at += 1;
        }
        let attribute = text.get(start..self.at).unwrap_or_default();
        let numeric = attribute.starts_with(|c: char| c.is_ascii_digit());
        let allowed: fn(u8) -> bool =
            if numeric { |byte| byte.is_ascii_digit() || byte == b'.' } else { |byte| byte != b'.' };
        let starts_well = attribute.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts_well || !attribute.bytes().all(allowed) || attribute.ends_with('.') || attribute.contains("..") {
            return Err(InvalidDn { offset: start, reason: "an attribute type is expected" });
        }
        Ok(attribute)
    }

    /// A plain value up to a separator; its unescaped trailing spaces don't count.
    fn string(&mut self) -> Result<Vec<u8>, InvalidDn> {
        let mut value = Vec::new();
        let mut settled = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b';' | b'+' => break,
                b'"' | b'<' | b'>' | 0 => return Err(self.error("this character must be escaped")),
                b'\\' => {
                    value.push(self.escape()?);
                    settled = value.len();
                    continue;
                }
                _ => value.push(byte),
            }
            if byte != b' ' {
                settled = value.len();
            }
            self.at += 1;
        }
        value.truncate(settled);
        Ok(value)
    }

    /// A value in quotes (RFC 1779), in which only `"` and `\` need escaping.
    fn quoted(&mut self) -> Result<Vec<u8>, InvalidDn> {
        self.at += 1;
        let mut value = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.error("the closing quote is missing")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => value.push(self.escape()?),
                Some(byte) => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<u8, InvalidDn> {
        self.at += 1;
        match (self.next(), self.peek()) {
            (Some(special @ (b' ' | b'"' | b'#' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\')), _) => Ok(special),
            (Some(high), Some(low)) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    self.at += 1;
                    Ok(high << 4 | low)
                }
                _ => Err(self.error_before("`\\` is followed by neither a special character nor two hex digits")),
            },
            _ => Err(self.error("`\\` is followed by nothing it could escape")),
        }
    }

    /// `#` and the hex digits of a BER encoding. Encodings of strings are taken as their text.
    fn hex_string(&mut self, attribute: &str) -> Result<Ava, InvalidDn> {
        self.at += 1;
        let mut encoding = Vec::new();
        while let Some(high) = self.peek().and_then(hex) {
            let Some(low) = self.bytes.get(self.at + 1).copied().and_then(hex) else {
                return Err(self.error("an odd number of hex digits"));
            };
            encoding.push(high << 4 | low);
            self.at += 2;
        }
        if encoding.is_empty() {
            return Err(self.error("hex digits are expected after `#`"));
        }
        Ok(match string_in_ber(&encoding) {
            Some(text) => Ava::new(attribute, text),
            None => Ava::from_ber(attribute, encoding),
        })
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The octets of an OCTET STRING, UTF8String, NumericString, PrintableString, IA5String or VisibleString.
fn string_in_ber(encoding: &[u8]) -> Option<&[u8]> {
    let [4 | 12 | 18 | 19 | 22 | 26, length, rest @ ..] = encoding else { return None };
    let (length, contents) = match (*length, rest) {
        (short @ 0..=0x7f, contents) => (usize::from(short), contents),
        (0x81, [length, contents @ ..]) => (usize::from(*length), contents),
        (0x82, [high, low, contents @ ..]) => (usize::from(*high) << 8 | usize::from(*low), contents),
        _ => return None,
    };
    (contents.len() == length).then_some(contents)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("cn", 2, "`=`")]
    #[case("=x", 0, "attribute type")]
    #[case("cn=a,", 5, "attribute type")]
    #[case("cn=a,,dc=b", 5, "attribute type")]
    #[case("cn=a\"b", 4, "escaped")]
    #[case("cn=a<b", 4, "escaped")]
    #[case("cn=\\zz", 4, "neither")]
    #[case("cn=\\4", 5, "nothing")]
    #[case("cn=\\", 4, "nothing")]
    #[case("cn=#1", 4, "odd")]
    #[case("cn=#", 4, "hex digits")]
    #[case("cn=#04024869x", 12, "separator")]
    #[case("cn=\"a", 5, "closing quote")]
    #[case("1.2..3=a", 0, "attribute type")]
    #[case("OID.2.5.4.3=x", 0, "attribute type")]
    #[case("c_n=a", 1, "`=`")]
    #[case("cn;lang-de=a", 2, "`=`")]
    #[case("<GUID=00>", 0, "attribute type")]
    fn points_at_what_is_wrong(#[case] text: &str, #[case] offset: usize, #[case] reason: &str) {
        let error = rdns(text).unwrap_err();
        assert_eq!(error.offset, offset, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
}
