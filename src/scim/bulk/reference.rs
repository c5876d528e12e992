//! References to what the request itself makes (RFC 7644 section 3.7.2): `bulkId:…`, found in a body and replaced.
//!
//! A string that begins so is a reference, whatever follows. Within longer strings, the last segment of a URL
//! (`../Users/bulkId:a`) and a quoted value (`members[value eq "bulkId:a"]`) are references where there is such an operation;
//! otherwise they are text.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands before the `bulkId` in a reference.
const PREFIX: &str = "bulkId:";

/// All but the unreserved characters of RFC 3986 section 2.3.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Reference(&'a str, Form),
}

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// It is the string.
    Whole,
    /// It is a segment of a URL.
    Segment,
    /// It is quoted.
    Quoted,
}

/// The `bulkId` that `text` is a reference to.
pub(super) fn bulk_id(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX)
}

/// Calls `each` with every reference in `value`. A reference within a longer string is one where `known` says that there is such
/// an operation. What is under the key `password` is none.
pub(super) fn each<'a>(value: &'a Value, known: &impl Fn(&str) -> bool, each_id: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => {
            for piece in pieces(text, known) {
                if let Piece::Reference(id, _) = piece {
                    each_id(id);
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| each(element, known, each_id)),
        Value::Object(members) => {
            members.iter().filter(|(key, _)| !is_secret(key)).for_each(|(_, member)| each(member, known, each_id))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces every reference in `value` whose id `lookup` knows.
pub(super) fn replace<'i>(value: &mut Value, lookup: &impl Fn(&str) -> Option<&'i str>) {
    match value {
        Value::String(text) => {
            if let Some(replaced) = replaced(text, lookup) {
                *text = replaced;
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| replace(element, lookup)),
        Value::Object(members) => {
            members.iter_mut().filter(|(key, _)| !is_secret(key)).for_each(|(_, member)| replace(member, lookup));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_secret(key: &str) -> bool {
    key.eq_ignore_ascii_case("password")
}

fn replaced<'i>(text: &str, lookup: &impl Fn(&str) -> Option<&'i str>) -> Option<String> {
    if !text.contains(PREFIX) {
        return None;
    }
    let shown = pieces(text, &|id| lookup(id).is_some()).into_iter().map(|piece| match piece {
        Piece::Text(text) => Cow::Borrowed(text),
        Piece::Reference(id, form) => {
            lookup(id).map_or_else(|| Cow::Owned(format!("{PREFIX}{id}")), |id| form.show(id))
        }
    });
    Some(shown.collect())
}

impl Form {
    fn show(self, id: &str) -> Cow<'_, str> {
        match self {
            Self::Whole => id.into(),
            Self::Segment => utf8_percent_encode(id, RESERVED).into(),
            Self::Quoted => id.replace('\\', "\\\\").replace('"', "\\\"").into(),
        }
    }
}

fn pieces<'a>(text: &'a str, known: &impl Fn(&str) -> bool) -> Vec<Piece<'a>> {
    if let Some(id) = bulk_id(text) {
        return vec![Piece::Reference(id, Form::Whole)];
    }
    let (mut pieces, mut begin, mut looked_at) = (Vec::new(), 0, 0);
    while let Some(found) = text[looked_at..].find(PREFIX) {
        let (start, id) = (looked_at + found, looked_at + found + PREFIX.len());
        looked_at = id;
        let (form, end) = match text[..start].chars().next_back() {
            Some('/') => (Form::Segment, text[id..].find(|c: char| "/?#\"".contains(c) || c.is_whitespace())),
            Some('"') => match text[id..].find('"') {
                Some(end) => (Form::Quoted, Some(end)),
                None => continue,
            },
            _ => continue,
        };
        let end = end.map_or(text.len(), |end| id + end);
        if known(&text[id..end]) {
            pieces.push(Piece::Text(&text[begin..start]));
            pieces.push(Piece::Reference(&text[id..end], form));
            (begin, looked_at) = (end, end);
        }
    }
    pieces.push(Piece::Text(&text[begin..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn lookup(id: &str) -> Option<&'static str> {
        match id {
            "a" => Some("1/2"),
            "b" => Some("x\"y"),
            _ => None,
        }
    }

    #[rstest]
    #[case("bulkId:a", "1/2")]
    #[case("bulkId:c", "bulkId:c")]
    #[case("bulkid:a", "bulkid:a")]
    #[case(" bulkId:a", " bulkId:a")]
    #[case("the bulkId:a of it", "the bulkId:a of it")]
    #[case("../Users/bulkId:a", "../Users/1%2F2")]
    #[case("https://example.com/Users/bulkId:a?x", "https://example.com/Users/1%2F2?x")]
    #[case("../Users/bulkId:c", "../Users/bulkId:c")]
    #[case("members[value eq \"bulkId:b\"]", "members[value eq \"x\\\"y\"]")]
    #[case("value eq \"bulkId:a\" or value eq \"bulkId:c\"", "value eq \"1/2\" or value eq \"bulkId:c\"")]
    #[case("value eq \"bulkId:a", "value eq \"bulkId:a")]
    fn references_become_ids(#[case] text: &str, #[case] expected: &str) {
        let mut value = json!({ "list": [{ "value": text }], "Password": text, "n": 1 });
        replace(&mut value, &lookup);
        assert_eq!(value, json!({ "list": [{ "value": expected }], "Password": text, "n": 1 }));
    }

    #[test]
    fn all_are_found_but_in_a_password() {
        let value =
            json!({ "a": "bulkId:c", "password": "bulkId:d", "l": ["../x/bulkId:a", "../x/bulkId:e"], "t": true });
        let mut found = Vec::new();
        each(&value, &|id| lookup(id).is_some(), &mut |id| found.push(id.to_owned()));
        assert_eq!(found, ["c", "a"]);
    }

    proptest! {
        #[test]
        fn what_has_none_stays_as_it_is(text in "([a/\" ]|bulkId:){0,8}") {
            let mut value = Value::String(text.clone());
            replace(&mut value, &|_| None);
            prop_assert_eq!(value, Value::String(text));
        }
    }
}
