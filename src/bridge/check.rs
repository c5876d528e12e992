//! `check`, the live half: what the directory can do, and what of the mapping it can't.

mod rights;

use std::sync::Arc;
use std::time::Instant;

use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::diagnostics::{Diagnostic, Report};
use crate::directory::{Error as DirectoryError, Vendor};
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Search};
use crate::mapping::model::{Base, Resource, Source, TypeIndex};
use crate::translate::search;

/// What a live check finds.
mod codes {
    crate::diagnostic_codes! {
        BASE_MISSING = "L001", "base missing", "A resource type's base doesn't exist, or the service account may not see it.";
        NO_ENTRIES = "L002", "no entries", "No entry below the base satisfies the type's filter: lists will be empty.";
        NO_ID = "L003", "id not readable", "Entries can't be shown without what their id is made of.";
        NEVER_SEEN = "L004", "attribute never seen", "None of the entries looked at has a value: it may be unused, or the service \
            account may lack the right to read it. A denied attribute makes filters on it miss resources.";
        NOT_KEPT = "L005", "back-reference not kept", "The schema knows the attribute, but a group's member doesn't carry it: the \
            overlay that keeps it isn't configured for this database. Set `memberof = false` for the kind.";
        NO_SCHEMA = "L006", "schema not readable", "The server doesn't show its subschema: the standard one is assumed.";
        NO_STAMP = "L007", "no change stamp", "The directory doesn't say how far it has moved (OpenLDAP: overlay syncprov): every first \
            page makes a new snapshot, and names aren't remembered.";
        NO_PAGING = "L008", "no paged results", "Lists need the paged results control (RFC 2696).";
        UNINDEXED = "L009", "not indexed", "Filters on the attribute make the directory look at every entry. Add an index.";
        MAY_NOT_WRITE = "L021", "no right to write", "The directory says which attributes of an entry the service account may write. Changes of \
            the others are refused with 403.";
        MAY_NOT_CREATE = "L022", "no right to create", "The directory says of which classes the service account may make entries below \
            another. Whoever may make them needs the right to delete them, too.";
        UNDECIDABLE = "L023", "client confined to what can't be decided", "What a client's `only` says must be decided by the directory alone, \
            by a filter: that takes an attribute that the directory has, with a matching rule of its own. Requests of such a client are refused.";
        CONFIG_HIDDEN = "L010", "indexes unknown", "The service account can't read cn=config: which indexes are missing isn't known.";
    }
}

/// How many entries of each type are looked at.
const SAMPLE: u32 = 50;

/// What is said of a client whose `only` the directory can't decide.
pub static UNDECIDABLE: &crate::diagnostics::Code = &codes::UNDECIDABLE;

/// Every code of this family.
pub fn codes() -> &'static [&'static crate::diagnostics::Code] {
    codes::ALL
}

impl Bridge {
    /// Looks at the entries that the mapping is over: whether bases exist, ids can be read, attributes have values, what
    /// the directory keeps is kept, and indexes are there. Reads only; a directory that isn't connected is passed over.
    pub async fn check(&self, deadline: Instant) -> Report {
        let mut findings = Report::new();
        for partition in self.partitions.values() {
            if let Ok(known) = partition.known() {
                self.check_partition(partition, &known, deadline, &mut findings).await;
            }
        }
        findings.sorted()
    }

    fn bases_in<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = (TypeIndex, &'a Base)> {
        self.mapping.resources.iter().enumerate().flat_map(move |(kind, resource)| {
            resource.bases.iter().filter(move |base| base.directory == directory).map(move |base| (kind, base))
        })
    }

    async fn check_partition(&self, partition: &Partition, known: &Known, deadline: Instant, findings: &mut Report) {
        if !known.capabilities.subschema_read {
            findings.push(Diagnostic::warning(&codes::NO_SCHEMA, "the server shows no subschema"));
        }
        if !known.capabilities.paged() {
            findings.push(Diagnostic::error(&codes::NO_PAGING, "the server doesn't offer paged results"));
        }
        let bases: Vec<(TypeIndex, &Base)> = self.bases_in(&partition.name).collect();
        for (kind, base) in bases {
            self.check_base(partition, known, kind, base, deadline, findings).await;
            self.check_rights((partition, known), kind, base, deadline, findings).await;
        }
        for kind in 0..self.mapping.resources.len() {
            self.check_places((partition, known), kind, deadline, findings).await;
        }
        if let Some((_, base)) = self.bases_in(&partition.name).next()
            && matches!(partition.directory.stamp(&base.dn.to_string(), deadline).await, Ok(None))
        {
            findings.push(Diagnostic::note(&codes::NO_STAMP, format!("there is no contextCSN above {}", base.dn)));
        }
        self.check_indexes(partition, known, deadline, findings).await;
    }

