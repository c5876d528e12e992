//! A query in the body of a `.search` request.

use serde_json::Value;

use crate::scim::error::Error;
use crate::scim::json::{self, Unread};

use super::parameter::{MOST_NAMES, Parameter, names, sort_order};
use super::request::SearchRequest;

/// URN of the body of a `.search` request.
pub const URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub(super) fn read(body: &[u8], pay: impl FnMut(usize) -> bool) -> Result<SearchRequest, Unread> {
    let mut request = SearchRequest::default();
    let mut schemas = None;
    for (key, value) in json::object_within(body, pay)? {
        if key.eq_ignore_ascii_case("schemas") {
            schemas = Some(value);
        } else if let (Some(parameter), false) = (Parameter::from_name(&key), value.is_null()) {
            set(&mut request, parameter, value)?;
        }
    }
    check_schemas(schemas.as_ref())?;
    Ok(request)
}

/// `schemas` must name the search request (RFC 7644 section 3.4.3). A body without any is taken as one: where it was sent says
/// enough.
fn check_schemas(schemas: Option<&Value>) -> Result<(), Error> {
    let named = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(URN));
    match schemas {
        None => Ok(()),
        Some(Value::Array(urns)) if urns.iter().any(named) => Ok(()),
        Some(_) => Err(Error::invalid_syntax(format!("`schemas` must be [\"{URN}\"]"))),
    }
}

fn set(request: &mut SearchRequest, parameter: Parameter, value: Value) -> Result<(), Error> {
    match parameter {
        Parameter::Attributes => request.attributes = list(parameter, &value)?,
        Parameter::ExcludedAttributes => request.excluded_attributes = list(parameter, &value)?,
        Parameter::Filter => request.filter = Some(text(parameter, value)?),
        Parameter::SortBy => {
            request.sort_by = Some(text(parameter, value)?.trim().to_owned()).filter(|name| !name.is_empty());
        }
        Parameter::SortOrder => request.sort_order = sort_order(&text(parameter, value)?)?,
        Parameter::StartIndex => request.start_index = Some(integer(parameter, &value)?),
        Parameter::Count => request.count = Some(integer(parameter, &value)?),
        Parameter::Cursor => request.cursor = Some(text(parameter, value)?),
    }
    Ok(())
}

fn text(parameter: Parameter, value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(parameter.wrong("a string")),
    }
}

/// A list of names; clients also send one string as in a URL. Of one that is too long, only so much is taken as shows it.
fn list(parameter: Parameter, value: &Value) -> Result<Vec<String>, Error> {
    let wrong = || parameter.wrong("a list of strings");
    match value {
        Value::String(text) => Ok(names(text).take(MOST_NAMES + 1).collect()),
        Value::Array(elements) => {
            let texts =
                elements.iter().map(|element| element.as_str().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()?;
            Ok(texts.into_iter().flat_map(names).take(MOST_NAMES + 1).collect())
        }
        _ => Err(wrong()),
    }
}

fn integer(parameter: Parameter, value: &Value) -> Result<i64, Error> {
    match value.as_number() {
        Some(number) if number.is_i64() || number.is_u64() => Ok(number.as_i64().unwrap_or(i64::MAX)),
        _ => Err(parameter.wrong("a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::ScimType;
    use crate::scim::sort::SortOrder;
    use proptest::prelude::*;
    use rstest::rstest;

    fn read(body: &[u8]) -> Result<SearchRequest, Unread> {
        SearchRequest::from_body(body, |_| true)
    }

    #[test]
    fn the_example_of_section_3_4_3_and_every_member_in_any_case() {
        let body = r#"{
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "attributes": ["displayName", "userName"],
            "filter": "displayName sw \"smith\"",
            "startIndex": 1, "count": 10,
            "SORTBY": "userName", "sortorder": "descending", "cursor": "", "excludedAttributes": null, "other": 1
        }"#;
        assert_eq!(
            read(body.as_bytes()).unwrap(),
            SearchRequest {
                attributes: vec!["displayName".into(), "userName".into()],
                excluded_attributes: Vec::new(),
                filter: Some("displayName sw \"smith\"".into()),
                sort_by: Some("userName".into()),
                sort_order: SortOrder::Descending,
                start_index: Some(1),
                count: Some(10),
                cursor: Some(String::new()),
            }
        );
    }

    #[test]
    fn an_empty_object_asks_for_everything() {
        assert_eq!(read(b"{}"), Ok(SearchRequest::default()));
    }

    #[rstest]
    #[case("", ScimType::InvalidSyntax)]
    #[case("[]", ScimType::InvalidSyntax)]
    #[case("{\"count\": 1", ScimType::InvalidSyntax)]
    #[case("{\"count\": 1} x", ScimType::InvalidSyntax)]
    #[case("{\"count\": 1, \"Count\": 1}", ScimType::InvalidSyntax)]
    #[case("{\"count\": 1, \"count\": 1}", ScimType::InvalidSyntax)]
    #[case("{\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"]}", ScimType::InvalidSyntax)]
    #[case("{\"schemas\": \"x\"}", ScimType::InvalidSyntax)]
    #[case("{\"count\": \"1\"}", ScimType::InvalidValue)]
    #[case("{\"count\": 1.5}", ScimType::InvalidValue)]
    #[case("{\"filter\": 1}", ScimType::InvalidValue)]
    #[case("{\"attributes\": [1]}", ScimType::InvalidValue)]
    #[case("{\"sortOrder\": \"up\"}", ScimType::InvalidValue)]
    #[case("{\"attributes\": [\"a\"], \"excludedAttributes\": [\"b\"]}", ScimType::InvalidValue)]
    fn what_is_refused(#[case] body: &str, #[case] scim_type: ScimType) {
        let Unread::Bad(error) = read(body.as_bytes()).unwrap_err() else { panic!("there was room") };
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)));
    }

    #[rstest]
    #[case("a", 1_000, true)]
    #[case("a", 1_001, false)]
    #[case("urn:example:params:name", 712, true)]
    #[case("urn:example:params:name", 713, false)]
    fn lists_end_where_nobody_needs_more(#[case] name: &str, #[case] times: usize, #[case] is_read: bool) {
        let (texts, one) = (vec![name; times], [vec![name; times].join(", ")]);
        for key in ["attributes", "excludedAttributes"] {
            let url = SearchRequest::from_query(&format!("{key}={}&{key}=,", one[0].replace(' ', "+")));
            let of = |list: &[&str]| read(serde_json::json!({ key: list }).to_string().as_bytes());
            let text = read(serde_json::json!({ key: one[0] }).to_string().as_bytes());
            for read in [of(&texts), of(&[&one[0]]), text, url.map_err(Unread::from)] {
                match read {
                    Ok(request) => {
                        assert!(is_read && request.attributes.len().max(request.excluded_attributes.len()) == times)
                    }
                    Err(Unread::Bad(error)) => {
                        assert_eq!((is_read, error.scim_type), (false, Some(ScimType::InvalidValue)))
                    }
                    Err(Unread::NoRoom) => panic!("there was room"),
                }
            }
        }
    }

    #[test]
    fn what_nobody_pays_for_is_not_read() {
        let body = serde_json::json!({ "attributes": ["x".repeat(100_000)] }).to_string();
        assert_eq!(SearchRequest::from_body(body.as_bytes(), |_| false), Err(Unread::NoRoom));
    }

    proptest! {
        #[test]
        fn never_panics(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
