//! JSON bodies as SCIM takes them: attribute names are case-insensitive (RFC 7643 section 2.1), so an object with two keys that
//! differ in case at most has no one meaning and is refused.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::Error;

/// How much memory an octet of a body may cost at most once it is read, on average. Objects with a short name and nothing to speak of
/// in them cost 90 octets for each of theirs, usual ones 10 to 20.
const WEIGHT: usize = 64;

/// What any body may cost.
const AT_LEAST: usize = 64 << 10;

/// What a value costs in a list that grows, and what the smallest object does beside its values.
const VALUE: usize = 48;
const OBJECT: usize = 640;

/// How much is paid for at a time.
const INSTALMENT: usize = 64 << 10;

/// Why a body can't be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unread {
    /// What the client is told.
    #[error(transparent)]
    Bad(#[from] Error),
    /// Nobody pays for it.
    #[error("there is no memory for the body")]
    NoRoom,
}

/// Reads a body that is a JSON object.
///
/// # Errors
/// 400 `invalidSyntax` when it isn't one, when an object anywhere in it has two keys that differ in case at most, or when it would
/// take far more memory than its own size.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    of_object(value(body)?)
}

/// Reads a body that is any JSON value.
///
/// # Errors
/// As [`object`].
pub fn value(body: &[u8]) -> Result<Value, Error> {
    value_within(body, |_| true).map_err(|unread| match unread {
        Unread::Bad(error) => error,
        Unread::NoRoom => Error::invalid_syntax("the body can't be read"),
    })
}

/// As [`object`], and `pay` is asked for memory before it is taken.
///
/// # Errors
/// As [`object`]; [`Unread::NoRoom`] when `pay` says no.
pub fn object_within(body: &[u8], pay: impl FnMut(usize) -> bool) -> Result<Map<String, Value>, Unread> {
    Ok(of_object(value_within(body, pay)?)?)
}

/// As [`value`], and `pay` is asked for memory before it is taken.
///
/// # Errors
/// As [`object_within`].
pub fn value_within(body: &[u8], mut pay: impl FnMut(usize) -> bool) -> Result<Value, Unread> {
    let most = body.len().saturating_mul(WEIGHT).max(AT_LEAST);
    let purse =
        Purse { left: Cell::new(most), due: Cell::new(0), pay: RefCell::new(&mut pay), is_empty: Cell::new(false) };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Strict(&purse).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    if purse.is_empty.get() {
        return Err(Unread::NoRoom);
    }
    Ok(read.map_err(|error| Error::invalid_syntax(format!("the body can't be read: {error}")))?)
}

/// How many values the lists in `value` have, on every level; those apart of which messages are made (`schemas`, `Operations`).
pub fn listed(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().fold(values.len(), |count, value| count.saturating_add(listed(value))),
        Value::Object(members) => listed_in(members),
        _ => 0,
    }
}

/// As [`listed`], of an object.
pub fn listed_in(members: &Map<String, Value>) -> usize {
    members.iter().fold(0, |count: usize, (name, value)| {
        let is_message = ["schemas", "operations"].iter().any(|list| name.eq_ignore_ascii_case(list));
        let own = value.as_array().filter(|_| is_message).map_or(0, Vec::len);
        count.saturating_add(listed(value) - own)
    })
}

fn of_object(value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Error::invalid_syntax("the body must be a JSON object")),
    }
}

/// What pays for the values of a body.
struct Purse<'a> {
    /// What the body may still cost.
    left: Cell<usize>,
    /// What hasn't been paid yet.
    due: Cell<usize>,
    pay: RefCell<&'a mut dyn FnMut(usize) -> bool>,
    is_empty: Cell<bool>,
}

/// A value of whose objects no two keys are the same but for case.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a Purse<'a>);

impl Strict<'_> {
    fn pay<E: de::Error>(self, octets: usize) -> Result<(), E> {
        let Purse { left, due, pay, is_empty } = self.0;
        left.set(left.get().checked_sub(octets).ok_or_else(|| E::custom("it has too many values for its size"))?);
        due.set(due.get() + octets);
        if due.get() >= INSTALMENT && !(pay.borrow_mut())(due.take()) {
            is_empty.set(true);
            return Err(E::custom("there is no memory for it"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.pay(VALUE)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.pay(value.len())?;
        Ok(Value::from(value))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.pay(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.pay(OBJECT)?;
        let (mut object, mut seen) = (Map::new(), HashSet::new());
        while let Some(key) = members.next_key::<String>()? {
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(A::Error::custom(format_args!(
                    "the key `{}` is given twice",
                    super::text::shortened(&key)
                )));
            }
            self.pay(2 * key.len())?;
            object.insert(key, members.next_value_seed(self)?);
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

    #[rstest]
    #[case("[", "[]")]
    #[case("[", "{}")]
    #[case("[", "{\"\":0}")]
    #[case("{\"a\":[", "{\"b\":{}}")]
    fn what_grows_much_in_memory_is_refused(#[case] beginning: &str, #[case] element: &str) {
        let list = vec![element; 100_000].join(",");
        let error = value(format!("{beginning}{list}").as_bytes()).unwrap_err();
        let is_small = element == "[]";
        assert_eq!(error.detail.contains("too many values"), !is_small, "{error}");
    }

    /// What identity providers send, at its densest.
    #[test]
    fn members_are_read_however_many() {
        let member = |number: u32| format!("{{\"value\":\"00000000-0000-4000-8000-{number:012}\"}}");
        let members: Vec<String> = (0..20_000).map(member).collect();
        let body = format!("{{\"members\":[{}]}}", members.join(","));
        assert_eq!(object(body.as_bytes()).unwrap()["members"].as_array().unwrap().len(), 20_000);
        for short in ["{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"}", "{\"value\":\"1\"}"] {
            assert!(value(format!("[{}]", vec![short; 10_000].join(",")).as_bytes()).is_ok(), "{short}");
        }
    }

    #[test]
    fn what_nobody_pays_for_is_not_read() {
        let body = format!("[{}]", vec!["{\"value\":\"1\"}"; 10_000].join(","));
        let mut paid = 0;
        assert!(
            value_within(body.as_bytes(), |octets| {
                paid += octets;
                true
            })
            .is_ok()
        );
        assert!((7_000_000..8_000_000).contains(&paid), "{paid}");
        let mut left = 1_000_000_usize;
        let mut pay = |octets: usize| left.checked_sub(octets).map(|rest| left = rest).is_some();
        assert_eq!(value_within(body.as_bytes(), &mut pay), Err(Unread::NoRoom));
        assert_eq!(object_within(b"{\"a\":1}", |_| false).unwrap().len(), 1, "what is small costs nothing");
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

    #[test]
    fn values_of_lists_are_counted_wherever_they_are() {
        let counted = |text: &str| listed(&value(text.as_bytes()).unwrap());
        assert_eq!(counted(r#"{"a":1,"b":{"c":"d"}}"#), 0);
        assert_eq!(counted(r#"{"a":[1,2],"b":{"c":[{"d":[3]},4]}}"#), 5);
        assert_eq!(counted("[[[]]]"), 2);
        assert_eq!(counted(r#"{"schemas":["a"],"operations":[{"value":[1,{"b":[2]}]}]}"#), 3);
    }
}
