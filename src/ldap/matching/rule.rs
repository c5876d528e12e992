//! The matching rules that are known here, by name and OID.

use super::syntax::Syntax;

/// What a matching rule is for (RFC 4512 section 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// `(attribute=value)`
    Equality,
    /// `(attribute>=value)` and `(attribute<=value)`
    Ordering,
    /// `(attribute=*value*)`
    Substrings,
    /// Extensible matches alone.
    Extensible,
}

macro_rules! rules {
    ($($variant:ident $oid:literal $name:literal $kind:ident $syntax:ident),* $(,)?) => {
        /// A matching rule of RFC 4517, RFC 4530, OpenLDAP or Active Directory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum MatchingRule {
            $(#[doc = concat!("`", $name, "`, ", $oid)] $variant,)*
        }

        impl MatchingRule {
            /// Every rule that is known.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The rule's OID.
            pub fn oid(self) -> &'static str {
                match self { $(Self::$variant => $oid),* }
            }

            /// The rule's name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What the rule is for.
            pub fn kind(self) -> RuleKind {
                match self { $(Self::$variant => RuleKind::$kind),* }
            }

            /// The syntax of an assertion value; for substrings, of each of its parts.
            pub fn assertion_syntax(self) -> Syntax {
                match self { $(Self::$variant => Syntax::$syntax),* }
            }
        }
    };
}

rules! {
    ObjectIdentifier "2.5.13.0" "objectIdentifierMatch" Equality Oid,
    DistinguishedName "2.5.13.1" "distinguishedNameMatch" Equality DistinguishedName,
    CaseIgnore "2.5.13.2" "caseIgnoreMatch" Equality DirectoryString,
    CaseIgnoreOrdering "2.5.13.3" "caseIgnoreOrderingMatch" Ordering DirectoryString,
    CaseIgnoreSubstrings "2.5.13.4" "caseIgnoreSubstringsMatch" Substrings DirectoryString,
    CaseExact "2.5.13.5" "caseExactMatch" Equality DirectoryString,
    CaseExactOrdering "2.5.13.6" "caseExactOrderingMatch" Ordering DirectoryString,
    CaseExactSubstrings "2.5.13.7" "caseExactSubstringsMatch" Substrings DirectoryString,
    NumericString "2.5.13.8" "numericStringMatch" Equality NumericString,
    NumericStringOrdering "2.5.13.9" "numericStringOrderingMatch" Ordering NumericString,
    NumericStringSubstrings "2.5.13.10" "numericStringSubstringsMatch" Substrings NumericString,
    CaseIgnoreList "2.5.13.11" "caseIgnoreListMatch" Equality PostalAddress,
    CaseIgnoreListSubstrings "2.5.13.12" "caseIgnoreListSubstringsMatch" Substrings DirectoryString,
    Boolean "2.5.13.13" "booleanMatch" Equality Boolean,
    Integer "2.5.13.14" "integerMatch" Equality Integer,
    IntegerOrdering "2.5.13.15" "integerOrderingMatch" Ordering Integer,
    BitString "2.5.13.16" "bitStringMatch" Equality BitString,
    OctetString "2.5.13.17" "octetStringMatch" Equality OctetString,
    OctetStringOrdering "2.5.13.18" "octetStringOrderingMatch" Ordering OctetString,
    OctetStringSubstrings "2.5.13.19" "octetStringSubstringsMatch" Substrings OctetString,
    TelephoneNumber "2.5.13.20" "telephoneNumberMatch" Equality TelephoneNumber,
    TelephoneNumberSubstrings "2.5.13.21" "telephoneNumberSubstringsMatch" Substrings TelephoneNumber,
    UniqueMember "2.5.13.23" "uniqueMemberMatch" Equality NameAndOptionalUid,
    GeneralizedTime "2.5.13.27" "generalizedTimeMatch" Equality GeneralizedTime,
    GeneralizedTimeOrdering "2.5.13.28" "generalizedTimeOrderingMatch" Ordering GeneralizedTime,
    IntegerFirstComponent "2.5.13.29" "integerFirstComponentMatch" Equality Integer,
    ObjectIdentifierFirstComponent "2.5.13.30" "objectIdentifierFirstComponentMatch" Equality Oid,
    CaseExactIa5 "1.3.6.1.4.1.1466.109.114.1" "caseExactIA5Match" Equality Ia5String,
    CaseIgnoreIa5 "1.3.6.1.4.1.1466.109.114.2" "caseIgnoreIA5Match" Equality Ia5String,
    CaseIgnoreIa5Substrings "1.3.6.1.4.1.1466.109.114.3" "caseIgnoreIA5SubstringsMatch" Substrings Ia5String,
    CaseExactIa5Substrings "1.3.6.1.4.1.4203.1.2.1" "caseExactIA5SubstringsMatch" Substrings Ia5String,
    Uuid "1.3.6.1.1.16.2" "UUIDMatch" Equality Uuid,
    UuidOrdering "1.3.6.1.1.16.3" "UUIDOrderingMatch" Ordering Uuid,
    Csn "1.3.6.1.4.1.4203.666.11.2.2" "CSNMatch" Equality Csn,
    CsnOrdering "1.3.6.1.4.1.4203.666.11.2.3" "CSNOrderingMatch" Ordering Csn,
    BitAnd "1.2.840.113556.1.4.803" "integerBitAndMatch" Extensible Integer,
    BitOr "1.2.840.113556.1.4.804" "integerBitOrMatch" Extensible Integer,
    InChain "1.2.840.113556.1.4.1941" "ldapMatchingRuleInChain" Extensible DistinguishedName,
    DnOneLevel "1.3.6.1.4.1.4203.666.4.8" "dnOneLevelMatch" Extensible DistinguishedName,
    DnSubtree "1.3.6.1.4.1.4203.666.4.9" "dnSubtreeMatch" Extensible DistinguishedName,
    DnSubordinate "1.3.6.1.4.1.4203.666.4.10" "dnSubordinateMatch" Extensible DistinguishedName,
    DnSuperior "1.3.6.1.4.1.4203.666.4.11" "dnSuperiorMatch" Extensible DistinguishedName,
}

