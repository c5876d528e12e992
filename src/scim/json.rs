//! JSON bodies as SCIM takes them: attribute names are case-insensitive (RFC 7643 section 2.1), so an object with two keys that
//! differ in case at most has no one meaning and is refused.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::Error;

/// Reads a body that is a JSON object.
///
/// # Errors
/// 400 `invalidSyntax` when it isn't one, or when an object anywhere in it has two keys that differ in case at most.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    match value(body)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::invalid_syntax("the body must be a JSON object")),
    }
}

/// Reads a body that is any JSON value.
///
/// # Errors
/// As [`object`].
pub fn value(body: &[u8]) -> Result<Value, Error> {
    let read: Result<Strict, _> = serde_json::from_slice(body);
    read.map(|Strict(value)| value).map_err(|error| Error::invalid_syntax(format!("the body can't be read: {error}")))
}

/// A value of whose objects no two keys are the same but for case.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (mut object, mut seen) = (Map::new(), HashSet::new());
        while let Some(key) = members.next_key::<String>()? {
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(A::Error::custom(format_args!(
                    "the key `{}` is given twice",
                    super::text::shortened(&key)
                )));
            }
            let Strict(value) = members.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("{\"a\":1,\"A\":2}")]
    #[case("{\"a\":1,\"a\":1}")]
    #[case("{\"x\":[{\"value\":1,\"Value\":2}]}")]
    fn no_key_twice_at_any_depth(#[case] body: &str) {
        let error = object(body.as_bytes()).unwrap_err();
        assert!(error.detail.contains("is given twice at line 1 column"), "{error}");
    }

    #[test]
    fn depth_is_limited() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(value(deep.as_bytes()).is_err());
    }

    #[test]
    fn not_an_object() {
        assert_eq!(object(b"[1]").unwrap_err().detail, "the body must be a JSON object");
        assert!(object(&[0xff, 0xfe]).is_err());
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_reads(text in "[a-c0-9{}\\[\\]:,\".eE-]{0,20}") {
            if let (Ok(own), Ok(theirs)) = (value(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                prop_assert_eq!(own, theirs);
            }
        }
    }

    #[test]
    fn values_of_every_kind() {
        let body = r#"{"a":null,"b":[true,-1,18446744073709551615,0.5,1e3],"c":{"d":"é\n"}}"#;
        assert_eq!(value(body.as_bytes()).unwrap(), serde_json::from_str::<Value>(body).unwrap());
    }
}
