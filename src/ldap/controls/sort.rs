//! Server-side sorting (RFC 2891).

use super::encode::{Control, context_boolean, context_octets, octets, sequence};
use super::oid;
use crate::ldap::AttributeDescription;
use crate::ldap::ber::{ENUMERATED, InvalidBer, Reader, SEQUENCE};
use crate::ldap::result::ResultCode;

/// One key to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The attribute.
    pub attribute: AttributeDescription,
    /// The ordering rule's OID, which slapd needs where the attribute type has none (`2.5.13.3` for `cn`).
    pub rule: Option<String>,
    /// Whether to sort from the greatest to the least.
    pub reverse: bool,
}

/// The control that asks for entries sorted by these keys.
pub fn server_side_sort(keys: &[SortKey], critical: bool) -> Control {
    let keys = keys.iter().map(|key| {
        let mut parts = vec![octets(key.attribute.as_str())];
        parts.extend(key.rule.as_ref().map(|rule| context_octets(0, rule)));
        if key.reverse {
            parts.push(context_boolean(1, true));
        }
        sequence(parts)
    });
    Control::new(oid::SORT_REQUEST, critical, sequence(keys.collect()))
}

/// Reads the control that came with a sorted search's result: whether the entries are sorted, and the attribute that is to
/// blame if not.
pub fn parse_sort_response(value: &[u8]) -> Result<(ResultCode, Option<String>), InvalidBer> {
    let mut outer = Reader::new(value);
    let mut inner = outer.nested(SEQUENCE)?;
    outer.end()?;
    let code = u32::try_from(inner.integer(ENUMERATED)?).map_err(|_| InvalidBer("a result code is negative"))?;
    let attribute = inner.optional(0x80)?.map(|name| String::from_utf8_lossy(name).into_owned());
    inner.end()?;
    Ok((ResultCode(code), attribute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_in_the_form_of_the_rfc() {
        let key = |name: &str, rule: Option<&str>, reverse| SortKey {
            attribute: name.parse().unwrap(),
            rule: rule.map(str::to_owned),
            reverse,
        };
        let control = server_side_sort(&[key("cn", Some("2.5.13.3"), true), key("uid", None, false)], false);
        assert_eq!(
            control.value.unwrap(),
            b"\x30\x1a\x30\x11\x04\x02cn\x80\x082.5.13.3\x81\x01\xff\x30\x05\x04\x03uid"
        );
    }

    #[test]
    fn reads_responses() {
        assert_eq!(parse_sort_response(&[0x30, 3, 10, 1, 0]), Ok((ResultCode::SUCCESS, None)));
        assert_eq!(
            parse_sort_response(b"\x30\x07\x0a\x01\x12\x80\x02cn"),
            Ok((ResultCode::INAPPROPRIATE_MATCHING, Some("cn".into())))
        );
        assert!(parse_sort_response(&[0x30, 0]).is_err());
        assert!(parse_sort_response(&[0x30, 3, 10, 1, 0xff]).is_err());
    }
}
