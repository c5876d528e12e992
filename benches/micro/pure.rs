//! The pieces that only compute.

use std::hint::black_box;
use std::sync::Arc;

use scimfront::ldap::{Entry, Subschema, ldif};
use scimfront::mapping;
use scimfront::scim::filter::{Limits, compile};
use scimfront::scim::projection::Projection;
use scimfront::translate::View;
use scimfront::translate::lookup::Answers;
use scimfront::translate::project;
use scimfront::translate::read::ReadPlan;
use scimfront::translate::references::{Target, Targets};
use scimfront::translate::render::Rendering;

use crate::Result;

const BASE_URL: &str = "https://scim.example.com/v2";
const PRESET: &str = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";
const FILTER: &str = r#"userName sw "b" and (emails[type eq "work" and value co "@example.com"] or title pr)"#;
const STAFF: &str = "cn=staff,ou=groups,dc=example,dc=com";
const BOB: &str = "uid=bob,ou=people,dc=example,dc=com";

/// What the entry has.
const VALUES: &[(&str, &str)] = &[
    ("entryUUID", "550e8400-e29b-41d4-a716-446655440000"),
    ("uid", "ann"),
    ("cn", "Ann Example"),
    ("sn", "Example"),
    ("givenName", "Ann"),
    ("displayName", "Ann"),
    ("title", "Guide"),
    ("mail", "ann@example.com"),
    ("telephoneNumber", "+1 555 0100"),
    ("mobile", "+1 555 0102"),
    ("l", "Oslo"),
    ("postalAddress", "1 Main St$Oslo"),
    ("employeeNumber", "7"),
    ("manager", BOB),
    ("memberOf", STAFF),
    ("createTimestamp", "20240102030405Z"),
    ("modifyTimestamp", "20240102030406Z"),
    ("entryCSN", "20240102030406.000001Z#000000#000#000000"),
];

fn view() -> Result<View> {
    let texts = [include_str!("../../src/ldap/subschema/standard.ldif"), include_str!("../../mappings/scim.ldif")];
    let records: Vec<ldif::Record> = texts
        .iter()
        .flat_map(|text| ldif::read(text))
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| "the schema")?;
    let read =
        records.iter().flat_map(|record| record.attributes.iter().map(|(name, value)| (name.as_str(), &value[..])));
    let (schema, _) = Subschema::parse(read);
    let mapping = mapping::compile(|_| Ok(PRESET.to_owned()), "bench.toml").map_err(|report| report.to_string())?;
    Ok(View { mapping: Arc::new(mapping), schema: Arc::new(schema) })
}

pub(super) fn parse() -> Result<Box<dyn FnMut()>> {
    let view = view()?;
    let (kind, _) = view.mapping.resource("User").ok_or("no users")?;
    Ok(Box::new(move || {
        assert!(black_box(compile(FILTER, &view.resource(kind).schema, &Limits::default())).is_ok(), "{FILTER}");
    }))
}

pub(super) fn translate() -> Result<Box<dyn FnMut()>> {
    let view = view()?;
    let (kind, resource) = view.mapping.resource("User").ok_or("no users")?;
    let filter = compile(FILTER, &resource.schema, &Limits::default()).map_err(|error| error.to_string())?;
    Ok(Box::new(move || {
        black_box(scimfront::translate::filter::translate(&view, kind, &filter, &Answers::default(), BASE_URL));
    }))
}

/// A plan for all that is shown by default, an entry as its search returns it, and what it refers to.
fn shown() -> Result<(ReadPlan, Entry, Targets)> {
    let view = view()?;
    let (kind, resource) = view.mapping.resource("User").ok_or("no users")?;
    let (group, _) = view.mapping.resource("Group").ok_or("no groups")?;
    let projection = Projection::compile(&resource.schema, &[], &[]).map_err(|error| error.to_string())?;
    let plan = ReadPlan::compile(&view, kind, &projection, BASE_URL);
    let of = |name: &str| {
        let named = VALUES.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_bytes().to_vec()).collect()
    };
    let attributes = plan.attributes.iter().map(|attribute| of(attribute.as_str())).collect();
    let dn = "uid=ann,ou=people,dc=example,dc=com".to_owned();
    let entry = Entry { dn, attributes, ..Entry::default() };
    let target = |kind, id: &str, name: &str| Arc::new(Target { kind, id: id.into(), display: Some(name.into()) });
    let mut targets = Targets::default();
    targets.insert_dn(STAFF.into(), target(group, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "Staff"));
    targets.insert_dn(BOB.into(), target(kind, "6ba7b811-9dad-11d1-80b4-00c04fd430c8", "Bob"));
    Ok((plan, entry, targets))
}

pub(super) fn render() -> Result<Box<dyn FnMut()>> {
    let (plan, entry, targets) = shown()?;
    Ok(Box::new(move || {
        let rendering = Rendering::new(&plan, &entry, &targets);
        let json = rendering.and_then(|rendering| serde_json::to_vec(&rendering).ok());
        assert!(json.is_some_and(|json| json.len() > 500), "nothing is shown");
    }))
}

pub(super) fn project() -> Result<Box<dyn FnMut()>> {
    let (plan, entry, targets) = shown()?;
    let view = view()?;
    let (kind, resource) = view.mapping.resource("User").ok_or("no users")?;
    let schema = Arc::clone(&resource.schema);
    let rendering = Rendering::new(&plan, &entry, &targets).ok_or("nothing is shown")?;
    let (views, etag) = (rendering.views().to_vec(), rendering.etag().map(str::to_owned));
    let body = serde_json::to_vec(&rendering)?;
    let attributes = ["userName", "emails", "name.familyName"].map(str::to_owned);
    let projection = Projection::compile(&schema, &attributes, &[]).map_err(|error| error.to_string())?;
    let part = ReadPlan::compile(&view, kind, &projection, BASE_URL);
    Ok(Box::new(move || {
        let cut = project::Cut::new(&part, &schema, &projection).of(&body, etag.as_deref(), &views);
        assert!(cut.is_some_and(|cut| cut.body.len() < body.len()), "nothing is cut");
    }))
}
