//! `data-uri`: pictures held as octets, served as `data:` URIs (RFC 2397).

use std::sync::Arc;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable, octets};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct DataUri;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "data-uri",
    doc: "Octets served as a `data:` URI, whose media type is told from the octets: JPEG, PNG, GIF, WebP, else \
          `application/octet-stream`.",
    types: &[AttributeKind::Reference, AttributeKind::String],
    parameters: &[],
    example: r#"photos.photo = { value = { ldap = "jpegPhoto", codec = "data-uri" } }"#,
    build: |_, _| Some(Arc::new(DataUri)),
};

impl Codec for DataUri {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        if stored.is_empty() {
            return None;
        }
        let mut uri = format!("data:{};base64,", media_type(stored));
        STANDARD.encode_string(stored, &mut uri);
        Some(Atom::Text(uri.into()))
    }

    fn is_unreadable(&self, _stored: &[u8]) -> bool {
        false
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let octets = value.as_text().and_then(|text| {
            let (media, data) = text.strip_prefix("data:")?.split_once(',')?;
            media.strip_suffix(";base64")?;
            STANDARD.decode(data).ok().filter(|octets| !octets.is_empty())
        });
        octets.ok_or_else(|| Unencodable("the value is not a data: URI in base64".into()))
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match op {
            Op::Present => octets::presence(leaf),
            // Base64 has upper and lower case: ignoring it, many octets have one text.
            Op::Eq(Operand::Text(_)) if !leaf.case_exact => leaf.some("data: URIs are compared without regard to case"),
            _ => octets::bounds(self, op, leaf, str::to_owned),
        }
    }
}

/// What kind of picture the octets are.
fn media_type(octets: &[u8]) -> &'static str {
    match octets {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[test]
    fn a_jpeg_is_known_by_its_head() {
        assert_eq!(
            DataUri.decode(&[0xFF, 0xD8, 0xFF, 0xE0]),
            Some(Atom::Text("data:image/jpeg;base64,/9j/4A==".into()))
        );
    }

    proptest! {
        #[test]
        fn octets_come_back(octets in proptest::collection::vec(any::<u8>(), 1..40)) {
            let atom = DataUri.decode(&octets).unwrap();
            prop_assert_eq!(DataUri.encode(&atom).unwrap(), octets);
        }

        #[test]
        fn bounds_enclose(stored in proptest::collection::vec(0u8..2, 1..3), asked in proptest::collection::vec(0u8..2, 1..3), case_exact: bool) {
            let asked = DataUri.decode(&asked).unwrap().as_text().unwrap().to_owned();
            for op in laws::every_text_op(&asked) {
                for attribute in [Attribute::octets(), Attribute::named("jpegPhoto")] {
                    laws::bounds_enclose(&DataUri, &op, &attribute.case_exact(case_exact), std::slice::from_ref(&stored));
                }
            }
        }
    }
}
