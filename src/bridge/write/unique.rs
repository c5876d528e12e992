//! Values that no two resources of a type may share (RFC 7643 section 7, `uniqueness`).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::service::Bridge;
use crate::ldap::dn::DnKey;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter};
use crate::mapping::atom::Atom;
use crate::mapping::model::{Resource, Scalar, Source, TypeIndex};
use crate::scim;
use crate::scim::resource_schema::{AttrId, AttrPath};
use crate::scim::schema::Uniqueness;
use crate::translate::search;

/// When an entry came to be, and what tells it from others that came in the same second.
const AGE: &[&str] = &["createTimestamp", "whenCreated", "entryUUID", "objectGUID"];

/// Another entry that has a value already.
#[derive(Debug)]
pub(super) struct Holder {
    /// When it came to be.
    age: Vec<Vec<u8>>,
    /// Its name.
    key: Option<DnKey>,
}

/// The attributes among `attrs` whose values aren't shared.
fn unique<'a>(resource: &'a Resource, attrs: impl Iterator<Item = AttrId> + 'a) -> impl Iterator<Item = AttrId> + 'a {
    attrs.filter(|attr| {
        let declared = resource.schema.get(*attr).is_some_and(|def| def.attribute.uniqueness != Uniqueness::None);
        declared || resource.writing.unique.contains(attr)
    })
}

impl Bridge {
    /// Sees that no other resource than the one called `own` has a value of `image` that must be unique.
    ///
    /// # Errors
    /// 409 `uniqueness`.
    pub(super) async fn check_unique(
        &self,
        cx: &Context,
        kind: TypeIndex,
        image: &Map<String, Value>,
        attrs: impl Iterator<Item = AttrId>,
        own: Option<&str>,
    ) -> Result<(), Error> {
        let own = own.and_then(|dn| DnKey::of(dn).ok());
        let resource = &self.mapping.resources[kind];
        for attr in unique(resource, attrs) {
            let holders = self.holders(cx, kind, attr, image).await?;
            if holders.iter().any(|holder| own.is_none() || holder.key != own) {
                return Err(taken(resource, attr));
            }
        }
        Ok(())
    }

    /// After an entry called `dn` was added: which attribute's value an older entry has as well. Of two that came to be side by
    /// side, the younger one learns of the other here.
    pub(super) async fn older_holder(
        &self,
        cx: &Context,
        kind: TypeIndex,
        image: &Map<String, Value>,
        dn: &str,
    ) -> Result<Option<Error>, Error> {
        let resource = &self.mapping.resources[kind];
        let own = DnKey::of(dn).ok();
        for attr in unique(resource, resource.schema.attributes().iter().map(|def| def.id)) {
            let holders = self.holders(cx, kind, attr, image).await?;
            let mine = holders.iter().find(|holder| holder.key == own).map(|holder| &holder.age);
            if holders.iter().any(|holder| holder.key != own && mine.is_none_or(|mine| holder.age < *mine)) {
                return Ok(Some(taken(resource, attr)));
            }
        }
        Ok(None)
    }

    async fn holders(
        &self,
        cx: &Context,
        kind: TypeIndex,
        attr: AttrId,
        image: &Map<String, Value>,
    ) -> Result<Vec<Holder>, Error> {
        let resource = &self.whole_mapping().resources[kind];
        let Source::Scalar(Scalar::Ldap(scalar)) = resource.source(attr) else { return Ok(Vec::new()) };
        let Some(text) = resource.schema.value(attr, image).and_then(Value::as_str) else { return Ok(Vec::new()) };
        let Ok(encoded) = scalar.codec.encode(&Atom::Text(text.into())) else { return Ok(Vec::new()) };
        let mut holders = Vec::new();
        for (base, partition) in self.whole_places(kind) {
            let known = partition.known()?;
            if known.view.rules(&scalar.attribute).equality.is_none() {
                continue;
            }
            let age: AttributeSet = AGE
                .iter()
                .filter_map(|name| name.parse::<AttributeDescription>().ok())
                .filter(|name| known.view.knows(name))
                .collect();
            let by_value = Filter::Equality(scalar.attribute.clone(), encoded.clone());
            let Some(mut search) = search::below(resource, base, by_value, Arc::new(age)) else { continue };
            search.size_limit = Some(50);
            let found = partition.directory.search_pinned(&search, cx.deadline).await?;
            holders.extend(found.into_iter().map(holder));
        }
        Ok(holders)
    }
}

fn holder(entry: Entry) -> Holder {
    let key = DnKey::of(&entry.dn).ok();
    Holder { age: entry.attributes.into_iter().flatten().collect(), key }
}

fn taken(resource: &Resource, attr: AttrId) -> Error {
    let path = resource.schema.path_text(AttrPath::whole(attr));
    scim::Error::uniqueness(format!("`{path}`: another resource has this value already")).into()
}
