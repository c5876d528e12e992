//! Where an attribute stands in a resource.

use serde_json::{Map, Value};

use crate::scim::resource_schema::{AttrId, ResourceSchema};

/// Puts an attribute's value where it belongs: at the top, or under its extension's URN, which goes with its last attribute.
/// `None` takes it away.
pub fn place(schema: &ResourceSchema, resource: &mut Map<String, Value>, attr: AttrId, value: Option<Value>) {
    let Some(def) = schema.get(attr) else { return };
    let name = def.attribute.name.as_str();
    match def.schema {
        Some(extension) if extension > 0 => place_in_extension(schema.urn_of(extension), resource, name, value),
        _ => set(resource, name, value),
    }
}

fn place_in_extension(urn: &str, resource: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if value.is_none() && !resource.contains_key(urn) {
        return;
    }
    let extension = resource.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    if !extension.is_object() {
        *extension = Value::Object(Map::new());
    }
    if let Some(members) = extension.as_object_mut() {
        set(members, name, value);
        if members.is_empty() {
            resource.remove(urn);
        }
    }
}

fn set(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            members.insert(name.to_owned(), value);
        }
        None => {
            members.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::core::ENTERPRISE_USER;
    use serde_json::json;

    #[test]
    fn an_extension_comes_and_goes_with_its_attributes() {
        let user = ResourceSchema::user();
        let attr = |name: &str| user.resolve(&name.into()).unwrap().attr;
        let mut resource = Map::new();
        place(&user, &mut resource, attr("title"), Some(json!("Dr")));
        place(&user, &mut resource, attr("department"), Some(json!("A")));
        assert_eq!(Value::from(resource.clone()), json!({ "title": "Dr", ENTERPRISE_USER: { "department": "A" } }));
        place(&user, &mut resource, attr("department"), None);
        place(&user, &mut resource, attr("division"), None);
        assert_eq!(Value::from(resource), json!({ "title": "Dr" }));
    }
}
