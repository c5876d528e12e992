//! The LDAP syntaxes that are known here, and which values they admit.

use crate::ldap::dn::{Ava, Dn, Rdn};
use crate::ldap::time;

macro_rules! syntaxes {
    ($($variant:ident $oid:literal $name:literal),* $(,)?) => {
        /// A syntax of RFC 4517, RFC 4523, RFC 4530, OpenLDAP or Active Directory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Syntax {
            $(#[doc = concat!($name, ", ", $oid)] $variant,)*
        }

        impl Syntax {
            /// Every syntax that is known.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The syntax's OID.
            pub fn oid(self) -> &'static str {
                match self { $(Self::$variant => $oid),* }
            }

            /// What the syntax is called.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

syntaxes! {
    AttributeTypeDescription "1.3.6.1.4.1.1466.115.121.1.3" "Attribute Type Description",
    Audio "1.3.6.1.4.1.1466.115.121.1.4" "Audio",
    Binary "1.3.6.1.4.1.1466.115.121.1.5" "Binary",
    BitString "1.3.6.1.4.1.1466.115.121.1.6" "Bit String",
    Boolean "1.3.6.1.4.1.1466.115.121.1.7" "Boolean",
    Certificate "1.3.6.1.4.1.1466.115.121.1.8" "Certificate",
    CertificateList "1.3.6.1.4.1.1466.115.121.1.9" "Certificate List",
    CertificatePair "1.3.6.1.4.1.1466.115.121.1.10" "Certificate Pair",
    CountryString "1.3.6.1.4.1.1466.115.121.1.11" "Country String",
    DistinguishedName "1.3.6.1.4.1.1466.115.121.1.12" "DN",
    DeliveryMethod "1.3.6.1.4.1.1466.115.121.1.14" "Delivery Method",
    DirectoryString "1.3.6.1.4.1.1466.115.121.1.15" "Directory String",
    FacsimileTelephoneNumber "1.3.6.1.4.1.1466.115.121.1.22" "Facsimile Telephone Number",
    Fax "1.3.6.1.4.1.1466.115.121.1.23" "Fax",
    GeneralizedTime "1.3.6.1.4.1.1466.115.121.1.24" "Generalized Time",
    Ia5String "1.3.6.1.4.1.1466.115.121.1.26" "IA5 String",
    Integer "1.3.6.1.4.1.1466.115.121.1.27" "Integer",
    Jpeg "1.3.6.1.4.1.1466.115.121.1.28" "JPEG",
    NameAndOptionalUid "1.3.6.1.4.1.1466.115.121.1.34" "Name And Optional UID",
    NumericString "1.3.6.1.4.1.1466.115.121.1.36" "Numeric String",
    Oid "1.3.6.1.4.1.1466.115.121.1.38" "OID",
    OtherMailbox "1.3.6.1.4.1.1466.115.121.1.39" "Other Mailbox",
    OctetString "1.3.6.1.4.1.1466.115.121.1.40" "Octet String",
    PostalAddress "1.3.6.1.4.1.1466.115.121.1.41" "Postal Address",
    PrintableString "1.3.6.1.4.1.1466.115.121.1.44" "Printable String",
    SupportedAlgorithm "1.3.6.1.4.1.1466.115.121.1.49" "Supported Algorithm",
    TelephoneNumber "1.3.6.1.4.1.1466.115.121.1.50" "Telephone Number",
    Uuid "1.3.6.1.1.16.1" "UUID",
    Csn "1.3.6.1.4.1.4203.666.11.2.1" "Change Sequence Number",
    AdDnWithBinary "1.2.840.113556.1.4.903" "DN with Binary",
    AdDnWithString "1.2.840.113556.1.4.904" "DN with String",
    AdCaseIgnoreString "1.2.840.113556.1.4.905" "Case-Ignore String",
    AdLargeInteger "1.2.840.113556.1.4.906" "Large Integer",
    AdSecurityDescriptor "1.2.840.113556.1.4.907" "NT Security Descriptor",
    AdCaseExactString "1.2.840.113556.1.4.1362" "Case-Exact String",
}

impl Syntax {
    /// The syntax with this OID.
    pub fn find(oid: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|syntax| syntax.oid() == oid)
    }

    /// Whether `value` is valid as a stored value and as an assertion value.
    ///
    /// As strict as slapd, which finds a filter with an invalid assertion value Undefined. False for syntaxes whose
    /// values aren't looked into here (certificates, pictures), as nothing can be promised of them.
    pub fn admits(self, value: &[u8]) -> bool {
        match self {
            Self::DirectoryString | Self::AdCaseIgnoreString | Self::AdCaseExactString => {
                !value.is_empty() && std::str::from_utf8(value).is_ok()
            }
            // slapd cuts an assertion value off at a NUL, and would match more than was asked for.
            Self::Ia5String => value.is_ascii() && !value.contains(&0),
            Self::PrintableString | Self::TelephoneNumber => {
                !value.is_empty() && value.iter().copied().all(is_printable)
            }
            Self::CountryString => value.len() == 2 && value.iter().copied().all(is_printable),
            Self::NumericString => !value.is_empty() && value.iter().all(|&byte| byte.is_ascii_digit() || byte == b' '),
            Self::Boolean => matches!(value, b"TRUE" | b"FALSE"),
            Self::Integer => is_integer(value),
            Self::AdLargeInteger => {
                is_integer(value) && std::str::from_utf8(value).is_ok_and(|v| v.parse::<i64>().is_ok())
            }
            Self::OctetString => true,
            Self::BitString => is_bit_string(value),
            Self::GeneralizedTime => time::parse(value).is_some(),
            Self::DistinguishedName => is_dn(value),
            Self::NameAndOptionalUid => is_dn(split_uid(value).0),
            Self::Oid => is_oid(value),
            Self::PostalAddress => is_postal_address(value),
            Self::FacsimileTelephoneNumber => is_fax(value),
            Self::Uuid => is_uuid(value),
            Self::Csn => is_csn(value),
            _ => false,
        }
    }
}

/// The DN and the bit string of a Name And Optional UID: `cn=x#'0101'B`.
pub(super) fn split_uid(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    match value.iter().rposition(|&byte| byte == b'#') {
        Some(hash) if is_bit_string(&value[hash + 1..]) => (&value[..hash], Some(&value[hash + 1..])),
        _ => (value, None),
    }
}

fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'=' | b'/' | b':' | b'?' | b' ')
}

