//! The table of result codes: what each means to a write. The first row that fits says it.
//!
//! Active Directory's and Samba's leading Win32 codes say more than the result code, so their rows come first.

use super::verdict::WriteKind::{self, Create, Members, Rename};
use crate::ldap::result::LdapResult;
use crate::scim::error::ScimType;

/// What a row's result means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The client is told this status, keyword and text.
    Refused(u16, Option<ScimType>, &'static str),
    /// 404
    NotFound,
    /// 412
    Stale,
    /// What was read isn't so any more.
    Again,
    /// 503
    Unavailable(&'static str),
    /// 500
    Internal(&'static str),
}

/// One row: what a result must be for it to hold, and what it means then.
#[derive(Debug)]
pub(super) struct Row {
    /// One of these result codes; any when there is none.
    codes: &'static [u32],
    /// One of these Win32 codes; any, or none, when there is none.
    win32: &'static [u32],
    /// The diagnostic text holds all of these, in any case.
    about: &'static [&'static str],
    /// It holds one of these, too.
    says: &'static [&'static str],
    /// The write is one of these; any when there is none.
    kinds: &'static [WriteKind],
    means: Meaning,
}

const fn invalid_value(detail: &'static str) -> Meaning {
    Meaning::Refused(400, Some(ScimType::InvalidValue), detail)
}

const fn mutability(detail: &'static str) -> Meaning {
    Meaning::Refused(400, Some(ScimType::Mutability), detail)
}

const fn uniqueness(detail: &'static str) -> Meaning {
    Meaning::Refused(409, Some(ScimType::Uniqueness), detail)
}

const fn plain(status: u16, detail: &'static str) -> Meaning {
    Meaning::Refused(status, None, detail)
}

const fn code(codes: &'static [u32], means: Meaning) -> Row {
    Row { codes, win32: &[], about: &[], says: &[], kinds: &[], means }
}

const fn win32(win32: &'static [u32], means: Meaning) -> Row {
    Row { codes: &[], win32, about: &[], says: &[], kinds: &[], means }
}

/// A rule for passwords, by the words that servers have for its breach.
const fn password(says: &'static [&'static str], detail: &'static str) -> Row {
    code(&[19, 53], invalid_value(detail)).about(&["password"]).says(says)
}

