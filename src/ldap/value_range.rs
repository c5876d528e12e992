//! Parts of an attribute's values, as Active Directory sends large attributes (MS-ADTS section 3.1.1.3.1.3.3): the option
//! `range=0-1499` names the first 1,500 values, `range=1500-*` all from there on, in a request as in an answer.

/// Which of an attribute's values are meant, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueRange {
    /// The first one.
    pub from: u32,
    /// The last one; the very last where absent.
    pub to: Option<u32>,
}

impl ValueRange {
    /// Reads an option such as `range=0-1499` or `range=1500-*`; nothing when it is no range.
    pub fn of_option(option: &str) -> Option<Self> {
        let (name, bounds) = option.split_once('=')?;
        let (from, to) = bounds.split_once('-').filter(|_| name.eq_ignore_ascii_case("range"))?;
        let number = |digits: &str| {
            let digits = Some(digits).filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()))?;
            digits.parse::<u32>().ok()
        };
        let range = Self { from: number(from)?, to: if to == "*" { None } else { Some(number(to)?) } };
        range.to.is_none_or(|to| to >= range.from).then_some(range)
    }

    /// The range in a description such as `member;range=0-1499`, if it names one.
    pub fn of(description: &str) -> Option<Self> {
        description.split(';').skip(1).find_map(Self::of_option)
    }

    /// As many values from `from` on as this range has.
    #[must_use]
    pub fn moved_to(self, from: u32) -> Self {
        Self { from, to: self.to.map(|to| from.saturating_add(to - self.from)) }
    }
}

impl std::fmt::Display for ValueRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to {
            Some(to) => write!(f, "range={}-{to}", self.from),
            None => write!(f, "range={}-*", self.from),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("member;range=0-1499", Some((0, Some(1_499))))]
    #[case("member;RANGE=1500-*", Some((1_500, None)))]
    #[case("member;binary;Range=0-0", Some((0, Some(0))))]
    #[case("member", None)]
    #[case("range=0-1", None)]
    #[case("member;range=1-0", None)]
    #[case("member;range=-1", None)]
    #[case("member;range=0-", None)]
    #[case("member;range=+1-2", None)]
    #[case("member;range=0-99999999999", None)]
    #[case("member;lang-de", None)]
    fn ranges_are_read(#[case] text: &str, #[case] expected: Option<(u32, Option<u32>)>) {
        assert_eq!(ValueRange::of(text), expected.map(|(from, to)| ValueRange { from, to }));
    }

    #[test]
    fn a_range_moves_with_its_size() {
        assert_eq!(ValueRange { from: 0, to: Some(9) }.moved_to(10).to_string(), "range=10-19");
        assert_eq!(ValueRange { from: 5, to: None }.moved_to(7).to_string(), "range=7-*");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(from in any::<u32>(), more in proptest::option::of(any::<u32>())) {
            let range = ValueRange { from, to: more.map(|more| from.saturating_add(more)) };
            prop_assert_eq!(ValueRange::of_option(&range.to_string()), Some(range));
        }
    }
}
