//! What a write becomes when no directory can be asked: for an entry that is given, with holes for what would be looked up.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::holes::Holes;
use super::plan::ExplainedWrite;
use crate::ldap::change::Change as LdapChange;
use crate::ldap::ldif::Record;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter};
use crate::mapping::atom::Atom;
use crate::mapping::model::{Source, TypeIndex};
use crate::scim::Error;
use crate::scim::patch::{self, Operation};
use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrId, AttrPath};
use crate::translate::View;
use crate::translate::read::ReadPlan;
use crate::translate::references::{Target, Targets, Wanted};
use crate::translate::render::Rendering;
use crate::translate::write::{self, Change, Referents, Stored};

/// The attribute that moves with every change of an entry.
const STAMP: &str = "entryCSN";

/// The creation of a resource of `kind` that is as `image`, in canonical form, says. Whether its name is free isn't known.
///
/// # Errors
/// As [`write::create`].
pub fn explain_create(view: &View, kind: TypeIndex, image: &Map<String, Value>) -> Result<ExplainedWrite, Error> {
    let resource = view.resource(kind);
    let mut holes = Holes::default();
    let all = resource.schema.attributes().iter().map(|def| def.id);
    let all = all.collect::<Vec<_>>();
    let (_, named) = write::with_changed(resource, &[], &all, image);
    let referents = referents(view, kind, named, &mut holes);
    let creation = write::create(view, kind, image, &referents, &[])?;
    let mut explained = ExplainedWrite::new("POST", &resource.name, None);
    explained.plan(&creation.plan);
    let mut explained = explained.described(|text| holes.described(text));
    explained.lookups = holes.into_questions();
    let first = creation.plan.candidates().next().and_then(<[_]>::first);
    let given = |attribute: &AttributeDescription| {
        let change = first.and_then(|stage| stage.operation.change());
        change.is_some_and(|change| match &change.change {
            LdapChange::Add(attributes) => attributes.iter().any(|(name, _)| name == attribute),
            _ => false,
        })
    };
    let missing = resource.writing.allocations.iter().filter(|allocation| !given(&allocation.attribute));
    explained.lookups.extend(missing.map(|allocation| format!("a free {}, which is added", allocation.attribute)));
    Ok(explained)
}

/// What `operations` make of the resource called `id`, whose entry is `record`.
///
/// # Errors
/// Those of the PATCH itself; 404 for an entry of another resource; 403 for one that is protected.
pub fn explain_patch(
    view: &View,
    kind: TypeIndex,
    (id, record): (&str, &Record),
    operations: Vec<Operation>,
    base_url: &str,
) -> Result<ExplainedWrite, Error> {
    let resource = view.resource(kind);
    let (lists, rest) = write::take_lists(resource, operations);
    let mut paths: Vec<AttrId> = patch::attributes(&rest);
    if !rest.is_empty() || lists.is_empty() {
        paths.extend(write::needed(resource));
    }
    paths.extend(lists.iter().filter(|(_, list)| list.replace.is_some()).map(|(attr, _)| *attr));
    let (plan, entry) = read(view, kind, (id, record), &paths, base_url)?;
    let (mut holes, targets) = (Holes::default(), targets(&plan, &entry));
    let stored = stored(view, kind, &plan, &entry, &targets)?;
    let mut image = rendered(&plan, &entry, &targets)?;
    let changed = patch::apply(&rest, &resource.schema, &mut image)?.attributes;
    let (lists, named) = write::with_changed(resource, &lists, &changed, &image);
    let mut referents = referents(view, kind, named, &mut holes);
    known(&plan, &entry, &targets, &mut referents);
    let change = Change { image: &image, changed: &changed, lists: &lists, referents: &referents, home: None };
    let planned = write::change(view, kind, &stored, &change)?;
    let mut explained = ExplainedWrite::new("PATCH", &resource.name, Some(id));
    if let Some(planned) = &planned {
        explained.plan(planned);
        let stages = planned.candidates().next().unwrap_or_default();
        let followed = write::key_changes(view, kind, &stored, stages);
        let followers = write::by_key(view, kind).into_iter().filter(|_| !followed.is_empty());
        explained.lookups.extend(followers.map(|(own, reference)| {
            format!("each {} that names it in {}, which follows", view.resource(own).name, reference.attribute)
        }));
    }
    let mut explained = explained.described(|text| holes.described(text));
    explained.lookups.splice(0..0, holes.into_questions());
    Ok(explained)
}