impl Row {
    const fn about(self, about: &'static [&'static str]) -> Self {
        Self { about, ..self }
    }

    const fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    const fn of(self, kinds: &'static [WriteKind]) -> Self {
        Self { kinds, ..self }
    }

    const fn with(self, codes: &'static [u32]) -> Self {
        Self { codes, ..self }
    }

    fn fits(&self, kind: WriteKind, result: &LdapResult, text: &str) -> bool {
        let code = result.active_directory().map(|detail| detail.code);
        (self.codes.is_empty() || self.codes.contains(&result.code.0))
            && (self.win32.is_empty() || code.is_some_and(|code| self.win32.contains(&code)))
            && self.about.iter().all(|word| text.contains(word))
            && (self.says.is_empty() || self.says.iter().any(|words| text.contains(words)))
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

/// The place of the first row that fits.
pub(super) fn row(kind: WriteKind, result: &LdapResult) -> Option<usize> {
    let text = result.diagnostic.to_ascii_lowercase();
    ROWS.iter().position(|row| row.fits(kind, result, &text))
}

/// What `result` means to a write of this kind.
pub(super) fn meaning(kind: WriteKind, result: &LdapResult) -> Meaning {
    match row(kind, result) {
        Some(place) => ROWS[place].means,
        None => Meaning::Internal("the directory answered with a result code that nobody knows"),
    }
}

const IN_USE: Meaning = uniqueness("the value is in use already");
const NAME_IN_USE: Meaning = uniqueness("there is such a resource already");
const ONE_VALUE: Meaning = invalid_value("the directory holds one value at most");
const NOT_A_MEMBER: Meaning = invalid_value("what is referred to doesn't exist");
const BAD_VALUE: Meaning = invalid_value("the directory doesn't accept the value");
const BAD_FORM: Meaning = invalid_value("the value doesn't have the form that the directory demands");
const MISSING: Meaning = invalid_value("the directory demands a value");
const READ_ONLY: Meaning = mutability("the directory sets this value itself");
const NAMES_THE_ENTRY: Meaning = mutability("the value names the entry and can't be changed");
const FORBIDDEN: Meaning = plain(403, "the directory doesn't allow it");
const TOO_LARGE: Meaning = plain(413, "the change is more than the directory's limits allow at a time");
const HAS_ENTRIES_BELOW: Meaning = plain(409, "there are other entries below this one");
const NO_CONTAINER: Meaning = Meaning::Internal("the container in which the entry belongs doesn't exist");
const NO_PASSWORD_WAY: Meaning =
    Meaning::Internal("Active Directory takes passwords over TLS alone, in UTF-16 and in quotation marks");
const NOT_IN_SCHEMA: Meaning =
    Meaning::Internal("the mapping names an attribute that the directory's schema doesn't know");
const NOT_BOUND: Meaning = Meaning::Unavailable("the directory refuses the bridge's own identity");
const REPLICA: Meaning = Meaning::Unavailable("the directory is a replica, or takes no writes at present");
const BUSY: Meaning = Meaning::Unavailable("the directory is busy");
const NO_TARGET: Meaning =
    Meaning::Refused(400, Some(ScimType::NoTarget), "the value to be removed isn't there any more");
const BAD_PASSWORD: Meaning = invalid_value("the password doesn't satisfy the directory's policy");

/// The rows, in the order in which they are tried.
pub(super) static ROWS: &[Row] = &[
    // Rules for passwords: slapd's ppolicy and its check modules, 389 Directory Server, OpenDJ, Samba.
    password(&["too long", "longer than the maximum"], "the password is too long"),
    password(
        &["too short", "must be at least", "shorter than", "minimum password length", "length of"],
        "the password is too short",
    ),
    password(
        &["history", "already used", "not being changed from existing", "previously used"],
        "the password is the present one or one of those used before",
    ),
    password(
        &["too young", "minimum age", "too soon"],
        "the password was changed too short a time ago to be changed again",
    ),
    password(&["only allows one password"], "there can be one password alone"),
    password(
        &[
            "quality",
            "complexity",
            "strength",
            "syntax",
            "forbidden characters",
            "validation checks",
            "based off",
            "dictionary",
        ],
        "the password isn't good enough for the directory's policy",
    ),
    code(&[19, 53], BAD_PASSWORD).about(&["pre-hashed"]),
    code(&[50], Meaning::Unavailable("the bridge's own password has to be changed")).says(&["restricted to"]),
    code(&[50, 53], plain(403, "the directory's policy doesn't allow the password to be changed"))
        .about(&["password"])
        .says(&["alteration", "must supply", "old password"]),
    // Active Directory and Samba.
    win32(&[0x5, 0x2098], FORBIDDEN),
    win32(&[0x1f, 0x2077], NO_PASSWORD_WAY).with(&[53]),
    win32(&[0x57], NOT_IN_SCHEMA).with(&[16]),
    win32(&[0x56, 0x52d], BAD_PASSWORD),
    win32(&[0x4dc], NOT_BOUND),
    win32(&[0x51c], invalid_value("that group can't be the primary one")),
    win32(&[0x523], invalid_value("the name isn't one that the directory accepts")),
    win32(&[0x524, 0x526, 0x2071], NAME_IN_USE),
    win32(&[0x528, 0x529, 0x561, 0x562], Meaning::Again),
    win32(&[0x525, 0x527], NOT_A_MEMBER).of(&[Members]),
    // The group or one of the members: whoever looks again knows which of them is gone, or is called otherwise now.
    win32(&[0x2030, 0x208d], Meaning::Again).of(&[Members]),
    win32(&[0x525, 0x527, 0x2030, 0x208d], NO_CONTAINER).of(&[Create]),
    win32(&[0x525, 0x527, 0x2030, 0x208d], Meaning::NotFound),
    win32(&[0x2089], NO_CONTAINER),
    win32(&[0x20b5], NOT_A_MEMBER),
    win32(&[0x21c7, 0x21c8], IN_USE),
    win32(&[0x202f], IN_USE).says(&["upn", "userprincipalname", "spn", "serviceprincipalname"]),
    win32(&[0x202f, 0x2082], BAD_VALUE),
    win32(&[0x200d, 0x2081], ONE_VALUE),
    win32(&[0x200a], Meaning::Again).of(&[Members]),
    win32(&[0x200a], NO_TARGET),
    win32(&[0x2083, 0x2085], Meaning::Again),
    win32(&[0x200b], BAD_FORM),
    win32(&[0x200c], NOT_IN_SCHEMA),
    win32(&[0x200e, 0x200f], BUSY),
    win32(&[0x2014], invalid_value("the directory's schema doesn't allow the entry to be so")),
    win32(&[0x2015], HAS_ENTRIES_BELOW),
    win32(&[0x2016], NAMES_THE_ENTRY),
    win32(&[0x2017], mutability("the kind of entry can't be changed")),
    win32(&[0x2018], plain(501, "the directory can't move entries that far")),
    win32(&[0x2024], TOO_LARGE),
    win32(&[0x216d], plain(403, "the bridge's account has made as many entries as the directory lets it make")),
    win32(&[0x209a], READ_ONLY),
    win32(&[0x2035], READ_ONLY).says(&["linked attribute"]),
    win32(&[0x2095], Meaning::Internal("the directory failed")),
    // Result codes (RFC 4511 appendix A), and words that tell more about some.
    code(&[0, 5, 6], Meaning::Internal("a success was taken for a refusal")),
    code(&[1], Meaning::Internal("the directory couldn't do the operation at this time")),
    code(&[2], Meaning::Internal("the directory didn't understand the request")),
    code(&[3], Meaning::Unavailable("the directory's time for the write was up")),
    code(&[4, 11, 70], TOO_LARGE),
    code(
        &[7, 8, 13, 14],
        Meaning::Internal("the directory demands another bind, or TLS: see the directory's settings"),
    ),
    code(&[10], REPLICA),
    code(&[12], Meaning::Internal("the directory doesn't know a control that the write needs")),
    code(&[16], Meaning::Again).of(&[Members]),
    code(&[16], NO_TARGET),
    code(&[17], NOT_IN_SCHEMA),
    code(&[18], Meaning::Internal("values were compared for which the directory's schema has no equality rule")),
    code(&[19], IN_USE).says(&[
        "non-unique",
        "not unique",
        "same attribute value already exists",
        "unique attribute conflict",
    ]),
    code(&[19], READ_ONLY).says(&["no user modification", "no-user-modification"]),
    code(&[19], ONE_VALUE).says(&["multiple values"]),
    code(&[19], invalid_value("the directory takes letters of ASCII alone there")).says(&["7-bit clean"]),
    code(&[19], BAD_VALUE),
    code(&[20], Meaning::Again).of(&[Members]),
    code(&[20], invalid_value("a value is given twice")).says(&["more than once", "twice"]),
    code(&[20], invalid_value("a value is given twice")).of(&[Create]),
    code(&[20], Meaning::Again),
    code(&[21], BAD_FORM),
    code(&[34], invalid_value("the value can't be a part of the entry's name")),
    code(&[32], NO_CONTAINER).of(&[Create]),
    code(&[32], NO_CONTAINER).of(&[Rename]).says(&["parent", "superior"]),
    code(&[32], Meaning::NotFound),
    code(&[33, 36, 54], Meaning::Internal("an alias or a referral in the directory leads nowhere")),
    code(&[48, 49], NOT_BOUND),
    code(&[50], FORBIDDEN),
    code(&[51, 52], BUSY),
    code(&[53], REPLICA).says(&["read-only", "read only", "shadow", "operation restricted", "no global superior"]),
    code(&[53], FORBIDDEN),
    code(&[60, 61, 76], Meaning::Internal("the directory answered a write as if it were a search")),
    code(&[64], invalid_value("the directory's schema doesn't allow the entry to be called so")),
    code(&[65], Meaning::Internal("the mapping gives an entry object classes that don't go together")).says(&[
        "structural",
        "abstract objectclass",
        "content rule",
    ]),
    code(&[65], MISSING).says(&["requires attribute", "missing attribute", "missing required"]),
    code(&[65], invalid_value("the directory doesn't allow the value in this kind of entry")).says(&["not allowed"]),
    code(&[65], invalid_value("the directory demands a member at least")).of(&[Members]),
    code(&[65], ONE_VALUE).says(&["multiple values", "single-valued"]),
    code(&[65], invalid_value("the directory's schema doesn't allow the entry to be so")),
    code(&[66], HAS_ENTRIES_BELOW),
    code(&[67], NAMES_THE_ENTRY),
    code(&[68], Meaning::Again).of(&[Members]),
    code(&[68], NAME_IN_USE),
    code(&[69], mutability("the kind of entry can't be changed")),
    code(&[71], plain(501, "the directory can't move entries that far")),
    code(&[80], Meaning::Internal("the directory failed")),
    code(&[81, 85, 91], Meaning::Unavailable("the connection to the directory was lost")),
    code(&[82, 83, 84], Meaning::Internal("the write couldn't be sent, or its answer not be read")),
    code(&[113], BUSY),
    code(&[118, 119, 120, 121], Meaning::Internal("the directory speaks of a cancellation that nobody asked for")),
    code(&[122], Meaning::Again).says(&["unique_search failed"]),
    code(&[122], Meaning::Stale),
    code(&[123], FORBIDDEN),
    code(&[4096], Meaning::Internal("the directory speaks of a synchronisation that nobody asked for")),
    code(&[16654], Meaning::Internal("the directory only pretended to do the write")),
];
