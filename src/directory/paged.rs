//! The paged results control (RFC 2696) as ldap3 sends and brings it.

use ldap3::LdapResult;
use ldap3::controls::RawControl;

use super::Error;
use super::request::raw;
use crate::ldap::controls::{oid, paged_results, parse_paged_response};

/// Asks for the page after `cookie`; critical, as an answer without pages could be of any size.
pub(super) fn request(page: u32, cookie: &[u8]) -> RawControl {
    raw(paged_results(page, cookie))
}

/// The cookie of the next page; nothing after the last.
///
/// # Errors
/// [`Error::Protocol`] when the control is malformed.
pub(super) fn cookie(result: &LdapResult) -> Result<Option<Vec<u8>>, Error> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == oid::PAGED_RESULTS);
    let Some(value) = control.and_then(|control| control.1.val.as_deref()) else { return Ok(None) };
    let response = parse_paged_response(value)
        .map_err(|error| Error::Protocol(format!("a malformed paged results control: {error}")))?;
    Ok((!response.cookie.is_empty()).then_some(response.cookie))
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
            let sent = request(500, &cookie_sent);
            let expected = (!cookie_sent.is_empty()).then_some(cookie_sent);
            prop_assert!(sent.crit);
            prop_assert_eq!(cookie(&result(sent.val.unwrap())).unwrap(), expected);
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