/// The record as an entry that was read for `paths`. Where it doesn't show its id, it is taken to be `id`'s.
fn read(
    view: &View,
    kind: TypeIndex,
    (id, record): (&str, &Record),
    paths: &[AttrId],
    base_url: &str,
) -> Result<(ReadPlan, Entry), Error> {
    let resource = view.resource(kind);
    let mut attributes = AttributeSet::new();
    let names = record.attributes.iter().map(|(name, _)| name.as_str()).chain(["objectClass", STAMP]);
    for attribute in names.filter_map(|name| name.parse::<AttributeDescription>().ok()) {
        attributes.insert(&attribute);
    }
    let identifier = attributes.insert(&resource.id.attribute);
    let paths: Vec<AttrPath> = paths.iter().map(|attr| AttrPath::whole(*attr)).collect();
    let projection = Projection::exactly(&resource.schema, &paths);
    let plan = ReadPlan::compile_onto(attributes, view, kind, &projection, base_url);
    let mut values = vec![Vec::new(); plan.attributes.len()];
    for (name, value) in &record.attributes {
        if let Some(values) = plan.attributes.position(name).and_then(|place| values.get_mut(place)) {
            values.push(value.clone());
        }
    }
    if let Some(values) = values.get_mut(identifier).filter(|values| values.is_empty()) {
        let encoded = resource.id.codec.encode(&Atom::Text(id.into()));
        values.extend(encoded.ok());
    }
    let entry = Entry { dn: record.dn.clone(), attributes: values, ..Entry::default() };
    match plan.id(&entry) {
        Some(own) if own == id => Ok((plan, entry)),
        Some(own) => Err(Error::plain(404, format!("the entry that is given is that of {own}"))),
        None => Err(Error::plain(404, format!("{id:?} can't be the id of the entry that is given"))),
    }
}

/// The entry's references, each to a resource whose id is a hole.
fn targets(plan: &ReadPlan, entry: &Entry) -> Targets {
    let mut wanted = Wanted::default();
    plan.wants(entry, &mut wanted);
    let mut targets = Targets::default();
    let target = |kinds: &[TypeIndex], value: &[u8]| {
        let id = format!("<id of {}>", String::from_utf8_lossy(value)).into();
        kinds.first().map(|kind| Arc::new(Target { kind: *kind, id, display: None }))
    };
    for (value, kinds) in wanted.dns {
        if let Some(target) = target(&kinds, &value) {
            targets.insert_dn(value, target);
        }
    }
    for ((_, value), (attribute, kinds)) in wanted.keys {
        if let Some(target) = target(&kinds, &value) {
            targets.insert_key(&attribute, value, target);
        }
    }
    targets
}

fn stored<'a>(
    view: &View,
    kind: TypeIndex,
    plan: &'a ReadPlan,
    entry: &'a Entry,
    targets: &'a Targets,
) -> Result<Stored<'a>, Error> {
    let resource = view.resource(kind);
    let values = |name: &str| plan.attributes.position(name).map_or(&[][..], |place| entry.values(place));
    let protects =
        |filter: &Filter| filter.evaluate(|attribute| Some(values(attribute.as_str())), &view.schema) != Some(false);
    if resource.writing.protected.as_ref().is_some_and(protects) {
        return Err(Error::forbidden("this resource is protected and can't be changed here"));
    }
    let identifier = &resource.id.attribute;
    let stamp = STAMP.parse::<AttributeDescription>().ok().zip(values(STAMP).first());
    let guard = stamp.zip(values(identifier.as_str()).first());
    Ok(Stored {
        entry,
        attributes: &plan.attributes,
        classes: values("objectClass").iter().map(|class| String::from_utf8_lossy(class).into_owned()).collect(),
        visible: targets,
        guard: guard.and_then(|((stamp, at), id)| write::Guard::new((identifier, id), (&stamp, at))),
        blind: false,
        swap: None,
    })
}

fn rendered(plan: &ReadPlan, entry: &Entry, targets: &Targets) -> Result<Map<String, Value>, Error> {
    let nothing = || Error::plain(404, "the entry that is given is no resource".to_owned());
    let rendering = Rendering::new(plan, entry, targets).ok_or_else(nothing)?;
    match serde_json::to_value(&rendering) {
        Ok(Value::Object(mut resource)) => {
            resource.remove("meta");
            Ok(resource)
        }
        _ => Err(nothing()),
    }
}

/// What the ids stand for: holes.
fn referents(view: &View, kind: TypeIndex, named: write::Named, holes: &mut Holes) -> Referents {
    let mut referents = Referents::default();
    for (attr, ids) in named {
        let Source::References(references) = view.resource(kind).source(attr) else { continue };
        for id in ids.into_iter().filter(|id| !id.starts_with('<')) {
            if referents.get(&id).is_none()
                && let Some(referent) = holes.referent(view, references, &id)
            {
                referents.insert(id, referent);
            }
        }
    }
    referents
}

