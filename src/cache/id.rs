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
    let mut uuid = [0; 16];
    let mut place = 0;
    for byte in &mut uuid {
        if matches!(place, 8 | 13 | 18 | 23) {
            if id[place] != b'-' {
                return None;
            }
            place += 1;
        }
        *byte = digit(id[place])? << 4 | digit(id[place + 1])?;
        place += 2;
    }
    Some(uuid)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

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
