//! The codecs by name.

use super::info::CodecInfo;
use crate::scim::schema::AttributeKind;

/// Every codec, in the order of the reference.
pub static ALL: &[&CodecInfo] = &[
    &super::text::INFO,
    &super::int::INFO,
    &super::decimal::INFO,
    &super::boolean::INFO,
    &super::switch::INFO,
    &super::bit::INFO,
    &super::time::INFO,
    &super::filetime::INFO,
    &super::epoch::DAYS,
    &super::epoch::SECONDS,
    &super::uuid::INFO,
    &super::guid_le::INFO,
    &super::sid::INFO,
    &super::base64::INFO,
    &super::data_uri::INFO,
    &super::postal::INFO,
    &super::smtp::INFO,
    &super::prefix::INFO,
    &super::table::INFO,
    &super::url::INFO,
];

/// The codec of this name.
pub fn find(name: &str) -> Option<&'static CodecInfo> {
    ALL.iter().copied().find(|info| info.name == name)
}

/// The codec of an attribute that names none: what its type says, and for a string what its LDAP attribute is known to hold.
pub fn natural(kind: AttributeKind, attribute: &str) -> &'static CodecInfo {
    match kind {
        AttributeKind::Boolean => &super::boolean::INFO,
        AttributeKind::Integer => &super::int::INFO,
        AttributeKind::Decimal => &super::decimal::INFO,
        AttributeKind::DateTime => &super::time::INFO,
        AttributeKind::Binary => &super::base64::INFO,
        AttributeKind::String | AttributeKind::Reference | AttributeKind::Complex => {
            let is = |name: &str| attribute.eq_ignore_ascii_case(name);
            if is("entryUUID") || is("1.3.6.1.1.16.4") {
                &super::uuid::INFO
            } else if is("objectGUID") {
                &super::guid_le::INFO
            } else if is("objectSid") {
                &super::sid::INFO
            } else {
                &super::text::INFO
            }
        }
    }
}