/// What the holes stand for that [`targets`] has put in the place of ids: what the entry names already.
fn known(plan: &ReadPlan, entry: &Entry, targets: &Targets, referents: &mut Referents) {
    let mut wanted = Wanted::default();
    plan.wants(entry, &mut wanted);
    for value in wanted.dns.into_keys() {
        if let Some(target) = targets.dn(&value) {
            let dn = String::from_utf8_lossy(&value).into_owned();
            let referent = write::Referent { kind: target.kind, dn, keys: Default::default() };
            referents.insert(target.id.to_string(), referent);
        }
    }
    for ((_, value), (attribute, kinds)) in wanted.keys {
        if let Some(kind) = kinds.first() {
            let id = format!("<id of {}>", String::from_utf8_lossy(&value));
            let keys = [(attribute.as_str().to_ascii_lowercase(), value)].into();
            referents.insert(id, write::Referent { kind: *kind, dn: String::new(), keys });
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::ldap::ldif;
    use crate::scim::dialect::Dialect;
    use crate::scim::input::{self, Mode};
    use crate::translate::test_kit::{BASE_URL, FULL, PRESET};

    const ID: &str = "00000000-0000-0000-0000-000000000001";
    const USER: &str = "dn: uid=bjensen,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: bjensen\ncn: B\n\
        sn: Jensen\ntitle: Guide\nmanager: uid=boss,ou=people,dc=example,dc=com\nentryUUID: 00000000-0000-0000-0000-000000000001\nentryCSN: 5\n";
    const GROUP: &str = "dn: cn=staff,ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: staff\n\
        member: uid=a,ou=people,dc=example,dc=com\nmember: uid=b,ou=people,dc=example,dc=com\n";

    fn view() -> View {
        let mapping = crate::mapping::compile(|_| Ok::<_, std::io::Error>(PRESET.to_owned()), "mapping.toml");
        View { mapping: Arc::new(mapping.unwrap()), schema: FULL.clone() }
    }

    fn patched(kind: &str, ldif: &str, operations: &Value) -> Result<String, Error> {
        let view = view();
        let (kind, resource) = view.mapping.resource(kind).unwrap();
        let record = ldif::read(ldif).next().unwrap().unwrap();
        let body = json!({ "schemas": [patch::URN], "Operations": operations });
        let raw = patch::parse(body, &patch::Limits::default(), Dialect::Default).unwrap();
        let operations = patch::resolve(&raw, &resource.schema, &patch::Limits::default(), Dialect::Default).unwrap();
        explain_patch(&view, kind, (ID, &record), operations, BASE_URL).map(|explained| explained.to_string())
    }

    #[test]
    fn the_smallest_change_is_shown_with_its_condition() {
        let text = patched("User", USER, &json!([{ "op": "replace", "path": "title", "value": "Chief" }])).unwrap();
        assert!(
            text.starts_with(&format!(
                "# PATCH User {ID}\n\n# only while the entry matches (|(entryCSN=5)(!(|(entryUUID={ID})\
                 (entryDN=uid=bjensen,ou=people,dc=example,dc=com))))\n\
                 dn: uid=bjensen,ou=people,dc=example,dc=com\nchangetype: modify\ndelete: title\ntitle: Guide\n-\n\
                 add: title\ntitle: Chief\n-\n\n"
            )),
            "{text}"
        );
    }

    #[test]
    fn references_are_holes() {
        let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
        let wanted = json!([{ "op": "replace", "path": path, "value": { "value": "9" } }]);
        let text = patched("User", USER, &wanted).unwrap();
        assert!(text.contains("# looked up first: User \"9\"\n"), "{text}");
        assert!(text.contains("delete: manager\nmanager: uid=boss,ou=people,dc=example,dc=com\n-\nadd: manager\nmanager: <dn of User \"9\">\n-\n"), "{text}");
    }

    #[rstest]
    #[case(json!([{ "op": "add", "path": "members", "value": [{ "value": "9" }] }]), "add: member\nmember: <dn of User or Group \"9\">\n-\n\n")]
    #[case(json!([{ "op": "remove", "path": "members[value eq \"9\"]" }]), "delete: member\nmember: <dn of User or Group \"9\">\n-\n\n")]
    #[case(json!([{ "op": "remove", "path": "members" }]), "delete: member\nmember: uid=a,ou=people,dc=example,dc=com\nmember: uid=b,")]
    fn lists_are_changed(#[case] operations: Value, #[case] expected: &str) {
        let text = patched("Group", GROUP, &operations).unwrap();
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn another_entry_is_refused() {
        let other = USER.replace("0001\n", "0002\n");
        let error = patched("User", &other, &json!([{ "op": "remove", "path": "title" }])).unwrap_err();
        assert_eq!(
            (error.status, error.detail.as_str()),
            (404, "the entry that is given is that of 00000000-0000-0000-0000-000000000002")
        );
    }

    #[test]
    fn those_who_follow_a_rename_are_named() {
        let text = patched("User", USER, &json!([{ "op": "replace", "path": "userName", "value": "babs" }])).unwrap();
        assert!(text.contains("newrdn: uid=babs\n"), "{text}");
        assert!(text.contains("# looked up first: each Group that names it in memberUid, which follows\n"), "{text}");
    }

    #[test]
    fn a_new_resource_is_shown() {
        let view = view();
        let (kind, resource) = view.mapping.resource("Group").unwrap();
        let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "new",
            "members": [{ "value": "9" }] });
        let image = input::resource(&resource.schema, body.as_object().unwrap(), Mode::Create, Dialect::Default);
        let text = explain_create(&view, kind, &image.unwrap().resource).unwrap().to_string();
        assert!(text.contains("\ndn: cn=new,ou=groups,dc=example,dc=com\nchangetype: add\n"), "{text}");
        assert!(text.contains("\nmember: <dn of User or Group \"9\">\n"), "{text}");
    }
}