/// Decimal digits without leading zeros; a minus before anything but zero.
fn is_integer(value: &[u8]) -> bool {
    match value {
        b"0" => true,
        [b'-', digits @ ..] | digits => {
            digits.first().is_some_and(|first| (b'1'..=b'9').contains(first)) && digits.iter().all(u8::is_ascii_digit)
        }
    }
}

fn is_bit_string(value: &[u8]) -> bool {
    matches!(value, [b'\'', bits @ .., b'\'', b'B'] if bits.iter().all(|bit| matches!(bit, b'0' | b'1')))
}

/// A DN whose values are text that holds something: slapd refuses empty values, and encodings in place of a text.
fn is_dn(value: &[u8]) -> bool {
    let usual = |ava: &Ava| !ava.is_ber() && Syntax::DirectoryString.admits(ava.value());
    let encoded = value.windows(2).any(|pair| pair == b"=#");
    !encoded
        && std::str::from_utf8(value).is_ok_and(|text| {
            text.parse::<Dn>()
                .is_ok_and(|dn| dn.is_root() == text.is_empty() && dn.rdns().iter().flat_map(Rdn::avas).all(usual))
        })
}

fn is_oid(value: &[u8]) -> bool {
    let keychar = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match value.first() {
        Some(first) if first.is_ascii_alphabetic() => value.iter().all(keychar),
        Some(_) => value
            .split(|&byte| byte == b'.')
            .all(|arc| !arc.is_empty() && arc.iter().all(u8::is_ascii_digit) && (arc.len() == 1 || arc[0] != b'0')),
        None => false,
    }
}

/// Lines of UTF-8 separated by `$`; each holds something.
fn is_postal_address(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| text.split('$').all(|line| !line.is_empty()))
}

