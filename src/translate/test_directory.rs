//! A directory in memory: what the bridge does with a real one, in as few words as possible.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::law;
use super::read::ReadPlan;
use super::references::{Target, Targets, Wanted, name_alone};
use super::render::Rendering;
use super::shown;
use super::test_kit::{BASE_URL, entry};
use super::view::View;
use crate::ldap::matching::normalise;
use crate::ldap::{AttributeDescription, AttributeSet, DnKey, Entry, Filter};
use crate::mapping::model::{ReferenceForm, Scalar, Source, TypeIndex};
use crate::scim::filter::eval;
use crate::scim::filter::typed::Filter as ScimFilter;
use crate::scim::projection::Projection;
use crate::scim::resource_schema::AttrPath;

/// An entry with all its values.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) dn: String,
    values: Vec<(String, Vec<Vec<u8>>)>,
}

/// Some entries, and what they are of.
#[derive(Debug)]
pub(super) struct Directory {
    view: View,
    records: Vec<Record>,
}

impl Record {
    pub(super) fn new(dn: impl Into<String>) -> Self {
        let dn = dn.into();
        Self { values: vec![("entryDN".into(), vec![dn.clone().into_bytes()])], dn }
    }

    pub(super) fn add(&mut self, attribute: &str, value: impl Into<Vec<u8>>) {
        match self.values.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(attribute)) {
            Some((_, values)) => values.push(value.into()),
            None => self.values.push((attribute.to_owned(), vec![value.into()])),
        }
    }

    pub(super) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = self.values.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.map_or(&[], |(_, values)| values.as_slice())
    }

    fn pairs(&self) -> Vec<(&str, &[u8])> {
        self.values.iter().flat_map(|(name, values)| values.iter().map(move |value| (&**name, &value[..]))).collect()
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pairs()
            .iter()
            .try_for_each(|(name, value)| writeln!(f, "    {name}: {:?}", String::from_utf8_lossy(value)))
    }
}

impl Directory {
    /// A directory of what of `records` one would store: valid, different values, one where there may be one.
    pub(super) fn new(view: View, mut records: Vec<Record>) -> Self {
        for record in &mut records {
            for (name, values) in &mut record.values {
                let known = view.schema.attribute(name).unwrap_or_else(|| panic!("{name} is no attribute"));
                let admits = |value: &Vec<u8>| known.syntax.is_none_or(|syntax| syntax.admits(value));
                values.retain(admits);
                let mut seen = Vec::new();
                values.retain(|value| {
                    let normal =
                        known.equality.and_then(|rule| normalise(rule, value)).unwrap_or_else(|| value.clone());
                    !seen.contains(&normal) && {
                        seen.push(normal);
                        true
                    }
                });
                if known.definition.single_value {
                    values.truncate(1);
                }
            }
        }
        let mut directory = Self { view, records };
        directory.keep_back_references();
        directory
    }

    /// What the overlay memberof does.
    fn keep_back_references(&mut self) {
        let groups = self.records.clone();
        for group in &groups {
            for member in group.values("member") {
                let key = DnKey::of_bytes(member).ok();
                let named = self.records.iter_mut().find(|record| DnKey::of(&record.dn).ok() == key);
                if let Some(named) =
                    named.filter(|named| !named.values("memberOf").contains(&group.dn.clone().into_bytes()))
                {
                    named.add("memberOf", group.dn.clone());
                }
            }
        }
    }

    /// The entries that are resources of type `kind`.
    pub(super) fn of_kind(&self, kind: TypeIndex) -> impl Iterator<Item = &Record> {
        let resource = self.view.resource(kind);
        self.records.iter().filter(move |record| {
            DnKey::of(&record.dn).is_ok_and(|key| resource.confines("main", &key))
                && self.evaluate(&resource.filter, record) == Some(true)
        })
    }

    /// As a server would.
    pub(super) fn evaluate(&self, filter: &Filter, record: &Record) -> Option<bool> {
        filter.evaluate(|attribute: &AttributeDescription| Some(record.values(attribute.as_str())), &self.view.schema)
    }

    pub(super) fn id(&self, record: &Record) -> String {
        record.values("entryUUID").first().map(|id| String::from_utf8_lossy(id).into_owned()).unwrap_or_default()
    }

    /// The resource of type `kind` that `record` is: what is shown by default, or just `paths`.
    pub(super) fn resource(&self, kind: TypeIndex, record: &Record, paths: Option<&[AttrPath]>) -> Map<String, Value> {
        self.rendered(kind, record, paths).2
    }

