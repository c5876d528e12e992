//! The awkward names of real trees: separators, quotes, blanks, everything that has a meaning in a DN, a filter or a path.

/// What is awkward about a person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// `Brown, Anna`.
    Comma,
    /// `Anna "Annie" Brown`.
    Quotes,
    /// `Anna + Brown`.
    Plus,
    /// `#Anna Brown`.
    LeadingHash,
    /// ` Anna Brown`.
    LeadingBlank,
    /// `Anna Brown `.
    TrailingBlank,
    /// `Anna\Brown`.
    Backslash,
    /// `Anna <Brown>; x=y`.
    Brackets,
    /// `Anna *(Brown)`.
    Wildcard,
    /// No given name.
    NoGivenName,
    /// A login name that starts with `#`.
    HashUid,
    /// A login name with a comma.
    CommaUid,
    /// A login name outside ASCII.
    UnicodeUid,
    /// A login name with a blank.
    BlankUid,
    /// A login name with a quote.
    QuoteUid,
    /// A login name in mixed case.
    MixedCaseUid,
}

impl Quirk {
    /// The quirk of the person at this place; most have none.
    pub(crate) fn of(index: usize) -> Option<Self> {
        Some(match index % 97 {
            11 => Quirk::Comma,
            17 => Quirk::HashUid,
            23 => Quirk::Quotes,
            26 => Quirk::CommaUid,
            31 => Quirk::UnicodeUid,
            37 => Quirk::Plus,
            41 => Quirk::LeadingHash,
            43 => Quirk::BlankUid,
            47 => Quirk::QuoteUid,
            53 => Quirk::LeadingBlank,
            58 => Quirk::MixedCaseUid,
            61 => Quirk::TrailingBlank,
            67 => Quirk::NoGivenName,
            71 => Quirk::Backslash,
            79 => Quirk::Brackets,
            83 => Quirk::Wildcard,
            _ => return None,
        })
    }

    /// Whether the awkward thing is the `cn`, so that it should stand in the DN.
    pub(crate) fn names_by_cn(self) -> bool {
        use Quirk::{Backslash, Brackets, Comma, LeadingBlank, LeadingHash, Plus, Quotes, TrailingBlank, Wildcard};
        matches!(
            self,
            Comma | Quotes | Plus | LeadingHash | LeadingBlank | TrailingBlank | Backslash | Brackets | Wildcard
        )
    }

    /// The awkward login name, if that is what is awkward.
    pub(crate) fn uid(self, index: usize) -> Option<String> {
        Some(match self {
            Quirk::HashUid => format!("#{index}"),
            Quirk::CommaUid => format!("brown,{index}"),
            Quirk::UnicodeUid => format!("zoë.müller{index}"),
            Quirk::BlankUid => format!("anna brown {index}"),
            Quirk::QuoteUid => format!("o'brien\"{index}\""),
            Quirk::MixedCaseUid => format!("Anna.Brown{index}"),
            _ => return None,
        })
    }

    /// The full name.
    pub(crate) fn cn(self, given: &str, family: &str) -> String {
        match self {
            Quirk::Comma => format!("{family}, {given}"),
            Quirk::Quotes => format!("{given} \"Ace\" {family}"),
            Quirk::Plus => format!("{given} + {family}"),
            Quirk::LeadingHash => format!("#{given} {family}"),
            Quirk::LeadingBlank => format!(" {given} {family}"),
            Quirk::TrailingBlank => format!("{given} {family} "),
            Quirk::Backslash => format!("{given}\\{family}"),
            Quirk::Brackets => format!("{given} <{family}>; x=y"),
            Quirk::Wildcard => format!("{given} *({family})"),
            Quirk::NoGivenName => family.to_owned(),
            _ => format!("{given} {family}"),
        }
    }

    /// The name with a number, which stands before the blank at the end if there is one.
    pub(crate) fn number(quirk: Option<Self>, cn: &str, index: usize) -> String {
        match quirk {
            Some(Quirk::TrailingBlank) => format!("{}{index} ", cn),
            _ => format!("{cn} {index}"),
        }
    }
}
