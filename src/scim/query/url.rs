//! A query in a URL.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::scim::error::Error;

use super::parameter::{Parameter, names, sort_order};
use super::request::SearchRequest;

pub(super) fn read(query: &str) -> Result<SearchRequest, Error> {
    let mut request = SearchRequest::default();
    let mut seen = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A name that isn't UTF-8 is an unknown one.
        let Some(parameter) = decode(name).and_then(|name| Parameter::from_name(&name)) else { continue };
        let value = decode(value).ok_or_else(|| parameter.wrong("percent-encoded UTF-8"))?;
        let list = matches!(parameter, Parameter::Attributes | Parameter::ExcludedAttributes);
        if seen.contains(&parameter) && !list {
            return Err(Error::invalid_value(format!("`{}` is given twice", parameter.name())));
        }
        seen.push(parameter);
        set(&mut request, parameter, value)?;
    }
    Ok(request)
}

fn set(request: &mut SearchRequest, parameter: Parameter, value: Cow<'_, str>) -> Result<(), Error> {
    match parameter {
        Parameter::Attributes => request.attributes.extend(names(&value)),
        Parameter::ExcludedAttributes => request.excluded_attributes.extend(names(&value)),
        Parameter::Filter => request.filter = Some(value.into_owned()),
        Parameter::SortBy => request.sort_by = Some(value.trim().to_owned()).filter(|name| !name.is_empty()),
        Parameter::SortOrder => request.sort_order = sort_order(&value)?,
        Parameter::StartIndex => request.start_index = Some(integer(parameter, &value)?),
        Parameter::Count => request.count = Some(integer(parameter, &value)?),
        Parameter::Cursor => request.cursor = Some(value.into_owned()),
    }
    Ok(())
}

/// A whole number; one that no i64 holds becomes the nearest that does, for it is beyond every list all the same.
fn integer(parameter: Parameter, value: &str) -> Result<i64, Error> {
    let value = value.trim();
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(parameter.wrong("a whole number"));
    }
    Ok(value.parse().unwrap_or(if value.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// Undoes the encoding of HTML forms; `None` when the result isn't UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let (octets, blanks) = (text.as_bytes(), text.as_bytes().contains(&b'+').then(|| text.replace('+', " ")));
    if blanks.is_none() && !octets.contains(&b'%') {
        return Some(Cow::Borrowed(text));
    }
    let encoded = blanks.as_ref().map_or(octets, |text| text.as_bytes());
    percent_decode(encoded).decode_utf8().ok().map(|decoded| Cow::Owned(decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::ScimType;
    use crate::scim::sort::SortOrder;
    use proptest::prelude::*;
    use rstest::rstest;

    fn request(query: &str) -> SearchRequest {
        SearchRequest::from_query(query).unwrap()
    }

    #[test]
    fn every_parameter_in_any_case() {
        let all = "FILTER=userName+eq+%22j%C3%BCrgen%2B%22&sortby=name.familyName&sortOrder=Descending&STARTINDEX=11&count=10&cursor=a-b";
        assert_eq!(
            request(all),
            SearchRequest {
                filter: Some("userName eq \"jürgen+\"".into()),
                sort_by: Some("name.familyName".into()),
                sort_order: SortOrder::Descending,
                start_index: Some(11),
                count: Some(10),
                cursor: Some("a-b".into()),
                ..SearchRequest::default()
            }
        );
    }

    #[test]
    fn lists_have_commas_blanks_and_repetitions() {
        let lists = request("attributes=userName,%20emails,,+name.familyName+&Attributes=title");
        assert_eq!(lists.attributes, ["userName", "emails", "name.familyName", "title"]);
        assert_eq!(request("excludedAttributes=members").excluded_attributes, ["members"]);
        assert_eq!(request("attributes=").attributes, Vec::<String>::new());
    }

    #[rstest]
    #[case("")]
    #[case("aadOptscim062020")]
    #[case("&&x=%ff&%ff=1&=&sortBy=&sortOrder=")]
    fn what_is_unknown_or_empty_is_ignored(#[case] query: &str) {
        assert_eq!(request(query), SearchRequest::default());
    }

    #[rstest]
    #[case("cursor", Some(""))]
    #[case("cursor=&count=1", Some(""))]
    #[case("cursor=x", Some("x"))]
    #[case("count=1", None)]
    fn an_empty_cursor_asks_for_the_first_page(#[case] query: &str, #[case] cursor: Option<&str>) {
        assert_eq!(request(query).cursor.as_deref(), cursor);
    }

    #[rstest]
    #[case("startIndex=abc")]
    #[case("startIndex=")]
    #[case("startIndex=1.5")]
    #[case("count=1e3")]
    #[case("count=--1")]
    #[case("count=-")]
    #[case("count=%D9%A3")]
    #[case("sortOrder=up")]
    #[case("filter=%ff")]
    #[case("filter=a&FILTER=b")]
    #[case("count=1&count=1")]
    #[case("attributes=a&excludedAttributes=b")]
    fn what_is_refused(#[case] query: &str) {
        let error = SearchRequest::from_query(query).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
    }

    #[rstest]
    #[case("count=-5", Some(-5))]
    #[case("count=+5", Some(5))]
    #[case("count=007", Some(7))]
    #[case("count=99999999999999999999", Some(i64::MAX))]
    #[case("count=-99999999999999999999", Some(i64::MIN))]
    fn whole_numbers(#[case] query: &str, #[case] count: Option<i64>) {
        assert_eq!(request(query).count, count);
    }

    proptest! {
        #[test]
        fn never_panics(query in "[a-zA-Z=&%+0-9,é]{0,60}") {
            let _ = SearchRequest::from_query(&query);
        }

        #[test]
        fn a_filter_comes_through_encoded_as_it_was(filter: String) {
            let encoded = percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC);
            prop_assert_eq!(request(&format!("filter={encoded}")).filter, Some(filter));
        }
    }
}