/// A printable number and, after `$`, parameters.
fn is_fax(value: &[u8]) -> bool {
    value.split(|&byte| byte == b'$').all(|part| !part.is_empty() && part.iter().copied().all(is_printable))
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `20261121192430.123456Z#000000#001#000000`
fn is_csn(value: &[u8]) -> bool {
    let mut parts = value.split(|&byte| byte == b'#');
    let hex = |part: Option<&[u8]>, lengths: &[usize]| {
        part.is_some_and(|digits| lengths.contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit))
    };
    parts.next().is_some_and(|moment| time::parse(moment).is_some())
        && hex(parts.next(), &[6])
        && hex(parts.next(), &[2, 3])
        && hex(parts.next(), &[6])
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Syntax::DirectoryString, "é")]
    #[case(Syntax::Ia5String, "")]
    #[case(Syntax::Ia5String, "u1@example.com")]
    #[case(Syntax::PrintableString, "a b(c)'?")]
    #[case(Syntax::TelephoneNumber, "+1 555-0001")]
    #[case(Syntax::CountryString, "DE")]
    #[case(Syntax::NumericString, "12 34")]
    #[case(Syntax::Boolean, "TRUE")]
    #[case(Syntax::Integer, "-12")]
    #[case(Syntax::Integer, "0")]
    #[case(Syntax::Integer, "123456789012345678901234567890")]
    #[case(Syntax::AdLargeInteger, "-9223372036854775808")]
    #[case(Syntax::OctetString, "")]
    #[case(Syntax::BitString, "'0101'B")]
    #[case(Syntax::BitString, "''B")]
    #[case(Syntax::GeneralizedTime, "2026112119Z")]
    #[case(Syntax::DistinguishedName, "")]
    #[case(Syntax::DistinguishedName, "cn=a, dc=b")]
    #[case(Syntax::NameAndOptionalUid, "cn=a#'01'B")]
    #[case(Syntax::NameAndOptionalUid, "cn=a")]
    #[case(Syntax::Oid, "2.5.4.3")]
    #[case(Syntax::Oid, "inetOrgPerson")]
    #[case(Syntax::PostalAddress, "1 Main St$Town")]
    #[case(Syntax::FacsimileTelephoneNumber, "+1 2$fineResolution")]
    #[case(Syntax::Uuid, "d055d732-DB9F-4483-8ea8-000000000000")]
    #[case(Syntax::Csn, "20261121192430.123456Z#000000#001#000000")]
    fn admits_what_is_valid(#[case] syntax: Syntax, #[case] value: &str) {
        assert!(syntax.admits(value.as_bytes()));
    }

    #[rstest]
    #[case(Syntax::DirectoryString, "")]
    #[case(Syntax::Ia5String, "é")]
    #[case(Syntax::Ia5String, "a\0b")]
    #[case(Syntax::PrintableString, "a@b")]
    #[case(Syntax::PrintableString, "")]
    #[case(Syntax::TelephoneNumber, "")]
    #[case(Syntax::CountryString, "DEU")]
    #[case(Syntax::NumericString, "1-2")]
    #[case(Syntax::Boolean, "true")]
    #[case(Syntax::Integer, "")]
    #[case(Syntax::Integer, "-")]
    #[case(Syntax::Integer, "-0")]
    #[case(Syntax::Integer, "007")]
    #[case(Syntax::Integer, "+1")]
    #[case(Syntax::Integer, "1.5")]
    #[case(Syntax::AdLargeInteger, "9223372036854775808")]
    #[case(Syntax::BitString, "0101")]
    #[case(Syntax::BitString, "'02'B")]
    #[case(Syntax::GeneralizedTime, "2026")]
    #[case(Syntax::DistinguishedName, "foo")]
    #[case(Syntax::DistinguishedName, " ")]
    #[case(Syntax::DistinguishedName, "cn=")]
    #[case(Syntax::DistinguishedName, "cn=#040161")]
    #[case(Syntax::DistinguishedName, "cn=\\ff")]
    #[case(Syntax::Oid, "2..5")]
    #[case(Syntax::Oid, "a_b")]
    #[case(Syntax::Oid, "")]
    #[case(Syntax::PostalAddress, "a$$b")]
    #[case(Syntax::Uuid, "nope")]
    #[case(Syntax::Csn, "20261121192430Z#0#0#0")]
    #[case(Syntax::Jpeg, "anything")]
    #[case(Syntax::Certificate, "anything")]
    fn refuses_what_is_not(#[case] syntax: Syntax, #[case] value: &str) {
        assert!(!syntax.admits(value.as_bytes()));
    }

    #[test]
    fn text_must_be_utf8() {
        assert!(!Syntax::DirectoryString.admits(b"\xff"));
        assert!(!Syntax::PostalAddress.admits(b"\xff"));
        assert!(!Syntax::DistinguishedName.admits(b"cn=\xff"));
        assert!(Syntax::OctetString.admits(b"\xff"));
    }

    #[test]
    fn every_syntax_is_found_by_its_oid() {
        for &syntax in Syntax::ALL {
            assert_eq!(Syntax::find(syntax.oid()), Some(syntax));
        }
        assert_eq!(Syntax::find("1.2.3"), None);
    }
}
