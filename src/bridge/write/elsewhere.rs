//! Entries of other directories that name the one that is written: no server keeps those in step. Active Directory does within
//! a forest, by itself.

use std::sync::Arc;

use super::perform::{Job, Unperformed};
use super::subject::Subject;
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::plan::WritePlan;
use crate::ldap::{AttributeSet, Filter};
use crate::mapping::model::{Reference, ReferenceForm, Source, TypeIndex};
use crate::translate::errors::WriteKind;
use crate::translate::search;
use crate::translate::write::{self, KeyChange, Referrer};

/// An entry that names another one, and where it is.
pub(super) struct Elsewhere {
    pub(super) partition: Arc<Partition>,
    pub(super) known: Arc<Known>,
    pub(super) referrer: Referrer,
}

impl Bridge {
    /// The entries of other directories than the subject's that name it, a resource of `kind`, by its DN.
    ///
    /// # Errors
    /// 503 when one of these directories is away.
    pub(super) async fn referrers_elsewhere(
        &self,
        cx: &Context,
        kind: TypeIndex,
        subject: &Subject,
    ) -> Result<Vec<Elsewhere>, Error> {
        let mut found = Vec::new();
        for own in (0..self.mapping.resources.len()).filter(|own| self.whole_mapping().is_named_elsewhere(kind, *own)) {
            for reference in naming_by_dn(&self.whole_mapping().resources[own].sources, kind) {
                self.naming_elsewhere(cx, own, reference, subject, &mut found).await?;
            }
        }
        Ok(found)
    }

    async fn naming_elsewhere(
        &self,
        cx: &Context,
        kind: TypeIndex,
        reference: &Reference,
        subject: &Subject,
        found: &mut Vec<Elsewhere>,
    ) -> Result<(), Error> {
        let value = subject.entry.dn.clone().into_bytes();
        for (base, partition) in self.whole_places(kind).filter(|(base, _)| base.directory != subject.partition.name) {
            let known = partition.known()?;
            if !known.view.knows(&reference.attribute) || known.capabilities.active_directory() {
                continue;
            }
            let by_value = Filter::Equality(reference.attribute.clone(), value.clone());
            let none = Arc::new(AttributeSet::new());
            let Some(search) = search::below(&self.whole_mapping().resources[kind], base, by_value, none) else {
                continue;
            };
            for entry in partition.directory.search_pinned(&search, cx.deadline).await? {
                let (attribute, placeholder) = (reference.attribute.clone(), reference.placeholder_value.clone());
                let referrer = Referrer { dn: entry.dn, attribute, value: value.clone(), placeholder };
                found.push(Elsewhere { partition: partition.clone(), known: known.clone(), referrer });
            }
        }
        Ok(())
    }

    /// Lets those of other directories follow who named the subject before it was called `dn`. The client's change is done:
    /// what stands in the way is logged.
    pub(super) async fn followed_elsewhere(&self, cx: &Context, job: Job<'_>, subject: &Subject, dn: &str) {
        let found = match self.referrers_elsewhere(cx, job.kind, subject).await {
            Ok(found) => found,
            Err(error) => {
                return tracing::error!(dn, %error, "who names a renamed entry in other directories isn't known");
            }
        };
        for Elsewhere { partition, known, referrer } in found {
            let Referrer { dn: own, attribute, value, .. } = referrer;
            let change = KeyChange { key: attribute.clone(), old: value, new: dn.as_bytes().to_vec() };
            let plan = || WritePlan::new([write::follow(&own, &attribute, &change)]);
            let job = Job { write: WriteKind::Members, ..job };
            for again in 0..3 {
                self.stand_back(cx, again).await;
                match self.perform(cx, &partition, &known, job, plan(), None).await {
                    Err(Unperformed::Stale) => {}
                    _ => break,
                }
            }
        }
    }
}

/// The references among `sources` that may name entries of type `kind` by their DN.
fn naming_by_dn(sources: &[Source], kind: TypeIndex) -> impl Iterator<Item = &Reference> {
    let references = sources.iter().flat_map(|source| match source {
        Source::References(references) => references.as_slice(),
        _ => &[],
    });
    references.filter(move |reference| {
        let by_dn = matches!(reference.form, ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid);
        by_dn && reference.writable && reference.targets.contains(&kind)
    })
}
