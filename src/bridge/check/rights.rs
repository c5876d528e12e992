//! Which rights to write the service account lacks, where the directory says which ones it has: Active Directory computes them for each
//! entry as `allowedAttributesEffective` and `allowedChildClassesEffective` (MS-ADTS section 3.1.1.4.5).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::codes;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::diagnostics::{Diagnostic, Report};
use crate::directory::{Error as DirectoryError, StreamOptions};
use crate::ldap::dn::Dn;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Scope, Search};
use crate::mapping::model::{Base, LdapScalar, Resource, Scalar, Source, TypeIndex};
use crate::mapping::writing::{OnChange, WritePolicy};
use crate::scim::schema::Mutability;
use crate::translate::search;

/// The attributes of an entry that the account may write.
const ATTRIBUTES: &str = "allowedAttributesEffective";
/// The classes of which it may make entries below one.
const CHILDREN: &str = "allowedChildClassesEffective";
/// On how many entries is looked for the rights.
const SAMPLE: u32 = 5;
/// Where it says how rights are given.
const DOCUMENT: &str = "docs/directories/active-directory.md";

impl Bridge {
    /// Whether the account may write what is mapped, in the first entries below the base.
    pub(super) async fn check_rights(
        &self,
        (partition, known): (&Partition, &Known),
        kind: TypeIndex,
        base: &Base,
        deadline: Instant,
        findings: &mut Report,
    ) {
        let resource = &self.mapping.resources[kind];
        let Ok(rights) = ATTRIBUTES.parse::<AttributeDescription>() else { return };
        if resource.writing.never || !known.capabilities.active_directory() || !known.view.knows(&rights) {
            return;
        }
        let unprotected = resource.writing.protected.clone().map_or(Filter::True, Filter::not);
        let attributes: Arc<AttributeSet> = Arc::new([rights].into_iter().collect());
        let Some(search) = search::below(resource, base, unprotected, attributes) else { return };
        let Ok(entries) = first(partition, search, deadline).await else { return };
        let wanted = written(known, resource);
        let lacking = |entry: &&Entry| {
            let allowed: BTreeSet<String> = lowercase(entry.values(0)).collect();
            wanted.iter().any(|name| !allowed.contains(&name.to_ascii_lowercase()))
        };
        let Some(entry) = entries.iter().find(lacking) else { return };
        let allowed: BTreeSet<String> = lowercase(entry.values(0)).collect();
        let denied = wanted.iter().filter(|name| !allowed.contains(&name.to_ascii_lowercase()));
        let denied: Vec<&str> = denied.map(String::as_str).collect();
        let message =
            format!("{}: the service account may not write {} of {}", resource.name, denied.join(", "), entry.dn);
        let class = resource.writing.classes.last().map_or("user", String::as_str);
        let help = format!(
            "give it the right to, as with dsacls \"{}\" /I:S /G \"DOMAIN\\account:WP;{};{class}\" for each of them (see {DOCUMENT}), or set \
             write = \"never\"",
            base.dn, denied[0]
        );
        findings.push(Diagnostic::warning(&codes::MAY_NOT_WRITE, message).help(help));
    }