impl MatchingRule {
    /// The rule with this name, in any case, or OID.
    pub fn find(name_or_oid: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|rule| rule.oid() == name_or_oid || rule.name().eq_ignore_ascii_case(name_or_oid))
    }

    /// The equality rule that tells the same values apart as this ordering or substrings rule does; itself otherwise.
    #[must_use]
    pub fn as_equality(self) -> Self {
        match self {
            Self::CaseIgnoreOrdering | Self::CaseIgnoreSubstrings => Self::CaseIgnore,
            Self::CaseExactOrdering | Self::CaseExactSubstrings => Self::CaseExact,
            Self::NumericStringOrdering | Self::NumericStringSubstrings => Self::NumericString,
            Self::CaseIgnoreListSubstrings => Self::CaseIgnoreList,
            Self::IntegerOrdering => Self::Integer,
            Self::OctetStringOrdering | Self::OctetStringSubstrings => Self::OctetString,
            Self::TelephoneNumberSubstrings => Self::TelephoneNumber,
            Self::GeneralizedTimeOrdering => Self::GeneralizedTime,
            Self::CaseIgnoreIa5Substrings => Self::CaseIgnoreIa5,
            Self::CaseExactIa5Substrings => Self::CaseExactIa5,
            Self::UuidOrdering => Self::Uuid,
            Self::CsnOrdering => Self::Csn,
            equality => equality,
        }
    }

    /// Whether values that differ in case alone are the same to this rule.
    pub fn ignores_case(self) -> bool {
        matches!(
            self.as_equality(),
            Self::CaseIgnore
                | Self::CaseIgnoreIa5
                | Self::CaseIgnoreList
                | Self::DistinguishedName
                | Self::UniqueMember
                | Self::ObjectIdentifier
                | Self::Uuid
        )
    }

    /// The equality, ordering and substrings rules that 389 Directory Server applies to values of an attribute whose type names no
    /// equality rule: those of its syntax. Syntaxes that hold no text are left out.
    pub fn of_syntax(syntax: Syntax) -> (Option<Self>, Option<Self>, Option<Self>) {
        use MatchingRule as R;
        match syntax {
            Syntax::DirectoryString => {
                (Some(R::CaseIgnore), Some(R::CaseIgnoreOrdering), Some(R::CaseIgnoreSubstrings))
            }
            Syntax::Ia5String | Syntax::PrintableString => {
                (Some(R::CaseExact), Some(R::CaseExactOrdering), Some(R::CaseExactSubstrings))
            }
            Syntax::Integer => (Some(R::Integer), Some(R::IntegerOrdering), None),
            Syntax::DistinguishedName => (Some(R::DistinguishedName), None, None),
            _ => (None, None, None),
        }
    }

    /// The equality, ordering and substrings rules that Active Directory, whose schema names none, applies to values of
    /// a syntax. It orders whatever it can compare.
    pub fn for_syntax(syntax: Syntax) -> (Option<Self>, Option<Self>, Option<Self>) {
        use MatchingRule as R;
        match syntax {
            Syntax::DirectoryString | Syntax::AdCaseIgnoreString => {
                (Some(R::CaseIgnore), Some(R::CaseIgnoreOrdering), Some(R::CaseIgnoreSubstrings))
            }
            Syntax::AdCaseExactString | Syntax::Ia5String | Syntax::PrintableString => {
                (Some(R::CaseExact), Some(R::CaseExactOrdering), Some(R::CaseExactSubstrings))
            }
            Syntax::NumericString => {
                (Some(R::NumericString), Some(R::NumericStringOrdering), Some(R::NumericStringSubstrings))
            }
            Syntax::Integer | Syntax::AdLargeInteger => (Some(R::Integer), Some(R::IntegerOrdering), None),
            Syntax::GeneralizedTime => (Some(R::GeneralizedTime), Some(R::GeneralizedTimeOrdering), None),
            Syntax::Boolean => (Some(R::Boolean), None, None),
            Syntax::DistinguishedName => (Some(R::DistinguishedName), None, None),
            Syntax::OctetString => (Some(R::OctetString), Some(R::OctetStringOrdering), None),
            Syntax::Oid => (Some(R::ObjectIdentifier), None, None),
            _ => (None, None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_name_and_its_oid() {
        for &rule in MatchingRule::ALL {
            assert_eq!(MatchingRule::find(&rule.name().to_ascii_uppercase()), Some(rule));
            assert_eq!(MatchingRule::find(rule.oid()), Some(rule));
            let related = rule.as_equality();
            assert!(matches!(related.kind(), RuleKind::Equality | RuleKind::Extensible), "{rule:?}");
        }
        assert_eq!(MatchingRule::find("wordMatch"), None);
    }
}
