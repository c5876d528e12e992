//! What of a new resource is put off until what it refers to is made (RFC 7644 section 3.7.1): elements of lists and whole
//! attributes, taken out of its body and made into the PATCH that brings them in.

use serde_json::{Map, Value, json};

use crate::scim::patch;

/// Takes out of a new resource's `body` what `waits`: the elements of multi-valued attributes and the values of others. Gives
/// the PATCH operations that add them.
pub(super) fn off(body: &mut Map<String, Value>, waits: &impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut operations = Vec::new();
    cut("", body, waits, &mut operations);
    operations
}

/// The PATCH message with these operations.
pub(super) fn message(operations: Vec<Value>) -> Value {
    json!({ "schemas": [patch::URN], "Operations": operations })
}

fn cut(before: &str, members: &mut Map<String, Value>, waits: &impl Fn(&Value) -> bool, operations: &mut Vec<Value>) {
    members.retain(|key, value| {
        if !waits(value) {
            return true;
        }
        let path = format!("{before}{key}");
        match value {
            // An extension: its attributes are put off one by one.
            Value::Object(attributes) if before.is_empty() && key.contains(':') => {
                cut(&format!("{key}:"), attributes, waits, operations);
                !attributes.is_empty()
            }
            Value::Array(elements) => {
                let (late, now): (Vec<_>, Vec<_>) = std::mem::take(elements).into_iter().partition(waits);
                *elements = now;
                operations.push(json!({ "op": "add", "path": path, "value": late }));
                !elements.is_empty()
            }
            value => {
                operations.push(json!({ "op": "add", "path": path, "value": value.take() }));
                false
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_becomes_a_patch() {
        let mut body = json!({
            "userName": "x",
            "members": [{ "value": "now" }, { "value": "late", "type": "User" }],
            "others": [{ "value": "late" }],
            "manager": { "value": "late" },
            "urn:example:Extension": { "number": 1, "manager": { "value": "late" } },
            "urn:example:Other": { "only": "late" },
        });
        fn waits(value: &Value) -> bool {
            value.to_string().contains("late")
        }
        let operations = off(body.as_object_mut().unwrap(), &waits);
        assert_eq!(
            body,
            json!({ "userName": "x", "members": [{ "value": "now" }], "urn:example:Extension": { "number": 1 } })
        );
        let mut operations: Vec<_> =
            operations.iter().map(|op| (op["path"].as_str().unwrap(), op["value"].to_string())).collect();
        operations.sort_unstable();
        assert_eq!(
            operations,
            [
                ("manager", r#"{"value":"late"}"#.into()),
                ("members", json!([{ "value": "late", "type": "User" }]).to_string()),
                ("others", r#"[{"value":"late"}]"#.into()),
                ("urn:example:Extension:manager", r#"{"value":"late"}"#.into()),
                ("urn:example:Other:only", r#""late""#.into()),
            ]
        );
    }
}