    /// Whether `record`, seen as a resource of type `kind` (all of it or just `paths`), satisfies `filter`.
    pub(super) fn satisfies(
        &self,
        kind: TypeIndex,
        record: &Record,
        filter: &ScimFilter,
        paths: Option<&[AttrPath]>,
    ) -> bool {
        let (plan, entry, resource) = self.rendered(kind, record, paths);
        let decided = law::decided(&self.view, filter, &plan, &entry);
        eval::matches(decided.as_ref().unwrap_or(filter), &self.view.resource(kind).schema, &resource)
    }

    fn rendered(
        &self,
        kind: TypeIndex,
        record: &Record,
        paths: Option<&[AttrPath]>,
    ) -> (ReadPlan, Entry, Map<String, Value>) {
        let schema = &self.view.resource(kind).schema;
        let projection = match paths {
            None => {
                let all: Vec<_> = schema.attributes().iter().map(|definition| AttrPath::whole(definition.id)).collect();
                Projection::exactly(schema, &all)
            }
            Some(paths) => shown::knowing(schema, paths),
        };
        let plan = ReadPlan::compile_onto(AttributeSet::new(), &self.view, kind, &projection, BASE_URL);
        let entry = entry(&plan, &record.dn, &record.pairs());
        let mut wanted = Wanted::default();
        plan.wants(&entry, &mut wanted);
        let targets = self.targets(&plan, &wanted);
        let rendering = Rendering::new(&plan, &entry, &targets).expect("an id");
        match serde_json::to_value(&rendering) {
            Ok(Value::Object(resource)) => {
                drop(rendering);
                (plan, entry, resource)
            }
            other => panic!("{other:?}"),
        }
    }

    fn targets(&self, plan: &ReadPlan, wanted: &Wanted) -> Targets {
        let mut targets = Targets::default();
        for (stored, kinds) in &wanted.dns {
            let text = std::str::from_utf8(stored).unwrap();
            let Ok(key) = DnKey::of(text) else { continue };
            if plan.placeholders().contains(&&key) {
                continue;
            }
            let named = |record: &&Record| DnKey::of(&record.dn).ok().as_ref() == Some(&key);
            let target =
                kinds.iter().find_map(|&kind| self.of_kind(kind).find(named).map(|record| self.target(kind, record)));
            target.into_iter().for_each(|target| targets.insert_dn(stored.clone(), target));
        }
        for ((_, value), (attribute, kinds)) in &wanted.keys {
            for &kind in kinds {
                for record in self.of_kind(kind).filter(|record| record.values(attribute.as_str()).contains(value)) {
                    targets.insert_key(attribute, value.clone(), self.target(kind, record));
                }
            }
        }
        for back in plan.back_references() {
            for referred in wanted.referred.iter().filter(|referred| referred.back == back) {
                for record in self.of_kind(back.referrer) {
                    if self.names(back.referrer, back.attribute, record, &referred.dn, &referred.keys) {
                        targets.insert_referrer(&back, &referred.dn, self.target(back.referrer, record), true);
                    }
                }
            }
        }
        targets
    }

    /// Whether `record` names the entry called `dn` in a way that isn't kept on that.
    fn names(
        &self,
        kind: TypeIndex,
        attr: crate::scim::resource_schema::AttrId,
        record: &Record,
        dn: &str,
        keys: &[(AttributeDescription, Vec<u8>)],
    ) -> bool {
        let Source::References(references) = self.view.resource(kind).source(attr) else { return false };
        references.iter().filter(|reference| !reference.back_reference_kept).any(|reference| {
            let equal = |value: &[u8]| Filter::Equality(reference.attribute.clone(), value.to_vec());
            let named = match &reference.form {
                ReferenceForm::Key(key) => {
                    Filter::or(keys.iter().filter(|(attribute, _)| attribute == key).map(|(_, value)| equal(value)))
                }
                ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => Filter::False,
                ReferenceForm::Dn => equal(dn.as_bytes()),
                ReferenceForm::NameAndOptionalUid => {
                    let (values, name) = (record.values(reference.attribute.as_str()), DnKey::of(dn).ok());
                    let named = values.iter().any(|value| DnKey::of_bytes(name_alone(value)).ok() == name);
                    if named { Filter::True } else { Filter::False }
                }
            };
            let class = reference
                .class
                .as_ref()
                .map(|class| Filter::Equality("objectClass".parse().unwrap(), class.clone().into()));
            self.evaluate(&Filter::and(class.into_iter().chain([named])), record) == Some(true)
        })
    }

    fn target(&self, kind: TypeIndex, record: &Record) -> Arc<Target> {
        let resource = self.view.resource(kind);
        let display = resource.display.and_then(|display| match resource.source(display) {
            Source::Scalar(Scalar::Ldap(source)) => {
                let values = record.values(source.attribute.as_str());
                let shown = values.iter().find_map(|value| source.codec.decode(value));
                shown.and_then(|atom| atom.as_text().map(Into::into))
            }
            _ => None,
        });
        Arc::new(Target { kind, id: self.id(record).into(), display })
    }
}
