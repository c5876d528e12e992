//! `guid-le`: GUIDs held as 16 octets, the first three fields little-endian (Active Directory's objectGUID).

use std::sync::Arc;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable, octets};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct GuidLe;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "guid-le",
    doc: "A GUID held as 16 octets whose first three fields are little-endian, served as text in lower case with hyphens. The codec \
          of `objectGUID` where none is named.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[],
    example: r#"id = { ldap = "objectGUID", codec = "guid-le" }"#,
    build: |_, _| Some(Arc::new(GuidLe)),
};

impl Codec for GuidLe {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let octets: [u8; 16] = stored.try_into().ok()?;
        Some(Atom::Text(uuid::Uuid::from_bytes_le(octets).hyphenated().to_string().into()))
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let guid = value.as_text().and_then(|text| {
            let guid = uuid::Uuid::try_parse(text).ok()?;
            (guid.hyphenated().to_string() == text).then_some(guid)
        });
        guid.map(|guid| guid.to_bytes_le().to_vec())
            .ok_or_else(|| Unencodable("the value is not a GUID in lower case with hyphens".into()))
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        octets::bounds(self, op, leaf, str::to_ascii_lowercase)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[test]
    fn fields_are_turned() {
        let stored = [0x32, 0xd7, 0x55, 0xd0, 0x9f, 0xdb, 0x83, 0x44, 0x8e, 0xa8, 0, 0, 0, 0, 0, 1];
        assert_eq!(GuidLe.decode(&stored), Some(Atom::Text("d055d732-db9f-4483-8ea8-000000000001".into())));
    }

    proptest! {
        #[test]
        fn octets_come_back(octets: [u8; 16]) {
            let atom = GuidLe.decode(&octets).unwrap();
            prop_assert_eq!(GuidLe.encode(&atom).unwrap(), octets);
        }

        #[test]
        fn bounds_enclose(stored in 0u8..3, asked in 0u8..3, upper: bool, case_exact: bool) {
            let text = uuid::Uuid::from_bytes_le([asked; 16]).hyphenated().to_string();
            let text = if upper { text.to_ascii_uppercase() } else { text };
            for op in laws::every_text_op(&text) {
                laws::bounds_enclose(&GuidLe, &op, &Attribute::octets().case_exact(case_exact), &[vec![stored; 16]]);
            }
        }
    }
}
