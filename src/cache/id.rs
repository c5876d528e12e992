//! Ids in little room.

/// A resource's id: 16 octets where it is a UUID in canonical form, as most are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// A UUID in canonical form.
    Uuid([u8; 16]),
    /// Any text.
    Text(Box<str>),
}

impl Id {
    /// `text` as an id.
    pub fn of(text: &str) -> Self {
        canonical_uuid(text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }

    /// How many octets it takes beside its own size.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Uuid(_) => 0,
            Self::Text(text) => text.len(),
        }
    }
}

/// The octets of a UUID that is written as UUIDs are printed.
pub(super) fn canonical_uuid(id: &str) -> Option<[u8; 16]> {
    let id: &[u8; 36] = id.as_bytes().try_into().ok()?;
    // Where each octet's digits stand.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    if [id[8], id[13], id[18], id[23]] != [b'-'; 4] {
        return None;
    }
    // Every hit does this: no digit is judged before all are read.
    let mut wrong = 0;
    let uuid = PLACES.map(|place| {
        let (high, low) = (DIGITS[usize::from(id[place])], DIGITS[usize::from(id[place + 1])]);
        wrong |= high | low;
        high << 4 | low & 0xf
    });
    (wrong < 16).then_some(uuid)
}

/// What each octet is worth as a digit; 255 where it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("550e8400-e29b-41d4-a716-446655440000", true)]
    #[case("550E8400-e29b-41d4-a716-446655440000", false)]
    #[case("550e8400-e29b-41d4-a716-44665544000", false)]
    #[case("550e8400+e29b-41d4-a716-446655440000", false)]
    #[case("550e8400-e29b-41d4-a716-4466554400g0", false)]
    #[case("u1", false)]
    fn what_is_printed_as_a_uuid_is_one(#[case] text: &str, #[case] uuid: bool) {
        assert_eq!(matches!(Id::of(text), Id::Uuid(_)), uuid);
        let parsed = uuid::Uuid::try_parse(text).ok().map(uuid::Uuid::into_bytes);
        assert_eq!(canonical_uuid(text), parsed.filter(|_| uuid));
    }
}
