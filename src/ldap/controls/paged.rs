//! Simple paged results (RFC 2696).

use super::encode::{Control, integer, octets, sequence};
use super::oid;
use crate::ldap::ber::{INTEGER, InvalidBer, OCTET_STRING, Reader, SEQUENCE};

/// What a server says at a page's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagedResponse {
    /// How many entries there are in all, if the server gives an estimate; slapd always says 0.
    pub size: u32,
    /// What to send for the next page; empty after the last.
    pub cookie: Vec<u8>,
}

/// The control that asks for a page of `size` entries; the first has an empty cookie. Critical.
pub fn paged_results(size: u32, cookie: &[u8]) -> Control {
    Control::new(oid::PAGED_RESULTS, true, sequence(vec![integer(i64::from(size)), octets(cookie)]))
}

/// Reads the control that came with a search's result.
pub fn parse_paged_response(value: &[u8]) -> Result<PagedResponse, InvalidBer> {
    let mut outer = Reader::new(value);
    let mut inner = outer.nested(SEQUENCE)?;
    outer.end()?;
    let size = u32::try_from(inner.integer(INTEGER)?).unwrap_or(0);
    let cookie = inner.expect(OCTET_STRING)?.to_vec();
    inner.end()?;
    Ok(PagedResponse { size, cookie })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn request_and_response_have_one_form(size in 0u32..=i32::MAX as u32, cookie in proptest::collection::vec(any::<u8>(), 0..40)) {
            let control = paged_results(size, &cookie);
            prop_assert!(control.critical);
            prop_assert_eq!(parse_paged_response(&control.value.unwrap()), Ok(PagedResponse { size, cookie }));
        }
    }

    #[test]
    fn refuses_malformed_responses() {
        for octets in [&[][..], &[0x30, 0], &[0x30, 3, 2, 1, 0], &[0x30, 5, 2, 1, 0, 4, 0, 0]] {
            assert!(parse_paged_response(octets).is_err());
        }
    }
}
