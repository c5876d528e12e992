//! A reader of BER (X.690) as LDAP uses it (RFC 4511 section 5.1): definite lengths, low tag numbers. It never trusts
//! what it reads. Writing is left to `lber`.

/// Octets that are not the BER that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed BER: {0}")]
pub struct InvalidBer(pub &'static str);

/// BOOLEAN
pub const BOOLEAN: u8 = 0x01;
/// INTEGER
pub const INTEGER: u8 = 0x02;
/// OCTET STRING
pub const OCTET_STRING: u8 = 0x04;
/// ENUMERATED
pub const ENUMERATED: u8 = 0x0a;
/// SEQUENCE and SEQUENCE OF
pub const SEQUENCE: u8 = 0x30;
/// SET and SET OF
pub const SET: u8 = 0x31;

/// Reads the elements of some octets one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of the elements in `octets`.
    pub fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element's tag, without reading it.
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element's tag and contents.
    pub fn element(&mut self) -> Result<(u8, &'a [u8]), InvalidBer> {
        let [tag, rest @ ..] = self.rest else { return Err(InvalidBer("an element is missing")) };
        if tag & 0x1f == 0x1f {
            return Err(InvalidBer("high tag numbers aren't LDAP"));
        }
        let (length, rest) = length(rest)?;
        if length > rest.len() {
            return Err(InvalidBer("an element is cut off"));
        }
        let (contents, rest) = rest.split_at(length);
        self.rest = rest;
        Ok((*tag, contents))
    }

    /// The contents of the next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], InvalidBer> {
        match self.element()? {
            (found, contents) if found == tag => Ok(contents),
            _ => Err(InvalidBer("an element has another tag than expected")),
        }
    }

    /// The contents of the next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, InvalidBer> {
        if self.peek_tag() == Some(tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// A reader of the elements in the next one, which must have this tag.
    pub fn nested(&mut self, tag: u8) -> Result<Self, InvalidBer> {
        self.expect(tag).map(Self::new)
    }

    /// The next element as an integer; `tag` tells an INTEGER from an ENUMERATED.
    pub fn integer(&mut self, tag: u8) -> Result<i64, InvalidBer> {
        let contents = self.expect(tag)?;
        if contents.is_empty() || contents.len() > 8 {
            return Err(InvalidBer("an integer is empty or too long"));
        }
        let sign = if contents[0] & 0x80 == 0 { 0 } else { -1 };
        Ok(contents.iter().fold(sign, |sum, &byte| sum << 8 | i64::from(byte)))
    }

    /// The next element as text.
    pub fn text(&mut self) -> Result<&'a str, InvalidBer> {
        std::str::from_utf8(self.expect(OCTET_STRING)?).map_err(|_| InvalidBer("a text isn't UTF-8"))
    }

    /// Ends the reading; an error when something is left.
    pub fn end(self) -> Result<(), InvalidBer> {
        if self.is_empty() { Ok(()) } else { Err(InvalidBer("something follows the last element")) }
    }
}

fn length(octets: &[u8]) -> Result<(usize, &[u8]), InvalidBer> {
    let [first, rest @ ..] = octets else { return Err(InvalidBer("a length is missing")) };
    let count = match *first {
        short @ 0..=0x7f => return Ok((usize::from(short), rest)),
        long => usize::from(long & 0x7f),
    };
    if count == 0 || count > 4 || count > rest.len() {
        return Err(InvalidBer("a length is indefinite, too long or cut off"));
    }
    let (digits, rest) = rest.split_at(count);
    Ok((digits.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn reads_elements() {
        let octets = [0x30, 0x08, 0x02, 0x02, 0xff, 0x7f, 0x04, 0x02, b'h', b'i', 0x01, 0x81, 0x01, 0xff];
        let mut reader = Reader::new(&octets);
        let mut inner = reader.nested(SEQUENCE).unwrap();
        assert_eq!(inner.integer(INTEGER), Ok(-129));
        assert_eq!(inner.optional(BOOLEAN), Ok(None));
        assert_eq!(inner.text(), Ok("hi"));
        assert_eq!(inner.end(), Ok(()));
        assert_eq!(reader.clone().end(), Err(InvalidBer("something follows the last element")));
        assert_eq!(reader.optional(BOOLEAN), Ok(Some([0xff].as_slice())));
    }

    #[rstest]
    #[case(&[])]
    #[case(&[0x04])]
    #[case(&[0x04, 0x02, 0x00])]
    #[case(&[0x04, 0x80, 0x00])]
    #[case(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff])]
    #[case(&[0x04, 0x85, 0, 0, 0, 0, 0])]
    #[case(&[0x04, 0x82, 0x01])]
    #[case(&[0x1f, 0x00])]
    fn refuses_malformed_elements(#[case] octets: &[u8]) {
        assert!(Reader::new(octets).element().is_err());
    }

    #[test]
    fn refuses_integers_that_are_none() {
        assert!(Reader::new(&[2, 0]).integer(INTEGER).is_err());
        assert!(Reader::new(&[2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]).integer(INTEGER).is_err());
        assert_eq!(Reader::new(&[10, 1, 49]).integer(ENUMERATED), Ok(49));
        assert!(Reader::new(&[4, 1, 0xff]).text().is_err());
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&octets);
            while let Ok((_, contents)) = reader.element() {
                let _ = Reader::new(contents).element();
            }
        }
    }
}
