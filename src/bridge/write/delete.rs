//! DELETE.

use std::sync::Arc;

use super::Preconditions;
use super::elsewhere::Elsewhere;
use super::perform::{Job, PATIENCE, Unperformed};
use super::subject::{Question, Subject};
use crate::audit::Action;
use crate::auth::Braking;
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::dn::Rdn;
use crate::ldap::{AttributeSet, Filter, Scope, Search};
use crate::mapping::model::{Reference, ReferenceForm, Source, TypeIndex};
use crate::mapping::writing::{Retired, Retirement};
use crate::translate::errors::WriteKind;
use crate::translate::search;
use crate::translate::write::{self, Referrer};

impl Bridge {
    /// Deletes the resource called `id` (RFC 7644 section 3.6), or retires it as the mapping says.
    ///
    /// # Errors
    /// 404 for an id that names no resource, 412 where a precondition fails, 503 when the directory is away.
    pub async fn delete(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        preconditions: &Preconditions,
    ) -> Result<(), Error> {
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.delete(cx, kind, id, preconditions)).await;
        }
        self.admit_write(cx, kind)?;
        let resource = &self.mapping.resources[kind];
        let writing = &resource.writing;
        let if_match = preconditions.if_match.as_deref();
        let disables = matches!(&writing.on_delete, Retirement::Keep(Retired { disable: true, .. }));
        let shown = write::active(resource).filter(|_| disables).into_iter().collect();
        let question = Question { shown, version: if_match.is_some(), ..Question::default() };
        for again in 0..PATIENCE {
            self.stand_back(cx, again).await;
            let subject = self.subject(cx, kind, id, &question).await?;
            subject.check(if_match)?;
            let strips = match &writing.on_delete {
                Retirement::Delete => writing.clean_references,
                Retirement::Keep(retired) => retired.strip_groups,
            };
            let referrers = self.to_be_left(cx, kind, &subject, strips).await?;
            let elsewhere = match &writing.on_delete {
                Retirement::Keep(retired) if !retired.strip_groups => Vec::new(),
                _ => self.referrers_elsewhere(cx, kind, &subject).await?,
            };
            let name = self.retired_name(cx, kind, id, &subject).await?;
            let mut stored = subject.stored();
            stored.swap.iter_mut().for_each(|swap| swap.always = if_match.is_some());
            // Who stays, if only as retired, leaves first, all or nothing. Who is deleted leaves afterwards: were it before, a deletion
            // that fails would have to put the entry back into groups that others see and change meanwhile.
            let (first, then) = match &writing.on_delete {
                Retirement::Keep(_) => (referrers.as_slice(), [].as_slice()),
                Retirement::Delete => ([].as_slice(), referrers.as_slice()),
            };
            let view = &subject.known.view;
            let plan = write::retirement(view, kind, &stored, first, name.as_ref(), if_match.is_some())?;
            if again == 0 {
                self.brake(cx, Braking::Delete)?;
            }
            let job = Job { action: Action::Delete, write: WriteKind::Delete, kind, id: Some(id), made: None };
            match self.perform(cx, &subject.partition, &subject.known, job, plan, None).await {
                Ok(_) => {
                    let (partition, known) = (&subject.partition, &subject.known);
                    for referrer in then {
                        self.leave(cx, (partition, known), job, referrer).await;
                    }
                    for Elsewhere { partition, known, referrer } in &elsewhere {
                        self.leave(cx, (partition, known), job, referrer).await;
                    }
                    return Ok(());
                }
                Err(Unperformed::Stale) => {}
                Err(Unperformed::Failed(error)) => return Err(error),
            }
        }
        Err(super::too_busy())
    }

    /// Takes an entry that is gone out of one that names it. What stands in the way is logged: the client's deletion is done.
    async fn leave(&self, cx: &Context, (partition, known): (&Partition, &Known), job: Job<'_>, referrer: &Referrer) {
        let job = Job { write: WriteKind::Members, ..job };
        for again in 0..3 {
            self.stand_back(cx, again).await;
            let left = self.perform(cx, partition, known, job, write::leaving(referrer), None).await;
            if !matches!(left, Err(Unperformed::Stale)) {
                return;
            }
        }
    }

    /// The entries that name the one that is deleted: by a value of its own, which no directory cleans up and which another may get
    /// later; and by its DN where the mapping says so.
    async fn to_be_left(
        &self,
        cx: &Context,
        kind: TypeIndex,
        subject: &Subject,
        by_name: bool,
    ) -> Result<Vec<Referrer>, Error> {
        let mut referrers = Vec::new();
        for (own, resource) in self.whole_mapping().resources.iter().enumerate() {
            let references = resource.sources.iter().flat_map(|source| match source {
                Source::References(references) => references.as_slice(),
                _ => &[],
            });
            for reference in references.filter(|reference| reference.targets.contains(&kind) && reference.writable) {
                if !by_name && !matches!(reference.form, ReferenceForm::Key(_)) {
                    continue;
                }
                self.to_be_left_of(cx, own, reference, subject, &mut referrers).await?;
            }
        }
        Ok(referrers)
    }

    async fn to_be_left_of(
        &self,
        cx: &Context,
        kind: TypeIndex,
        reference: &Reference,
        subject: &Subject,
        referrers: &mut Vec<Referrer>,
    ) -> Result<(), Error> {
        let (known, partition) = (&subject.known, &subject.partition);
        if !known.view.knows(&reference.attribute) {
            return Ok(());
        }
        let value = match &reference.form {
            ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => subject.entry.dn.clone().into_bytes(),
            ReferenceForm::Key(key) => {
                let place = subject.plan.attributes.position(key.as_str());
                // With several values it isn't told which of them the entry is meant by.
                match place.map(|place| subject.entry.values(place)) {
                    Some([value]) => value.clone(),
                    _ => return Ok(()),
                }
            }
            ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => return Ok(()),
        };
        // No directory finds a name by itself behind which an identifier stands: all of them are looked at.
        let marked = reference.form == ReferenceForm::NameAndOptionalUid;
        let filter = match marked {
            true => Filter::Present(reference.attribute.clone()),
            false => Filter::Equality(reference.attribute.clone(), value.clone()),
        };
        let read: AttributeSet = Some(reference.attribute.clone()).filter(|_| marked).into_iter().collect();
        let read = Arc::new(read);
        for (base, _) in self.whole_places(kind).filter(|(base, _)| base.directory == partition.name) {
            let resource = &self.whole_mapping().resources[kind];
            let Some(search) = search::below(resource, base, filter.clone(), read.clone()) else { continue };
            for entry in partition.directory.search_pinned(&search, cx.deadline).await? {
                let values = match marked {
                    true => write::spellings(entry.values(0), &value),
                    false => vec![value.clone()],
                };
                referrers.extend(values.into_iter().map(|value| Referrer {
                    dn: entry.dn.clone(),
                    attribute: reference.attribute.clone(),
                    value,
                    placeholder: reference.placeholder_value.clone(),
                }));
            }
        }
        Ok(())
    }

    /// A name that nobody has where retired entries go.
    async fn retired_name(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        subject: &Subject,
    ) -> Result<Option<Rdn>, Error> {
        let resource = &self.mapping.resources[kind];
        for (rdn, dn) in write::retired_names(resource, &subject.entry.dn, id) {
            let Ok(class) = "objectClass".parse() else { return Ok(None) };
            let search = Search {
                base: dn.to_string(),
                scope: Scope::Base,
                filter: Filter::Present(class),
                attributes: Arc::new(AttributeSet::new()),
                size_limit: None,
                dereference: Vec::new(),
            };
            if subject.partition.directory.lookup_pinned(&search, cx.deadline).await?.is_none() {
                return Ok(Some(rdn));
            }
        }
        Ok(None)
    }
}
