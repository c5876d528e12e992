//! The paged results control (RFC 2696): ldap3 encodes it well, but panics on malformed answers.

use ldap3::LdapResult;
use ldap3::controls::{MakeCritical, PagedResults, RawControl};

use super::{Error, oid};

/// Asks for the page after `cookie`; critical, as an answer without pages could be of any size.
pub(super) fn request(page: u32, cookie: Vec<u8>) -> RawControl {
    RawControl::from(PagedResults { size: i32::try_from(page).unwrap_or(i32::MAX), cookie }.critical())
}

/// The cookie of the next page; nothing after the last.
///
/// # Errors
/// [`Error::Protocol`] when the control is malformed.
pub(super) fn cookie(result: &LdapResult) -> Result<Option<Vec<u8>>, Error> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == oid::PAGED_RESULTS);
    let Some(value) = control.and_then(|control| control.1.val.as_deref()) else { return Ok(None) };
    let cookie = parse(value).ok_or_else(|| Error::Protocol("a malformed paged results control".to_owned()))?;
    Ok((!cookie.is_empty()).then(|| cookie.to_vec()))
}

/// `SEQUENCE { size INTEGER, cookie OCTET STRING }`
fn parse(value: &[u8]) -> Option<&[u8]> {
    let (sequence, _) = element(value, 0x30)?;
    let (_, rest) = element(sequence, 0x02)?;
    element(rest, 0x04).map(|(cookie, _)| cookie)
}

/// The content of the element with `tag` at the start of `input`, and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = input.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    (found == tag).then_some(())?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use ldap3::controls::Control;
    use proptest::prelude::*;

    use super::*;

    fn result(value: Vec<u8>) -> LdapResult {
        let control = RawControl { ctype: oid::PAGED_RESULTS.to_owned(), crit: false, val: Some(value) };
        let ctrls = vec![Control(None, control)];
        LdapResult { rc: 0, matched: String::new(), text: String::new(), refs: Vec::new(), ctrls }
    }

    proptest! {
        #[test]
        fn cookies_come_back_as_sent(cookie_sent in prop::collection::vec(any::<u8>(), 0..400)) {
            let sent = request(500, cookie_sent.clone());
            let expected = (!cookie_sent.is_empty()).then_some(cookie_sent);
            prop_assert!(sent.crit);
            prop_assert_eq!(cookie(&result(sent.val.unwrap())).unwrap(), expected);
        }

        #[test]
        fn nothing_panics(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = cookie(&result(value));
        }
    }

    #[test]
    fn malformed_controls_are_errors() {
        for value in [
            &[0x30][..],
            &[0x30, 0x05, 0x02, 0x01, 0x00],
            &[0x30, 0x80],
            &[0x04, 0x00],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(matches!(cookie(&result(value.to_vec())), Err(Error::Protocol(_))), "{value:x?}");
        }
    }
}
