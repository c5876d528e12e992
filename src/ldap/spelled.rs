//! Finding a name among others as a server does that sends names as they were asked for.

/// Where names without options stand, by a number made of each name. Most of a search's have one of their own; of several with the same
/// the last is found.
#[derive(Clone)]
pub(super) struct Spelled([u8; Self::ROOM]);

impl Spelled {
    const ROOM: usize = 128;
    const NONE: u8 = u8::MAX;

    /// The places of `names`.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut places = [Self::NONE; Self::ROOM];
        for (place, name) in (0..Self::NONE).zip(names) {
            if !name.contains(';') {
                places[number(name.as_bytes()) % Self::ROOM] = place;
            }
        }
        Self(places)
    }

    /// Where `name` stands, if it does.
    pub(super) fn candidate(&self, name: &[u8]) -> Option<usize> {
        Some(self.0[number(name) % Self::ROOM]).filter(|place| *place != Self::NONE).map(usize::from)
    }
}

/// Of the name's length, both ends and middle.
fn number(name: &[u8]) -> usize {
    let at = |place: usize| name.get(place).map_or(0, |octet| usize::from(*octet));
    let (length, last) = (name.len(), name.len().saturating_sub(1));
    length + 3 * at(0) + 7 * at(length / 2) + 13 * at(last) + 29 * at(last.saturating_sub(1))
}