    async fn check_base(
        &self,
        partition: &Partition,
        known: &Known,
        kind: TypeIndex,
        base: &Base,
        deadline: Instant,
        findings: &mut Report,
    ) {
        let resource = &self.mapping.resources[kind];
        let mapped = mapped_attributes(kind, known);
        let set: Arc<AttributeSet> = Arc::new(mapped.iter().cloned().collect());
        let Some(search) = search::below(resource, base, Filter::True, set.clone()) else { return };
        let entries = match sample(partition, search, deadline).await {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("{}: the base {} can't be searched: {error}", resource.name, base.dn);
                findings.push(Diagnostic::error(&codes::BASE_MISSING, message));
                return;
            }
        };
        if entries.is_empty() {
            let message = format!("{}: nothing below {} satisfies {}", resource.name, base.dn, resource.filter);
            findings.push(Diagnostic::warning(&codes::NO_ENTRIES, message));
            return;
        }
        let id = set.position(resource.id.attribute.as_str()).unwrap_or_default();
        if entries.iter().any(|entry| entry.values(id).is_empty()) {
            let message = format!("{}: some entries show no {}", resource.name, resource.id.attribute);
            let help = "give the service account the right to read it";
            findings.push(Diagnostic::error(&codes::NO_ID, message).help(help));
        }
        let unseen: Vec<&str> = mapped
            .iter()
            .filter(|attribute| known.view.knows(attribute))
            .filter(|attribute| {
                let place = set.position(attribute.as_str()).unwrap_or_default();
                entries.iter().all(|entry| entry.values(place).is_empty())
            })
            .map(AttributeDescription::as_str)
            .collect();
        if !unseen.is_empty() {
            let message =
                format!("{}: none of the first {} entries shows {}", resource.name, entries.len(), unseen.join(", "));
            findings.push(Diagnostic::note(&codes::NEVER_SEEN, message));
        }
        self.check_kept(partition, known, kind, &entries, &set, deadline, findings).await;
    }

    /// Whether a group's member carries the back-reference that the mapping relies on.
    #[allow(clippy::too_many_arguments, reason = "the parts of one check")]
    async fn check_kept(
        &self,
        partition: &Partition,
        known: &Known,
        kind: TypeIndex,
        entries: &[Entry],
        set: &AttributeSet,
        deadline: Instant,
        findings: &mut Report,
    ) {
        let resource = &self.mapping.resources[kind];
        for source in &resource.sources {
            let Source::References(references) = source else { continue };
            for reference in references.iter().filter(|reference| reference.back_reference_kept) {
                let via = reference
                    .targets
                    .iter()
                    .find_map(|target| back_reference_attribute(&self.mapping.resources[*target]));
                let Some(via) = via.filter(|via| known.view.knows(via)) else { continue };
                let Some(place) = set.position(reference.attribute.as_str()) else { continue };
                let member = entries.iter().find_map(|entry| Some((entry, entry.first(place)?)));
                let Some((group, member)) = member else { continue };
                let Ok(member) = std::str::from_utf8(member) else { continue };
                let search = Search {
                    base: member.to_owned(),
                    scope: crate::ldap::Scope::Base,
                    filter: Filter::Equality(via.clone(), group.dn.clone().into_bytes()),
                    attributes: Arc::default(),
                    size_limit: Some(1),
                    dereference: Vec::new(),
                };
                if matches!(partition.directory.search(&search, deadline).await, Ok(found) if found.is_empty()) {
                    let message =
                        format!("{} of {} names {member}, which has no {via} for it", reference.attribute, group.dn);
                    findings.push(Diagnostic::error(&codes::NOT_KEPT, message));
                }
            }
        }
    }

    /// OpenLDAP shows its indexes in cn=config, to those who may read it.
    async fn check_indexes(&self, partition: &Partition, known: &Known, deadline: Instant, findings: &mut Report) {
        if known.capabilities.vendor != Vendor::OpenLdap {
            return;
        }
        let attributes: AttributeSet =
            ["olcSuffix", "olcDbIndex"].iter().filter_map(|name| name.parse().ok()).collect();
        let Ok(class) = "olcSuffix".parse::<AttributeDescription>() else { return };
        let search = Search {
            base: "cn=config".into(),
            scope: crate::ldap::Scope::One,
            filter: Filter::Present(class),
            attributes: Arc::new(attributes),
            size_limit: Some(100),
            dereference: Vec::new(),
        };
        match partition.directory.search(&search, deadline).await {
            Ok(databases) if !databases.is_empty() => self.report_indexes(partition, known, &databases, findings),
            _ => findings.push(Diagnostic::note(&codes::CONFIG_HIDDEN, "cn=config can't be read")),
        }
    }

    fn report_indexes(&self, partition: &Partition, known: &Known, databases: &[Entry], findings: &mut Report) {
        let indexed: Vec<String> = databases
            .iter()
            .flat_map(|database| database.values(1))
            .filter_map(|value| std::str::from_utf8(value).ok())
            .flat_map(|line| line.split_whitespace().next().unwrap_or_default().split(','))
            .map(str::to_ascii_lowercase)
            .collect();
        for (kind, _) in self.bases_in(&partition.name) {
            let resource = &self.mapping.resources[kind];
            for attribute in mapped_attributes(kind, known) {
                let rules = known.view.rules(&attribute);
                if rules.equality.is_some() && !indexed.contains(&attribute.type_name().to_ascii_lowercase()) {
                    let message = format!("{}: {attribute} is not indexed", resource.name);
                    findings.push(Diagnostic::note(&codes::UNINDEXED, message));
                }
            }
        }
    }
}

async fn sample(partition: &Partition, search: Search, deadline: Instant) -> Result<Vec<Entry>, DirectoryError> {
    let options =
        crate::directory::StreamOptions { page: SAMPLE, read_ahead: 1, deadline: Some(deadline), ..Default::default() };
    let mut stream = partition.directory.stream(Arc::new(search), options);
    Ok(stream.next_batch().await?.unwrap_or_default())
}

fn back_reference_attribute(resource: &Resource) -> Option<&AttributeDescription> {
    resource.sources.iter().find_map(|source| match source {
        Source::Backreference(back) => back.via.as_ref(),
        _ => None,
    })
}

/// Every LDAP attribute that resources of the type are made of.
fn mapped_attributes(kind: TypeIndex, known: &Known) -> Vec<AttributeDescription> {
    let all: Vec<_> = known.view.resource(kind).schema.paths().collect();
    known.exactly(kind, &all).attributes.iter().cloned().collect()
}
