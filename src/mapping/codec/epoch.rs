//! `epoch-days` and `epoch-seconds`: moments counted from 1970.

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
pub(super) struct Epoch {
    /// A unit in seconds.
    seconds: i64,
    /// The last count that is a moment here.
    last: i64,
}

/// What the language knows of `epoch-days`.
pub(super) static DAYS: CodecInfo = CodecInfo {
    name: "epoch-days",
    doc: "A day as the shadow attributes count it, in days from 1970; read as its midnight in UTC. Negative numbers, which mean \
          \"never\", are read as absent.",
    types: &[AttributeKind::DateTime],
    parameters: &[],
    example: r#"expires = { ldap = "shadowExpire", codec = "epoch-days" }"#,
    build: |_, _| Some(Arc::new(Epoch::DAYS)),
};

/// What the language knows of `epoch-seconds`.
pub(super) static SECONDS: CodecInfo = CodecInfo {
    name: "epoch-seconds",
    doc: "A moment in seconds from 1970. Negative numbers are read as absent.",
    types: &[AttributeKind::DateTime],
    parameters: &[],
    example: r#"passwordSet = { ldap = "sambaPwdLastSet", codec = "epoch-seconds" }"#,
    build: |_, _| Some(Arc::new(Epoch::SECONDS)),
};

impl Epoch {
    /// Days from 1970.
    pub(super) const DAYS: Self = Self { seconds: 86_400, last: 2_932_895 };
    /// Seconds from 1970.
    pub(super) const SECONDS: Self = Self { seconds: 1, last: 253_402_207_200 };

    fn scale(self) -> Scale {
        Scale { epoch: 0, unit: i128::from(self.seconds) * 1_000_000_000 }
    }
}

impl Codec for Epoch {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let count = integral::parse(stored).filter(|count| (0..=self.last).contains(count))?;
        self.scale().moment(count).map(Atom::Time)
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        integral::parse(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let Atom::Time(moment) = value else { return Err(Unencodable("the value is not a dateTime".into())) };
        let count = self.scale().count(*moment).filter(|count| (0..=self.last).contains(count));
        let unit = if self.seconds == 1 { "seconds" } else { "days" };
        count.map(|count| count.to_string().into_bytes()).ok_or_else(|| {
            Unencodable(format!("the directory counts whole {unit} from 1970 here; this moment lies between"))
        })
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        let comparison = self.scale().comparison(op);
        comparison.map_or_else(Bounds::none, |comparison| integral::bounds(comparison, &(0..=self.last), leaf))
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
        for epoch in [Epoch::DAYS, Epoch::SECONDS] {
            assert!(epoch.scale().moment(epoch.last).is_some());
            assert!(epoch.scale().moment(epoch.last + 1).is_none());
        }
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::number_op((-3i64..5, 0i64..2).prop_map(|(day, second)| {
                Operand::Time(Timestamp::from_second(day * 86_400 + second).unwrap())
            })),
            values in proptest::collection::vec(prop_oneof![(-2i64..5).boxed(), any::<i64>().boxed()], 1..3),
        ) {
            let values: Vec<_> = values.iter().map(i64::to_string).collect();
            laws::bounds_enclose(&Epoch::DAYS, &op, &Attribute::named("uidNumber"), &values);
            laws::bounds_enclose(&Epoch::SECONDS, &op, &Attribute::named("uidNumber"), &values);
        }

        #[test]
        fn values_come_back(count in 0i64..2_000_000) {
            laws::comes_back(&Epoch::DAYS, &Atom::Time(Timestamp::from_second(count * 86_400).unwrap()));
            laws::comes_back(&Epoch::SECONDS, &Atom::Time(Timestamp::from_second(count).unwrap()));
        }
    }
}
