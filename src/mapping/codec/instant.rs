//! Codecs whose stored values are moments counted in units from an epoch.

use jiff::Timestamp;

use super::integral::Comparison;
use crate::scim::filter::typed::{Op, Operand};

/// A count of units from a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// The moment of 0, in nanoseconds from 1970.
    pub epoch: i128,
    /// A unit in nanoseconds.
    pub unit: i128,
}

impl Scale {
    /// The moment that `count` stands for.
    pub(super) fn moment(self, count: i64) -> Option<Timestamp> {
        Timestamp::from_nanosecond(self.epoch + i128::from(count) * self.unit).ok()
    }

    /// The whole count for a moment; `None` where it lies between two.
    pub(super) fn count(self, moment: Timestamp) -> Option<i64> {
        let (down, exact) = self.floor(moment);
        i64::try_from(down).ok().filter(|_| exact)
    }

    /// What `op` asks of the count; nothing where no count satisfies it.
    pub(super) fn comparison(self, op: &Op) -> Option<Comparison> {
        let operand = match op {
            Op::Present => return Some(Comparison::Present),
            Op::Eq(Operand::Time(t)) | Op::Gt(Operand::Time(t)) | Op::Ge(Operand::Time(t)) => *t,
            Op::Lt(Operand::Time(t)) | Op::Le(Operand::Time(t)) => *t,
            _ => return None,
        };
        let (down, exact) = self.floor(operand);
        let up = if exact { down } else { down + 1 };
        match op {
            Op::Eq(_) => exact.then_some(Comparison::Equal(down)),
            Op::Gt(_) => Some(Comparison::AtLeast(down + 1)),
            Op::Ge(_) => Some(Comparison::AtLeast(up)),
            Op::Lt(_) => Some(Comparison::AtMost(up - 1)),
            _ => Some(Comparison::AtMost(down)),
        }
    }

    fn floor(self, moment: Timestamp) -> (i128, bool) {
        let since = moment.as_nanosecond() - self.epoch;
        (since.div_euclid(self.unit), since.rem_euclid(self.unit) == 0)
    }
}
