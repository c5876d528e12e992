//! The order of a list (RFC 7644 section 3.4.2.3).

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::binary;
use super::compare;
use super::datetime;
use super::error::Error;
use super::filter::eval::is_present;
use super::resource_schema::{AttrPath, ResourceSchema};
use super::schema::{Attribute, AttributeKind};
use super::text::PathText;

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SortOrder {
    /// From the smallest; what has no value comes last.
    #[default]
    Ascending,
    /// From the greatest; what has no value comes first.
    Descending,
}

/// What a resource is sorted by. Keys of one attribute are ordered as their resources are in ascending order; keys of different
/// attributes have an order too, but no meaningful one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SortKey {
    /// `false` before `true`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// An instant.
    Time(#[serde(with = "instant")] Timestamp),
    /// Octets.
    Binary(Vec<u8>),
    /// Text, folded where case doesn't matter.
    Text(String),
    /// No value.
    Absent,
}

/// Resolves `sortBy`. A complex attribute means its `value`.
///
/// # Errors
/// 400 `invalidValue` when the name is unknown, hidden or refused by `visible` (one answer for all), or is a complex attribute
/// without `value`.
pub fn resolve(text: &str, schema: &ResourceSchema, visible: &dyn Fn(AttrPath) -> bool) -> Result<AttrPath, Error> {
    let shown = |path| !schema.is_hidden(path) && visible(path);
    let path = schema.resolve_visible(&PathText::from(text), &shown);
    let path = path.map_err(|unknown| Error::invalid_value(format!("sortBy: {unknown}")))?;
    if schema.attribute(path).is_none_or(|attribute| attribute.kind != AttributeKind::Complex) {
        return Ok(path);
    }
    let value = schema.sub(path.attr, "value").map(|sub| AttrPath::part(path.attr, sub));
    value.filter(|value| shown(*value)).ok_or_else(|| {
        Error::invalid_value(format!("sortBy: `{}` is complex: name one of its sub-attributes", schema.path_text(path)))
    })
}

impl SortKey {
    /// The key of a resource as served. Of several values the primary one counts, else the first.
    pub fn of(path: AttrPath, schema: &ResourceSchema, resource: &Map<String, Value>) -> Self {
        let Some(attribute) = schema.attribute(path) else { return Self::Absent };
        let element = schema.value(path.attr, resource).and_then(chosen);
        let value = match path.sub {
            None => element,
            Some(_) => element.and_then(|element| element.get(&attribute.name)).and_then(chosen),
        };
        value.map_or(Self::Absent, |value| Self::of_value(attribute, value))
    }

    /// The key that a single value of an attribute makes.
    pub fn of_value(attribute: &Attribute, value: &Value) -> Self {
        let key = match (attribute.kind, value) {
            (_, value) if !is_present(value) => None,
            (AttributeKind::String | AttributeKind::Reference, Value::String(text)) => {
                Some(Self::text(text, attribute.case_exact))
            }
            (AttributeKind::Boolean, Value::Bool(value)) => Some(Self::Bool(*value)),
            (AttributeKind::Integer, Value::Number(number)) => number.as_i64().map(Self::Integer),
            (AttributeKind::Decimal, Value::Number(number)) => number.as_f64().map(Self::Decimal),
            (AttributeKind::DateTime, Value::String(text)) => datetime::parse(text).map(Self::Time),
            (AttributeKind::Binary, Value::String(text)) => binary::decode(text).map(Self::Binary),
            _ => None,
        };
        key.unwrap_or(Self::Absent)
    }

    /// The key that a text makes.
    pub fn text(text: &str, case_exact: bool) -> Self {
        Self::Text(compare::fold(text, case_exact).into_owned())
    }

    /// The place among the kinds of keys; what is absent comes after everything else.
    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Integer(_) => 1,
            Self::Decimal(_) => 2,
            Self::Time(_) => 3,
            Self::Binary(_) => 4,
            Self::Text(_) => 5,
            Self::Absent => 6,
        }
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.total_cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// No key holds NaN, for JSON has none, so equality is reflexive.
impl Eq for SortKey {}

