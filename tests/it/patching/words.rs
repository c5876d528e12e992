//! Values for random documents. None equals another by a directory's rules unless it does by SCIM's.

use crate::support::dice::Dice;

/// An id that nothing has.
pub(crate) const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

/// Paths that are wrong, and the errors that say so.
pub(crate) const WRONG_PATHS: &[(&str, &str)] = &[
    ("colour", "invalidPath"),
    ("name.colour", "invalidPath"),
    ("emails[broken!!!filter", "invalidFilter"),
    ("title title", "invalidPath"),
    ("urn:example:unknown:title", "invalidPath"),
    ("emails[type eq \"work\"].colour", "invalidPath"),
    ("id", "mutability"),
    ("meta.created", "mutability"),
];

const TEXTS: &[&str] = &[
    "Guide",
    "O'Malley",
    "Żółć-Ünïcode",
    "田中",
    "=lead; \"quoted\"",
    "#hash",
    "back\\slash",
    "star * (paren)",
    "comma, plus+",
    "a$b",
    "true",
    "0",
    "İstanbul",
    "😀 face",
    "dc=example,dc=com",
    "guide",
];

const ADDRESSES: &[&str] =
    &["one@example.com", "two@example.com", "TWO@example.com", "three+x@example.org", "o'four@example.net"];

const NUMBERS: &[&str] = &["+1 555 0100", "+1 555 0101", "+44 20 7946 0000", "(555) 0199"];

const LINES: &[&str] = &["1 Main St.\nSpringfield", "18/2111", "a$b\nc\\d", "Ünter den Linden 1"];

/// Any text.
pub(crate) fn text(dice: &mut Dice) -> String {
    dice.pick(TEXTS).to_owned()
}

/// Text in lines.
pub(crate) fn lines(dice: &mut Dice) -> String {
    dice.pick(LINES).to_owned()
}

/// A value for an element of this list.
pub(crate) fn of_list(name: &str, dice: &mut Dice) -> String {
    match name {
        "emails" => dice.pick(ADDRESSES),
        "phoneNumbers" => dice.pick(NUMBERS),
        "addresses" => dice.pick(LINES),
        _ => dice.pick(TEXTS),
    }
    .to_owned()
}

/// A login name that nobody has, some of them awkward in a DN. All are ASCII, as a posixGroup's memberUid must be.
pub(crate) fn login(serial: usize, dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => format!("x{serial},ou=admins"),
        1 => format!("#{serial}"),
        2 => format!("o'brien+\"{serial}\"@example.com"),
        3 => format!("z \\ {serial} "),
        _ => format!("patched{serial}"),
    }
}

/// A group's name that no other has.
pub(crate) fn group(serial: usize, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("Group {serial}, and more"),
        1 => format!("#Group<{serial}>"),
        _ => format!("Group {serial}"),
    }
}
