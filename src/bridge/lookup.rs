//! Answers to what a filter's translation needs to know of other entries, each within its type's confinement.

use super::context::Context;
use super::error::Error;
use super::scan::Wish;
use super::service::Bridge;
use crate::ldap::{AttributeDescription, AttributeSet, DnKey, Entry, Filter};
use crate::mapping::bounds::Bounds;
use crate::mapping::model::TypeIndex;
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::scim::resource_schema::ResourceSchema;
use crate::scim::text::PathText;
use crate::translate::View;
use crate::translate::filter::{self, Translated};
use crate::translate::lookup::{Answer, Answers, Found, Lookup, Which};

/// How many entries a lookup may find before the filter is decided resource by resource.
const MOST_FOUND: usize = 500;

/// How often a translation may ask for more.
const MOST_ROUNDS: usize = 8;

impl Bridge {
    /// Translates `filter` for `kind` as seen by `view`, looking up what it needs.
    pub(super) async fn bounds(
        &self,
        cx: &Context,
        view: &View,
        kind: TypeIndex,
        filter: &ScimFilter,
    ) -> Result<Bounds, Error> {
        let mut answers = Answers::default();
        for _ in 0..MOST_ROUNDS {
            match filter::translate(view, kind, filter, &answers, &self.base_url) {
                Translated::Ready(bounds) => return Ok(bounds),
                Translated::Needs(lookups) => {
                    for lookup in lookups {
                        let answer = Box::pin(self.answer(cx, &lookup)).await?;
                        answers.insert(&lookup, answer);
                    }
                }
            }
        }
        tracing::error!("a filter's translation never ends");
        Err(Error::Internal)
    }

    async fn answer(&self, cx: &Context, lookup: &Lookup) -> Result<Answer, Error> {
        let filter = match &lookup.which {
            Which::Id(id) => match id_equals(&self.mapping.resources[lookup.kind].schema, id) {
                Some(filter) => filter,
                None => return Ok(Answer::Entries(Vec::new())),
            },
            Which::Matching(filter) => filter.clone(),
        };
        let wanted = wanted(lookup);
        let mut scan = self.scan_all(cx, lookup.kind, Some(&filter), &Wish::Attributes(wanted.clone())).await?;
        let mut found = Vec::new();
        while let Some((_, entries)) = self.next(cx, &mut scan).await? {
            for entry in entries {
                if found.len() >= MOST_FOUND {
                    return Ok(Answer::TooMany);
                }
                found.push(found_in(entry, lookup, &wanted));
            }
        }
        if lookup.nested {
            return self.nested(cx, lookup, found).await;
        }
        Ok(Answer::Entries(found))
    }

    /// Adds the entries of the same type that `found` ones name, to any depth.
    async fn nested(&self, cx: &Context, lookup: &Lookup, mut found: Vec<Found>) -> Result<Answer, Error> {
        let mut seen: std::collections::HashSet<DnKey> =
            found.iter().filter_map(|entry| DnKey::of(&entry.dn).ok()).collect();
        let mut next = 0;
        while next < found.len() {
            let names: Vec<String> = found[next]
                .attributes
                .iter()
                .flatten()
                .filter_map(|value| String::from_utf8(value.clone()).ok())
                .filter(|dn| DnKey::of(dn).is_ok_and(|key| seen.insert(key)))
                .collect();
            next += 1;
            for entry in self.read_by_dn(cx, lookup, &names).await? {
                if found.len() >= MOST_FOUND {
                    return Ok(Answer::TooMany);
                }
                found.push(entry);
            }
        }
        Ok(Answer::Entries(found))
    }

    /// The entries of the lookup's type among `names`.
    async fn read_by_dn(&self, cx: &Context, lookup: &Lookup, names: &[String]) -> Result<Vec<Found>, Error> {
        let resource = &self.mapping.resources[lookup.kind];
        let wanted = wanted(lookup);
        let set = std::sync::Arc::new(wanted.clone());
        let mut found = Vec::new();
        for (base, partition) in self.places(lookup.kind) {
            let known = partition.known()?;
            let Some(attribute) = crate::translate::search::dn_attribute(&known.view) else { continue };
            let mine: Vec<_> = names
                .iter()
                .filter(|dn| DnKey::of(dn).is_ok_and(|key| key.is_in_scope(&base.key, base.scope)))
                .collect();
            for chunk in mine.chunks(self.limits.batch) {
                let names = chunk.iter().map(|dn| Filter::Equality(attribute.clone(), dn.as_bytes().to_vec()));
                let Some(search) = crate::translate::search::below(resource, base, Filter::or(names), set.clone())
                else {
                    continue;
                };
                for entry in partition.directory.search(&search, cx.deadline).await? {
                    found.push(found_in(entry, lookup, &wanted));
                }
            }
        }
        Ok(found)
    }
}

/// The attributes that `lookup` asks for, and the classes.
fn wanted(lookup: &Lookup) -> AttributeSet {
    let class = "objectClass".parse::<AttributeDescription>();
    lookup.attributes.iter().cloned().chain(class).collect()
}

/// What `entry`, read for `wanted`, tells `lookup`.
fn found_in(entry: Entry, lookup: &Lookup, wanted: &AttributeSet) -> Found {
    let values = |name: &str| wanted.position(name).map_or_else(Vec::new, |place| entry.values(place).to_vec());
    Found {
        classes: values("objectClass"),
        attributes: lookup.attributes.iter().map(|name| values(name.as_str())).collect(),
        dn: entry.dn,
    }
}

/// The filter `id eq "…"`.
fn id_equals(schema: &ResourceSchema, id: &str) -> Option<ScimFilter> {
    let path = schema.resolve(&PathText::from("id")).ok()?;
    Some(ScimFilter::Test(Test { path, test: Op::Eq(Operand::Text(id.to_owned())) }))
}
