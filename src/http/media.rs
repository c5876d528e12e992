//! Media types of requests (RFC 7644 sections 3.1 and 8.1): SCIM's own and plain JSON, in and out.

use http::header::{self, HeaderMap, HeaderValue};

use super::failure::Failure;
use crate::scim;

/// Refuses a body that isn't said to be JSON. One whose type isn't given is taken as SCIM.
///
/// # Errors
/// 415.
pub(super) fn check_content(headers: &HeaderMap) -> Result<(), Failure> {
    let is_known = headers.get(header::CONTENT_TYPE).is_none_or(|value| value.to_str().is_ok_and(is_json));
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = encodings.all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_known && is_plain {
        Ok(())
    } else {
        Err(scim::Error::plain(415, "The body must be application/scim+json, in UTF-8 and not compressed").into())
    }
}

/// Refuses a client that takes no JSON at all. Most send `*/*` or nothing.
///
/// # Errors
/// 406.
pub(super) fn check_accept(headers: &HeaderMap) -> Result<(), Failure> {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() || values.any(takes_json) {
        Ok(())
    } else {
        Err(scim::Error::plain(406, "The answer can only be application/scim+json").into())
    }
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    names_json(media_type) && parts.all(is_utf8_or_other)
}

/// Anything but a `charset` that isn't UTF-8 or a part of it.
fn is_utf8_or_other(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return true };
    let value = value.trim().trim_matches('"');
    !name.trim().eq_ignore_ascii_case("charset")
        || ["utf-8", "utf8", "us-ascii"].iter().any(|known| value.eq_ignore_ascii_case(known))
}

fn names_json(media_type: &str) -> bool {
    ["application/scim+json", "application/json"].iter().any(|known| media_type.eq_ignore_ascii_case(known))
}

/// Whether a media range in the value of an `Accept` header takes JSON. A value that isn't text is ignored, that is: taken.
fn takes_json(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return true };
    value.trim().is_empty() || value.split(',').any(range_takes_json)
}

fn range_takes_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let matches = names_json(media_type) || ["*/*", "application/*", "*"].contains(&&*media_type.to_ascii_lowercase());
    matches && !parts.any(is_weight_of_zero)
}

fn is_weight_of_zero(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, weight)| {
        name.trim().eq_ignore_ascii_case("q") && weight.trim().parse::<f32>().is_ok_and(|weight| weight == 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect()
    }

    #[rstest]
    #[case(&[], true)]
    #[case(&["application/scim+json"], true)]
    #[case(&["APPLICATION/JSON"], true)]
    #[case(&["application/scim+json; charset=utf-8"], true)]
    #[case(&["application/json;Charset=\"UTF-8\""], true)]
    #[case(&["application/json; charset=iso-8859-1"], false)]
    #[case(&["application/json-patch+json"], false)]
    #[case(&["text/json"], false)]
    #[case(&["application/x-www-form-urlencoded"], false)]
    #[case(&[""], false)]
    fn bodies_are_json(#[case] values: &[&str], #[case] expected: bool) {
        assert_eq!(check_content(&headers(header::CONTENT_TYPE, values)).is_ok(), expected);
    }

    #[rstest]
    #[case(&["identity"], true)]
    #[case(&["gzip"], false)]
    #[case(&["identity", "gzip"], false)]
    #[case(&["identity, br"], false)]
    fn bodies_are_not_compressed(#[case] encodings: &[&str], #[case] expected: bool) {
        assert_eq!(check_content(&headers(header::CONTENT_ENCODING, encodings)).is_ok(), expected);
    }

    #[rstest]
    #[case(&[], true)]
    #[case(&[""], true)]
    #[case(&["*/*"], true)]
    #[case(&["application/*;q=0.1"], true)]
    #[case(&["Application/SCIM+JSON"], true)]
    #[case(&["text/html, application/json;q=0.9"], true)]
    #[case(&["text/html", "application/scim+json"], true)]
    #[case(&["text/html"], false)]
    #[case(&["application/xml, text/*"], false)]
    #[case(&["application/json;q=0"], false)]
    #[case(&["application/json; Q=0.000"], false)]
    fn someone_who_takes_no_json_gets_none(#[case] values: &[&str], #[case] expected: bool) {
        assert_eq!(check_accept(&headers(header::ACCEPT, values)).is_ok(), expected);
    }
}
