//! Controls that carry a search filter, and the BER of filters (RFC 4511 section 4.5.1.7).

use lber::structures::Tag;

use super::encode::{Control, context, context_octets, encode, octets, sequence};
use super::oid;
use crate::ldap::Filter;

/// The operation is done only if the entry matches (RFC 4528); assertionFailed otherwise. Critical, or it would mean nothing.
///
/// On slapd 2.5 it leaks into the operations of the unique and memberof overlays: it must hold for other entries (ARCHITECTURE.md,
/// "The guard").
pub fn assertion(filter: &Filter) -> Control {
    Control { oid: oid::ASSERTION, critical: true, value: Some(encode(filter_tag(filter))) }
}

/// Only values that match one of the filters are returned (RFC 3876); each must be a leaf.
pub fn matched_values(filters: &[Filter]) -> Control {
    Control::new(oid::MATCHED_VALUES, true, sequence(filters.iter().map(filter_tag).collect()))
}

/// A filter as BER; the constants become the empty conjunction and disjunction of RFC 4526.
fn filter_tag(filter: &Filter) -> Tag {
    let list = |parts: &[Filter]| parts.iter().map(filter_tag).collect();
    match filter {
        Filter::True => context(0, Vec::new()),
        Filter::False => context(1, Vec::new()),
        Filter::And(parts) => context(0, list(parts)),
        Filter::Or(parts) => context(1, list(parts)),
        Filter::Not(part) => context(2, vec![filter_tag(part)]),
        Filter::Equality(attribute, value) => context(3, vec![octets(attribute.as_str()), octets(value)]),
        Filter::Substring { attribute, initial, any, last } => {
            let mut parts: Vec<Tag> = initial.iter().map(|part| context_octets(0, part)).collect();
            parts.extend(any.iter().map(|part| context_octets(1, part)));
            parts.extend(last.iter().map(|part| context_octets(2, part)));
            context(4, vec![octets(attribute.as_str()), sequence(parts)])
        }
        Filter::GreaterOrEqual(attribute, value) => context(5, vec![octets(attribute.as_str()), octets(value)]),
        Filter::LessOrEqual(attribute, value) => context(6, vec![octets(attribute.as_str()), octets(value)]),
        Filter::Present(attribute) => context_octets(7, attribute.as_str()),
        Filter::Extensible { attribute, rule, value } => {
            context(9, vec![context_octets(1, rule), context_octets(2, attribute.as_str()), context_octets(3, value)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> Vec<u8> {
        assertion(&crate::ldap::filter_parse::parse(text).unwrap()).value.unwrap()
    }

    #[test]
    fn filters_have_the_form_of_the_rfc() {
        assert_eq!(encoded("(cn=a)"), b"\xa3\x07\x04\x02cn\x04\x01a");
        assert_eq!(encoded("(cn=*)"), b"\x87\x02cn");
        assert_eq!(encoded("(!(cn=*))"), b"\xa2\x04\x87\x02cn");
        assert_eq!(
            encoded("(|(cn=*)(sn>=b)(sn<=c))"),
            b"\xa1\x16\x87\x02cn\xa5\x07\x04\x02sn\x04\x01b\xa6\x07\x04\x02sn\x04\x01c"
        );
        assert_eq!(encoded("(cn=a*b*c)"), b"\xa4\x0f\x04\x02cn\x30\x09\x80\x01a\x81\x01b\x82\x01c");
        assert_eq!(encoded("(cn:1.2:=a)"), b"\xa9\x0c\x81\x031.2\x82\x02cn\x83\x01a");
        assert_eq!(assertion(&Filter::True).value.unwrap(), b"\xa0\x00");
    }

    #[test]
    fn matched_values_lists_leaves() {
        let leaf = Filter::Present("cn".parse().unwrap());
        assert_eq!(matched_values(&[leaf]).value.unwrap(), b"\x30\x04\x87\x02cn");
    }
}
