//! `filetime`: moments as Active Directory counts them, in steps of 100 ns from 1601.

use std::sync::Arc;

use super::info::CodecInfo;
use super::instant::Scale;
use super::integral;
use super::{Codec, Leaf, Unencodable};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct FileTime;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "filetime",
    doc: "A moment as Active Directory counts it, in steps of 100 ns from 1601. `0` and the largest number mean \"never\" and are \
          read as absent.",
    types: &[AttributeKind::DateTime],
    parameters: &[],
    example: r#"lastLogon = { ldap = "lastLogonTimestamp", codec = "filetime" }"#,
    build: |_, _| Some(Arc::new(FileTime)),
};

const SCALE: Scale = Scale { epoch: -11_644_473_600 * 1_000_000_000, unit: 100 };
/// The last count that is a moment here: the end of the year 9999, nearly.
const LAST: i64 = 2_650_466_808_009_999_999;

impl Codec for FileTime {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let count = integral::parse(stored).filter(|count| (1..=LAST).contains(count))?;
        SCALE.moment(count).map(Atom::Time)
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        integral::parse(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let Atom::Time(moment) = value else { return Err(Unencodable("the value is not a dateTime".into())) };
        let count = SCALE.count(*moment).filter(|count| (1..=LAST).contains(count));
        count.map(|count| count.to_string().into_bytes()).ok_or_else(|| {
            Unencodable("the directory counts moments from 1601 in steps of 100 ns; this one lies between".into())
        })
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        SCALE.comparison(op).map_or_else(Bounds::none, |comparison| integral::bounds(comparison, &(1..=LAST), leaf))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};
    use crate::scim::filter::typed::Operand;

    #[test]
    fn the_last_count_is_the_last_moment() {
        assert!(SCALE.moment(LAST).is_some());
        assert!(SCALE.moment(LAST + 1).is_none());
        let moment: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(FileTime.decode(b"132223104000000000"), Some(Atom::Time(moment)));
        assert_eq!(FileTime.decode(b"0"), None);
        assert_eq!(FileTime.decode(b"9223372036854775807"), None);
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::number_op((-3i64..400).prop_map(|ns| {
                Operand::Time(Timestamp::from_nanosecond(i128::from(ns) - 11_644_473_600 * 1_000_000_000).unwrap())
            })),
            values in proptest::collection::vec(prop_oneof![(-2i64..5).boxed(), any::<i64>().boxed(), Just(LAST).boxed()], 1..3),
        ) {
            let values: Vec<_> = values.iter().map(i64::to_string).collect();
            laws::bounds_enclose(&FileTime, &op, &Attribute::named("uidNumber"), &values);
        }

        #[test]
        fn values_come_back(count in 1..=LAST) {
            laws::comes_back(&FileTime, &Atom::Time(SCALE.moment(count).unwrap()));
        }
    }
}
