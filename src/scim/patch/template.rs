//! What a value filter says of the element that it looks for.

use serde_json::{Map, Number, Value};

use crate::scim::binary;
use crate::scim::datetime;
use crate::scim::filter::{Filter, Op, Operand, Test};
use crate::scim::input::is_read_only;
use crate::scim::resource_schema::{AttrPath, ResourceSchema};

/// The sub-attributes of an element that `filter` matches, if it says by equality what they are: `type eq "work" and primary eq
/// true` is `{ "type": "work", "primary": true }`. `None` when it says anything else, contradicts itself, or names what no client
/// may write. The element of a simple attribute has no sub-attributes.
pub(super) fn template(filter: &Filter, schema: &ResourceSchema) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    collect(filter, schema, &mut members)?;
    Some(members)
}

fn collect(filter: &Filter, schema: &ResourceSchema, members: &mut Map<String, Value>) -> Option<()> {
    match filter {
        Filter::And(parts) => parts.iter().try_for_each(|part| collect(part, schema, members)),
        Filter::Test(Test { path, test: Op::Eq(operand) }) => {
            let AttrPath { attr, sub: Some(sub) } = *path else { return Some(()) };
            let multi_valued = schema.attribute(*path)?.multi_valued;
            if multi_valued || is_read_only(schema, *path) {
                return None;
            }
            let (name, value) = (schema.sub_name(attr, sub), value(operand)?);
            let known = members.insert(name.to_owned(), value.clone());
            known.is_none_or(|known| known == value).then_some(())
        }
        Filter::Or(_) | Filter::Not(_) | Filter::Test(_) | Filter::Element { .. } | Filter::Constant(_) => None,
    }
}

fn value(operand: &Operand) -> Option<Value> {
    match operand {
        Operand::Text(text) => (!text.is_empty() && !text.contains('\0')).then(|| Value::from(text.as_str())),
        Operand::Bool(value) => Some(Value::Bool(*value)),
        Operand::Integer(number) => Some(Value::from(*number)),
        Operand::Decimal(number) => Number::from_f64(*number).map(Value::Number),
        Operand::Time(instant) => Some(Value::from(datetime::format(*instant))),
        Operand::Binary(octets) => Some(Value::from(binary::encode(octets))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter::Limits;
    use crate::scim::path::{self, Target};
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("emails[type eq \"work\"]", Some(json!({ "type": "work" })))]
    #[case("emails[type eq \"work\" and primary eq \"True\"]", Some(json!({ "type": "work", "primary": true })))]
    #[case("emails[type eq \"work\" and type eq \"work\"]", Some(json!({ "type": "work" })))]
    #[case("emails[type eq \"work\" and type eq \"home\"]", None)]
    #[case("emails[type eq \"work\" or type eq \"home\"]", None)]
    #[case("emails[not (type eq \"work\")]", None)]
    #[case("emails[type ne \"work\"]", None)]
    #[case("emails[type sw \"work\"]", None)]
    #[case("emails[type eq \"\"]", None)]
    #[case("emails[type pr]", None)]
    #[case("emails[type eq null]", None)]
    #[case("groups[value eq \"x\"]", None)]
    fn what_a_filter_says(#[case] text: &str, #[case] expected: Option<Value>) {
        let user = ResourceSchema::user();
        let Target::Elements { filter, .. } = path::compile(text, &user, &Limits::default()).unwrap() else { panic!() };
        assert_eq!(template(&filter, &user).map(Value::Object), expected);
    }
}
