//! `sid`: security identifiers held as octets, served as `S-1-5-…` (MS-DTYP section 2.4.2).

use std::sync::Arc;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable, octets};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Sid;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "sid",
    doc: "A security identifier held as octets, served as `S-1-5-21-…`. The codec of `objectSid` where none is named.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[],
    example: r#"sid = { ldap = "objectSid", codec = "sid" }"#,
    build: |_, _| Some(Arc::new(Sid)),
};

/// The most sub-authorities that a SID has.
const MOST: usize = 15;

impl Codec for Sid {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let (&[1, count, a, b, c, d, e, f], parts) = stored.split_first_chunk::<8>()? else { return None };
        if usize::from(count) > MOST || parts.len() != usize::from(count) * 4 {
            return None;
        }
        let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let mut text = format!("S-1-{authority}");
        for part in parts.chunks_exact(4) {
            let number = u32::from_le_bytes(part.try_into().ok()?);
            text.push('-');
            text.push_str(&number.to_string());
        }
        Some(Atom::Text(text.into()))
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        value
            .as_text()
            .and_then(octets_of)
            .ok_or_else(|| Unencodable("the value is not a SID such as S-1-5-32-544".into()))
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        octets::bounds(self, op, leaf, str::to_ascii_uppercase)
    }
}

fn octets_of(text: &str) -> Option<Vec<u8>> {
    let mut numbers = text.strip_prefix("S-1-")?.split('-');
    let authority = plain(numbers.next()?)?;
    let parts: Vec<u32> = numbers.map(|part| plain(part).and_then(|n| u32::try_from(n).ok())).collect::<Option<_>>()?;
    if authority >= 1 << 48 || parts.len() > MOST {
        return None;
    }
    let mut octets = vec![1, u8::try_from(parts.len()).ok()?];
    octets.extend_from_slice(&authority.to_be_bytes()[2..]);
    parts.iter().for_each(|part| octets.extend_from_slice(&part.to_le_bytes()));
    Some(octets)
}

/// A number without sign or leading zeros: there is one text for each SID.
fn plain(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[rstest]
    #[case("S-1-5-32-544", &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0])]
    #[case("S-1-0", &[1, 0, 0, 0, 0, 0, 0, 0])]
    fn texts(#[case] text: &str, #[case] octets: &[u8]) {
        assert_eq!(Sid.decode(octets), Some(Atom::Text(text.into())));
        assert_eq!(Sid.encode(&Atom::Text(text.into())).unwrap(), octets);
    }

    #[rstest]
    #[case("S-1-5-032")]
    #[case("S-1-5-+3")]
    #[case("S-1-5-4294967296")]
    #[case("S-2-5")]
    #[case("S-1-281474976710656")]
    fn refuses(#[case] text: &str) {
        assert!(Sid.encode(&Atom::Text(text.into())).is_err());
    }

    proptest! {
        #[test]
        fn octets_come_back_and_no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(atom) = Sid.decode(&octets) {
                prop_assert_eq!(Sid.encode(&atom).unwrap(), octets);
            }
        }

        #[test]
        fn bounds_enclose(stored in 0u32..3, asked in 0u32..3, lower: bool, case_exact: bool) {
            let text = format!("S-1-5-{asked}");
            let text = if lower { text.to_ascii_lowercase() } else { text };
            let stored = octets_of(&format!("S-1-5-{stored}")).unwrap();
            for op in laws::every_text_op(&text) {
                laws::bounds_enclose(&Sid, &op, &Attribute::octets().case_exact(case_exact), std::slice::from_ref(&stored));
            }
        }
    }
}
