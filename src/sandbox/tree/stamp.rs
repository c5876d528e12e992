//! When entries were made and changed. The times lie in the past and follow from the tree's options, so that versions repeat.

use super::dice::Dice;
use crate::sandbox::entry::LdifEntry;

/// Creation and last change of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    created: String,
    modified: String,
    csn: String,
}

impl Stamp {
    /// The stamp of the entry at this place.
    pub(crate) fn new(dice: &mut Dice, index: usize) -> Self {
        let created = moment(2023, dice);
        let modified = if dice.one_in(3) { created.clone() } else { moment(2024 + dice.below(2), dice) };
        // A change sequence number names its moment and, for those of one moment, a count.
        let csn = format!("{modified}.{:06}Z#{:06x}#000#000000", index % 1_000_000, index / 1_000_000);
        Stamp { created: format!("{created}Z"), modified: format!("{modified}Z"), csn }
    }

    /// Adds the operational attributes.
    pub(crate) fn put(self, entry: &mut LdifEntry) {
        entry.put("createTimestamp", self.created);
        entry.put("modifyTimestamp", self.modified);
        entry.put("entryCSN", self.csn);
    }
}

/// A moment of the year as generalized time without its zone.
fn moment(year: usize, dice: &mut Dice) -> String {
    let (month, day) = (1 + dice.below(12), 1 + dice.below(28));
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_never_before_the_creation() {
        for index in 0..200 {
            let stamp = Stamp::new(&mut Dice::of(7, 7, index), index);
            assert!(stamp.modified >= stamp.created);
            assert_eq!(stamp.created.len(), "20230101000000Z".len());
            assert!(stamp.csn.starts_with(stamp.modified.trim_end_matches('Z')));
        }
    }
}
