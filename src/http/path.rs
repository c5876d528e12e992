//! Request paths, taken apart so that none of them can mean another resource than it says.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::failure::Failure;
use crate::scim;

/// What is below a mount point in a raw path: `/Users/1` of `/scim/v2/Users/1` at `/scim/v2`. `None` outside it.
pub(super) fn below<'a>(raw: &'a str, mount: &str) -> Option<&'a str> {
    let rest = raw.strip_prefix(mount)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Why a path can't be the path of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A `%` without two hexadecimal digits.
    NotEncoded,
    /// What is encoded is no UTF-8.
    NotUtf8,
    /// A segment is empty, `.` or `..`, or holds a slash or a control character when decoded.
    Trick,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotEncoded => scim::Error::bad_request("The path is not correctly percent-encoded").into(),
            Fault::NotUtf8 => scim::Error::bad_request("The path is not valid UTF-8").into(),
            Fault::Trick => Self::not_found(),
        }
    }
}

/// The part of a path below its mount point, in the one spelling that the router knows: without a trailing slash, the
/// protocol's own names in their usual case, and percent-encoded only where it has to be. `None` if it is spelled so
/// already, as most are.
///
/// # Errors
/// What is wrong with it. Axum's router and its path parameters are more lenient than this: they take `%zz` for three
/// characters and `a%2Fb` for a value with a slash. What passes here they can't misunderstand, because they decode once
/// what was encoded once.
pub(super) fn canonical(rest: &str) -> Result<Option<String>, Fault> {
    let inner = rest.strip_prefix('/').unwrap_or(rest);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return Ok((rest != "/").then(|| "/".to_owned()));
    }
    let mut as_is = inner.len() + 1 == rest.len() && rest.starts_with('/');
    for (place, raw) in inner.split('/').enumerate() {
        as_is &= spelled(place, &segment(raw)?) == raw;
    }
    Ok(if as_is { None } else { Some(respelled(inner)?) })
}

fn respelled(inner: &str) -> Result<String, Fault> {
    let mut path = String::with_capacity(inner.len() + 1);
    for (place, raw) in inner.split('/').enumerate() {
        let decoded = segment(raw)?;
        path.push('/');
        path.extend(utf8_percent_encode(spelled(place, &decoded), RESERVED));
    }
    Ok(path)
}

/// The names that the protocol gives meaning to, by the place of their segment.
const NAMES: [&[&str]; 2] =
    [&["ServiceProviderConfig", "ResourceTypes", "Schemas", "Me", "Bulk", ".search"], &[".search"]];

/// A decoded segment, or the name that it stands for.
fn spelled(place: usize, segment: &str) -> &str {
    let names = NAMES.get(place).copied().unwrap_or_default();
    names.iter().find(|name| name.eq_ignore_ascii_case(segment)).copied().unwrap_or(segment)
}

/// All but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn segment(raw: &str) -> Result<Cow<'_, str>, Fault> {
    // Nearly all: nothing to decode, and no character that could be a control character.
    if raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
        return if matches!(raw, "" | "." | "..") { Err(Fault::Trick) } else { Ok(Cow::Borrowed(raw)) };
    }
    if !is_well_encoded(raw.as_bytes()) {
        return Err(Fault::NotEncoded);
    }
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| Fault::NotUtf8)?;
    let is_plain = !matches!(&*decoded, "" | "." | "..") && !decoded.contains(|c: char| c == '/' || c.is_control());
    if is_plain { Ok(decoded) } else { Err(Fault::Trick) }
}