    /// Whether the account may make entries where new ones go.
    pub(super) async fn check_places(
        &self,
        (partition, known): (&Partition, &Known),
        kind: TypeIndex,
        deadline: Instant,
        findings: &mut Report,
    ) {
        let resource = &self.mapping.resources[kind];
        let writing = &resource.writing;
        let Ok(rights) = CHILDREN.parse::<AttributeDescription>() else { return };
        if writing.never || writing.classes.is_empty() || writing.naming.is_none() {
            return;
        }
        if !known.capabilities.active_directory() || !known.view.knows(&rights) {
            return;
        }
        let routes = writing.routes.iter().filter(|route| route.directory == partition.name).map(|route| &route.parent);
        let mut places: Vec<&Dn> = routes.collect();
        if writing.routes.is_empty() {
            places.extend(resource.bases.iter().filter(|base| base.directory == partition.name).map(|base| &base.dn));
        }
        let attributes: Arc<AttributeSet> = Arc::new([rights].into_iter().collect());
        for parent in places {
            let Ok(class) = "objectClass".parse() else { return };
            let search = Search {
                base: parent.to_string(),
                scope: Scope::Base,
                filter: Filter::Present(class),
                attributes: attributes.clone(),
                size_limit: None,
                dereference: Vec::new(),
            };
            let allowed: BTreeSet<String> = match partition.directory.lookup(&search, deadline).await {
                Ok(Some(entry)) => lowercase(entry.values(0)).collect(),
                _ => {
                    let message = format!("{}: new entries go below {parent}, which doesn't exist", resource.name);
                    findings.push(Diagnostic::error(&codes::BASE_MISSING, message).help("see `routes`"));
                    continue;
                }
            };
            let mut denied = writing.classes.iter().filter(|class| !allowed.contains(&class.to_ascii_lowercase()));
            if let Some(class) = denied.next_back() {
                let message = format!(
                    "{}: the service account may not make entries of class {class} below {parent}",
                    resource.name
                );
                let help = format!(
                    "give it the right to make and delete them, as with dsacls \"{parent}\" /I:T /G \"DOMAIN\\account:CCDC;{class}\" (see \
                     {DOCUMENT})"
                );
                findings.push(Diagnostic::warning(&codes::MAY_NOT_CREATE, message).help(help));
            }
        }
    }
}

/// The first entries that the search finds.
async fn first(partition: &Partition, search: Search, deadline: Instant) -> Result<Vec<Entry>, DirectoryError> {
    let options = StreamOptions { page: SAMPLE, read_ahead: 1, deadline: Some(deadline), ..StreamOptions::default() };
    let mut stream = partition.directory.stream(Arc::new(search), options);
    Ok(stream.next_batch().await?.unwrap_or_default())
}

fn lowercase(values: &[Vec<u8>]) -> impl Iterator<Item = String> {
    values.iter().map(|value| String::from_utf8_lossy(value).to_ascii_lowercase())
}

/// The LDAP attributes that clients write in existing entries; how passwords are set is a right of its own, which no entry shows.
fn written(known: &Known, resource: &Resource) -> BTreeSet<String> {
    let (mut names, schema, writing) = (BTreeSet::new(), &known.view.schema, &resource.writing);
    let mut take = |attribute: &AttributeDescription| {
        let name = attribute.type_name();
        // What comes with an auxiliary class is in no list of an entry that lacks the class, and neither is objectClass itself.
        let comes = !schema.allows(&writing.classes, name) && schema.allows(&writing.auxiliary, name);
        if !comes && schema.attribute(name).is_some_and(|own| !own.definition.no_user_modification) {
            names.insert(name.to_owned());
        }
    };
    let mut scalar = |scalar: &LdapScalar| {
        if matches!(scalar.write, WritePolicy::Always) {
            take(&scalar.attribute);
            scalar.also.iter().for_each(|also| take(&also.attribute));
        }
    };
    let written = resource.schema.attributes().iter().filter(|def| def.attribute.mutability != Mutability::ReadOnly);
    let mut references = Vec::new();
    for def in written {
        let scalars: Vec<&Scalar> = match resource.source(def.id) {
            Source::Scalar(one) => vec![one],
            Source::Complex(subs) => subs.iter().flatten().collect(),
            Source::Slots(slots) => slots.iter().flat_map(|slot| slot.subs.iter().flatten()).collect(),
            Source::References(own) => {
                references.extend(own.iter().filter(|reference| reference.writable).map(|own| &own.attribute));
                continue;
            }
            _ => continue,
        };
        for one in scalars {
            if let Scalar::Ldap(one) = one {
                scalar(one);
            }
        }
    }
    references.into_iter().for_each(&mut take);
    let renaming = resource.writing.naming.as_ref().filter(|naming| naming.on_change == OnChange::Rename);
    renaming.into_iter().for_each(|naming| take(&naming.attribute));
    resource.writing.cas_attribute.iter().for_each(&mut take);
    names
}
