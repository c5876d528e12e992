//! The normal form of the OpenLDAP preset: what of a resource its directory can hold, and how that reads afterwards.
//!
//! Most of it is published (`/Schemas`): attributes and sub-attributes that aren't there are dropped, types are those of
//! `canonicalValues`, values have no order. What a schema can't say is in the table of laws below, from `mappings/openldap.toml`.

use serde_json::{Map, Value, json};

use super::model::place;
use super::refusal::Refusal;
use super::values::same_value;
use crate::exactness::catalogue::{Attribute, Kind, Type};

/// Types that hold one element, made of several LDAP attributes.
const ONE_ELEMENT: &[(&str, &str)] = &[("addresses", "work")];
/// What elements of a type don't hold, though others of the list do.
const NOT_HELD: &[(&str, &str, &[&str])] =
    &[("addresses", "home", &["streetAddress", "locality", "region", "postalCode", "country"])];
/// Types that aren't shown and are taken for another.
const ACCEPTED: &[(&str, &str, &str)] = &[("phoneNumbers", "other", "work"), ("addresses", "other", "work")];
/// The list whose only element of its first type is the primary one.
const PRIMARY_IF_SINGLE: &str = "emails";
/// Without these there is no inetOrgPerson (RFC 2798): the mapping fills them with the first of the others that is there.
const FILLED: &[(&str, &str, &[&str])] =
    &[("name", "formatted", &["displayName", "userName"]), ("name", "familyName", &["userName"])];

/// The normal form, or why there is none.
pub(crate) fn normal(kind: &Type, resource: &Value) -> Result<Value, Refusal> {
    let mut normal = json!({});
    for (urn, attribute) in &kind.attributes {
        if attribute.mutability != "readWrite" || !attribute.readable {
            continue;
        }
        let value = place(resource, urn.as_ref(), &attribute.name).filter(|value| !value.is_null());
        let Some(value) = one(attribute, value)? else { continue };
        match urn {
            Some(urn) => normal[urn][&attribute.name] = value,
            None => normal[&attribute.name] = value,
        }
    }
    for (name, sub, others) in FILLED.iter().filter(|_| kind.name == "User") {
        if normal[name][sub].is_null() {
            let other = others.iter().map(|other| &normal[other]).find(|other| !other.is_null());
            normal[name][sub] = other.cloned().unwrap_or_default();
        }
    }
    Ok(normal)
}

fn one(attribute: &Attribute, value: Option<&Value>) -> Result<Option<Value>, Refusal> {
    let Some(value) = value else {
        // Nothing says that nobody is locked out.
        return Ok((attribute.name == "active").then_some(json!(true)));
    };
    if attribute.multi_valued {
        let list = list(attribute, value.as_array().map_or(&[], Vec::as_slice))?;
        return Ok((!list.is_empty()).then_some(Value::Array(list)));
    }
    if attribute.kind == Kind::Complex {
        let members = held(attribute, value);
        return Ok((!members.is_empty()).then_some(Value::Object(members)));
    }
    Ok(Some(value.clone()))
}

/// The members that are stored; what a reference says besides follows from what it refers to.
fn held(attribute: &Attribute, value: &Value) -> Map<String, Value> {
    let reference = attribute.sub("$ref").is_some();
    let stored = |name: &str| match attribute.sub(name) {
        _ if reference => name == "value",
        Some(_) => name != "primary",
        None => false,
    };
    let members = value.as_object().into_iter().flatten();
    members.filter(|(name, _)| stored(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn list(attribute: &Attribute, elements: &[Value]) -> Result<Vec<Value>, Refusal> {
    let types: &[String] = match attribute.sub("type") {
        Some(sub) if attribute.sub("$ref").is_none() => &sub.canonical,
        _ => &[],
    };
    let mut list: Vec<Value> = Vec::new();
    for element in elements {
        let mut members = held(attribute, element);
        if let Some(first) = types.first() {
            let wanted = members.remove("type").and_then(|kind| kind.as_str().map(str::to_owned));
            let wanted = wanted.unwrap_or_else(|| first.clone());
            let accepted = |(name, from, _): &&(&str, &str, &str)| *name == attribute.name && *from == wanted;
            let wanted = ACCEPTED.iter().find(accepted).map_or(wanted.as_str(), |(_, _, to)| to);
            let known = types.iter().find(|kind| kind.eq_ignore_ascii_case(wanted));
            let known = known.ok_or(Refusal::of("invalidValue"))?;
            let dropped = NOT_HELD.iter().find(|(name, kind, _)| *name == attribute.name && kind == known);
            dropped.into_iter().flat_map(|(.., subs)| *subs).for_each(|sub| drop(members.remove(*sub)));
            if !members.is_empty() {
                members.insert("type".to_owned(), json!(known));
            }
        }
        let element = Value::Object(members);
        let needs_value = attribute.sub("value").is_some();
        let is_same = |other: &Value| same_value(attribute, other, &element) && other["type"] == element["type"];
        let without_value = needs_value && element.get("value").is_none();
        if element == json!({}) || without_value || list.contains(&element) || list.iter().any(is_same) {
            continue;
        }
        list.push(element);
    }
    for (_, kind) in ONE_ELEMENT.iter().filter(|(name, _)| *name == attribute.name) {
        if list.iter().filter(|element| element["type"] == **kind).count() > 1 {
            return Err(Refusal::of("invalidValue"));
        }
    }
    if attribute.name == PRIMARY_IF_SINGLE {
        let mut first = list.iter_mut().filter(|element| element["type"] == *types[0]);
        if let (Some(only), None) = (first.next(), first.next()) {
            only["primary"] = json!(true);
        }
    }
    list.sort_by_key(Value::to_string);
    Ok(list)
}