/// Whether each `%` is followed by two hexadecimal digits.
fn is_well_encoded(raw: &[u8]) -> bool {
    raw.iter()
        .enumerate()
        .filter(|&(_, &byte)| byte == b'%')
        .all(|(place, _)| raw.get(place + 1..place + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("/scim/v2", Some(""))]
    #[case("/scim/v2/", Some("/"))]
    #[case("/scim/v2/Users", Some("/Users"))]
    #[case("/scim/v22/Users", None)]
    #[case("/scim", None)]
    #[case("/", None)]
    fn a_mount_point_ends_at_a_slash(#[case] path: &str, #[case] expected: Option<&str>) {
        assert_eq!(below(path, "/scim/v2"), expected);
    }

    #[rstest]
    #[case("/")]
    #[case("/Users")]
    #[case("/Users/1")]
    #[case("/Users/...")]
    #[case("/Users/1/2")]
    #[case("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User")]
    #[case("/ServiceProviderConfig")]
    #[case("/Users/.search")]
    #[case("/Users/Me")]
    fn what_is_spelled_right_stays(#[case] path: &str) {
        assert_eq!(canonical(path), Ok(None));
    }

    #[rstest]
    #[case("", "/")]
    #[case("//", "/")]
    #[case("/Users/", "/Users")]
    #[case("/%55sers", "/Users")]
    #[case("/users", "/users")]
    #[case("/serviceproviderconfig", "/ServiceProviderConfig")]
    #[case("/%53CHEMAS/", "/Schemas")]
    #[case("/Users/.SEARCH", "/Users/.search")]
    #[case("/Users/%2esearch", "/Users/.search")]
    #[case("/Users/a%20b", "/Users/a%20b")]
    #[case("/Users/%C3%A9", "/Users/%C3%A9")]
    #[case("/Users/%c3%a9", "/Users/%C3%A9")]
    #[case("/Users/..%2e", "/Users/...")]
    #[case("/Users/%2525", "/Users/%2525")]
    #[case("/Users/%7Bid%7D", "/Users/%7Bid%7D")]
    #[case("/Schemas/urn%3Ax", "/Schemas/urn%3Ax")]
    fn there_is_one_spelling(#[case] path: &str, #[case] expected: &str) {
        let spelling = canonical(path).unwrap();
        assert_eq!(spelling.as_deref().unwrap_or(path), expected);
    }

    #[rstest]
    #[case("//Users", Fault::Trick)]
    #[case("/Users//", Fault::Trick)]
    #[case("/Users//1", Fault::Trick)]
    #[case("/Users/a%2Fb", Fault::Trick)]
    #[case("/Users/..", Fault::Trick)]
    #[case("/Users/%2e%2E", Fault::Trick)]
    #[case("/Users/.", Fault::Trick)]
    #[case("/Users/a%00", Fault::Trick)]
    #[case("/Users/%0d%0aX", Fault::Trick)]
    #[case("/Users/%C2%85", Fault::Trick)]
    #[case("/Users/%", Fault::NotEncoded)]
    #[case("/Users/%4", Fault::NotEncoded)]
    #[case("/Users/%zz", Fault::NotEncoded)]
    #[case("/Users/%ff", Fault::NotUtf8)]
    #[case("/Users/%C3", Fault::NotUtf8)]
    fn tricks_are_refused(#[case] path: &str, #[case] fault: Fault) {
        assert_eq!(canonical(path), Err(fault));
    }

    #[rstest]
    #[case(Fault::NotEncoded, 400)]
    #[case(Fault::NotUtf8, 400)]
    #[case(Fault::Trick, 404)]
    fn a_fault_has_its_status(#[case] fault: Fault, #[case] status: u16) {
        assert_eq!(Failure::from(fault).status().as_u16(), status);
    }

    proptest! {
        #[test]
        fn what_passes_is_what_was_encoded(id in "\\PC{1,20}") {
            let path = format!("/Users/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
            let decoded = canonical(&path).map(|spelling| {
                let spelling = spelling.unwrap_or_else(|| path.clone());
                percent_decode_str(spelling.strip_prefix("/Users/").unwrap()).decode_utf8().unwrap().into_owned()
            });
            if id.contains('/') || id == "." || id == ".." {
                prop_assert_eq!(decoded, Err(Fault::Trick));
            } else if id.eq_ignore_ascii_case(".search") {
                prop_assert_eq!(decoded.as_deref(), Ok(".search"));
            } else {
                prop_assert_eq!(decoded, Ok(id));
            }
        }

        #[test]
        fn no_path_panics_and_a_spelling_is_final(path in "\\PC*|[/%.0-9a-f]*") {
            if let Ok(Some(spelling)) = canonical(&path) {
                prop_assert_eq!(canonical(&spelling).map(|again| again.unwrap_or_else(|| spelling.clone())), Ok(spelling));
            }
        }
    }
}
