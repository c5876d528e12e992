//! Request paths, taken apart so that none of them can mean another resource than it says.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::failure::Failure;
use crate::scim;

/// What is below a mount point in a raw path: `/Users/1` of `/scim/v2/Users/1` at `/scim/v2`. `None` outside it.
pub(super) fn below<'a>(raw: &'a str, mount: &str) -> Option<&'a str> {
    let rest = raw.strip_prefix(mount)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The segments of a raw path, decoded; one trailing slash is ignored.
///
/// At most `N` segments are of use to the caller: longer paths are not found, nor are those with an empty segment or one
/// that holds a slash, a control character, `.` or `..` when decoded.
///
/// # Errors
/// 400 where the percent-encoding is broken or hides invalid UTF-8, 404 for what can't be the path of anything.
pub(super) fn segments<const N: usize>(rest: &str) -> Result<Vec<Cow<'_, str>>, Failure> {
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut segments = Vec::with_capacity(N);
    if rest.is_empty() {
        return Ok(segments);
    }
    for raw in rest.split('/') {
        if segments.len() == N {
            return Err(Failure::not_found());
        }
        segments.push(segment(raw)?);
    }
    Ok(segments)
}

fn segment(raw: &str) -> Result<Cow<'_, str>, Failure> {
    if !is_well_encoded(raw.as_bytes()) {
        return Err(scim::Error::bad_request("The path is not correctly percent-encoded").into());
    }
    let decoded =
        percent_decode_str(raw).decode_utf8().map_err(|_| scim::Error::bad_request("The path is not valid UTF-8"))?;
    let is_plain = !matches!(&*decoded, "" | "." | "..") && !decoded.contains(|c: char| c == '/' || c.is_control());
    if is_plain { Ok(decoded) } else { Err(Failure::not_found()) }
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
    #[case("", &[])]
    #[case("/", &[])]
    #[case("/Users", &["Users"])]
    #[case("/Users/", &["Users"])]
    #[case("/Users/a%20b", &["Users", "a b"])]
    #[case("/Users/%C3%A9", &["Users", "é"])]
    #[case("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", &["Schemas", "urn:ietf:params:scim:schemas:core:2.0:User"])]
    #[case("/Users/..%2e", &["Users", "..."])]
    #[case("/Users/%2525", &["Users", "%25"])]
    fn segments_are_decoded_once(#[case] path: &str, #[case] expected: &[&str]) {
        assert_eq!(segments::<2>(path).unwrap(), expected);
    }

    #[rstest]
    #[case("//Users", 404)]
    #[case("/Users//", 404)]
    #[case("/Users//1", 404)]
    #[case("/Users/1/2", 404)]
    #[case("/Users/a%2Fb", 404)]
    #[case("/Users/..", 404)]
    #[case("/Users/%2e%2E", 404)]
    #[case("/Users/.", 404)]
    #[case("/Users/a%00", 404)]
    #[case("/Users/%0d%0aX", 404)]
    #[case("/Users/%C2%85", 404)]
    #[case("/Users/%", 400)]
    #[case("/Users/%4", 400)]
    #[case("/Users/%zz", 400)]
    #[case("/Users/%ff", 400)]
    #[case("/Users/%C3", 400)]
    fn tricks_are_refused(#[case] path: &str, #[case] status: u16) {
        assert_eq!(segments::<2>(path).unwrap_err().status().as_u16(), status);
    }

    proptest! {
        #[test]
        fn what_passes_is_what_was_encoded(id in "\\PC{1,20}") {
            let encoded = percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC).to_string();
            let decodes = segments::<2>(&format!("/Users/{encoded}")).is_ok_and(|parts| parts[1] == id);
            prop_assert_eq!(decodes, !id.contains('/') && id != "." && id != "..");
        }

        #[test]
        fn no_path_panics(path in "\\PC*|[/%.0-9a-f]*") {
            let _ = segments::<2>(&path);
        }
    }
}