/// Instants as text of full precision.
mod instant {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Which of two resources comes first.
pub fn compare(a: &SortKey, b: &SortKey, order: SortOrder) -> Ordering {
    match order {
        SortOrder::Ascending => a.cmp(b),
        SortOrder::Descending => b.cmp(a),
    }
}

/// The value that counts: of a list the primary element, else the first.
fn chosen(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(elements) => {
            let primary = elements.iter().find(|element| element.get("primary") == Some(&Value::Bool(true)));
            primary.or_else(|| elements.iter().find(|element| is_present(element)))
        }
        single => Some(single),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::ScimType;
    use rstest::rstest;
    use serde_json::json;

    fn key(path: &str, resource: Value) -> SortKey {
        let user = ResourceSchema::user();
        let path = resolve(path, &user, &|_| true).unwrap();
        SortKey::of(path, &user, resource.as_object().unwrap())
    }

    #[rstest]
    #[case("userName", json!({ "userName": "Zoë" }), SortKey::Text("zoë".into()))]
    #[case("id", json!({ "id": "Zo" }), SortKey::Text("Zo".into()))]
    #[case("name.familyName", json!({ "name": { "familyName": "B" } }), SortKey::Text("b".into()))]
    #[case("emails", json!({ "emails": [{ "value": "a" }, { "value": "b", "primary": true }] }), SortKey::Text("b".into()))]
    #[case("emails.value", json!({ "emails": [{ "value": "b" }, { "value": "a" }] }), SortKey::Text("b".into()))]
    #[case("emails.type", json!({ "emails": [{ "value": "b" }, { "value": "a", "type": "x" }] }), SortKey::Absent)]
    #[case("manager", json!({ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "M" } } }),
        SortKey::Text("M".into()))]
    #[case("active", json!({ "active": false }), SortKey::Bool(false))]
    #[case("meta.created", json!({ "meta": { "created": "1970-01-01T00:00:01Z" } }), SortKey::Time(Timestamp::from_second(1).unwrap()))]
    #[case("x509Certificates", json!({ "x509Certificates": [{ "value": "AAE=" }] }), SortKey::Binary(vec![0, 1]))]
    #[case("title", json!({ "title": "" }), SortKey::Absent)]
    #[case("title", json!({ "title": null }), SortKey::Absent)]
    #[case("title", json!({ "title": 5 }), SortKey::Absent)]
    #[case("emails", json!({ "emails": [] }), SortKey::Absent)]
    fn keys(#[case] path: &str, #[case] resource: Value, #[case] expected: SortKey) {
        assert_eq!(key(path, resource), expected);
    }

    #[test]
    fn what_is_absent_is_last_ascending_and_first_descending() {
        let mut keys: Vec<_> =
            [Some("b"), None, Some("A"), Some("C")].map(|title| key("title", json!({ "title": title }))).into();
        let texts = |keys: &[SortKey]| {
            let text = |key: &SortKey| if let SortKey::Text(text) = key { text.clone() } else { "-".into() };
            keys.iter().map(text).collect::<String>()
        };
        keys.sort_by(|a, b| compare(a, b, SortOrder::Ascending));
        assert_eq!(texts(&keys), "abc-");
        keys.sort_by(|a, b| compare(a, b, SortOrder::Descending));
        assert_eq!(texts(&keys), "-cba");
    }

    #[rstest]
    #[case("usrName")]
    #[case("password")]
    #[case("name")]
    #[case("")]
    fn what_can_not_be_sorted_by(#[case] path: &str) {
        let error = resolve(path, &ResourceSchema::user(), &|_| true).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }

    #[test]
    fn what_a_client_may_not_see_is_unknown_to_it() {
        let user = ResourceSchema::user();
        let hidden = resolve("title", &user, &|path| user.path_text(path) != "title").unwrap_err();
        let unknown = resolve("titlo", &user, &|path| user.path_text(path) != "title").unwrap_err();
        assert_eq!(hidden.detail.replace("title", "titlo"), unknown.detail);
    }

    #[test]
    fn keys_survive_a_cursor() {
        for key in [SortKey::Text("ä".into()), SortKey::Time(Timestamp::MIN), SortKey::Decimal(0.1), SortKey::Absent] {
            let written = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<SortKey>(&written).unwrap(), key);
        }
    }
}
