//! PUT and PATCH.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::perform::{Job, PATIENCE, Unperformed};
use super::subject::{Question, Subject};
use super::{Preconditions, Written};
use crate::audit::Action;
use crate::auth::Braking;
use crate::bridge::context::{Context, PatchAnswer, Selection};
use crate::bridge::error::Error;
use crate::bridge::service::Bridge;
use crate::ldap::dn::Dn;
use crate::ldap::plan::WritePlan;
use crate::mapping::model::{Resource, Source, TypeIndex};
use crate::mapping::writing::PutOmitted;
use crate::scim;
use crate::scim::input::{self, Image, Mode};
use crate::scim::patch::{self, Operation};
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef};
use crate::scim::schema::{Mutability, Returned};
use crate::translate::errors::WriteKind;
use crate::translate::write::{self, Change, Lists};

/// What a client asks for, before the resource is looked at.
pub(super) struct Wish {
    /// What it takes to know of the resource.
    pub(super) question: Question,
    /// What becomes of lists of references.
    lists: Vec<(AttrId, Lists)>,
    what: What,
    /// Whether nothing but members changes.
    members_only: bool,
}

enum What {
    /// The whole resource.
    Replace(Image),
    /// These operations, on other attributes than the lists.
    Patch(Vec<Operation>),
}

/// What a resource is to become.
struct Outcome {
    image: Map<String, Value>,
    changed: Vec<AttrId>,
}

impl Bridge {
    /// Replaces the resource called `id` by `body` (RFC 7644 section 3.5.1).
    ///
    /// # Errors
    /// As [`Bridge::create`]; 404 for an id that names no resource, 412 where a precondition fails.
    pub async fn replace(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        body: &Map<String, Value>,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.replace(cx, kind, id, body, selection, preconditions)).await;
        }
        self.admit_write(cx, kind)?;
        self.admit_values(scim::json::listed_in(body))?;
        let resource = &self.mapping.resources[kind];
        let image = input::resource(&resource.schema, body, Mode::Replace, cx.dialect)?;
        let wish = self.replacing(kind, image, preconditions.if_match.is_some());
        self.change(cx, kind, id, wish, selection, preconditions).await
    }

    /// What it takes to make a resource what `image` says.
    pub(super) fn replacing(&self, kind: TypeIndex, image: Image, version: bool) -> Wish {
        let resource = &self.mapping.resources[kind];
        let lists =
            resource.schema.attributes().iter().filter(|def| write::is_list(resource, def.id) && is_writable(def));
        let lists = lists.filter_map(|def| {
            let given = resource.schema.value(def.id, &image.resource).map(write::ids_named);
            let cleared = image.cleared.contains(&AttrPath::whole(def.id));
            let omitted = given.is_none() && !cleared;
            if omitted && (resource.writing.put_omitted == PutOmitted::Keep || !is_readable(def)) {
                return None;
            }
            let ids = given.unwrap_or_default().into_iter().map(str::to_owned).collect();
            Some((def.id, Lists { replace: Some(ids), whole: true, ..Lists::default() }))
        });
        let lists: Vec<_> = lists.collect();
        let shown = resource.schema.attributes().iter().filter(|def| {
            let stored =
                !matches!(resource.source(def.id), Source::Builtin(_) | Source::Backreference(_) | Source::Unmapped);
            stored && !write::is_list(resource, def.id) && is_writable(def)
        });
        let question = Question {
            shown: shown.map(|def| def.id).collect(),
            lists: lists.iter().map(|(attr, _)| *attr).collect(),
            version,
        };
        Wish { question, lists, what: What::Replace(image), members_only: false }
    }

    /// Changes the resource called `id` as the PATCH message `body` says (RFC 7644 section 3.5.2).
    ///
    /// # Errors
    /// As [`Bridge::replace`], and those of RFC 7644 section 3.5.2 for paths and targets.
    pub async fn patch(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        body: Value,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.patch(cx, kind, id, body, selection, preconditions)).await;
        }
        self.admit_write(cx, kind)?;
        self.admit_values(scim::json::listed(&body))?;
        let schema = &self.mapping.resources[kind].schema;
        let limits = self.limits.patch;
        let raw = patch::parse(body, &limits, cx.dialect)?;
        let mut operations = patch::resolve(&raw, schema, &limits, cx.dialect)?;
        let mut known = self.places(kind).map(|(_, partition)| partition.known());
        if let Some(first) = known.next() {
            // Any directory that is there will do.
            let known = first.or_else(|error| known.find_map(Result::ok).ok_or(error))?;
            operations = write::writable(&known.view, kind, &raw, operations)?;
        }
        let wish = self.wish(kind, operations, preconditions.if_match.is_some());
        self.change(cx, kind, id, wish, selection, preconditions).await
    }

    /// What `operations` ask for. Lists of references are taken apart from the rest where their values needn't be known.
    fn wish(&self, kind: TypeIndex, operations: Vec<Operation>, version: bool) -> Wish {
        let resource = &self.mapping.resources[kind];
        let (lists, rest) = write::take_lists(resource, operations);
        let mut shown = patch::attributes(&rest);
        let members_only = rest.is_empty() && !lists.is_empty();
        if !members_only {
            shown.extend(write::needed(resource));
            shown.sort_unstable();
            shown.dedup();
        }
        let seen =
            |(attr, list): &&(AttrId, Lists)| list.replace.is_some() || resource.source(*attr).names_are_marked();
        let replaced = lists.iter().filter(seen).map(|(attr, _)| *attr).collect();
        let question = Question { shown, lists: replaced, version };
        Wish { question, lists, what: What::Patch(rest), members_only }
    }

    async fn change(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        wish: Wish,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        for again in 0..PATIENCE {
            self.stand_back(cx, again).await;
            match self.attempt(cx, kind, id, (&wish, again == 0), selection, preconditions).await {
                Ok(written) => return Ok(written),
                Err(Unperformed::Stale) => {}
                Err(Unperformed::Failed(error)) => return Err(error),
            }
        }
        Err(super::too_busy())
    }

    async fn attempt(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        (wish, first): (&Wish, bool),
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Unperformed> {
        let mut subject = self.subject(cx, kind, id, &wish.question).await?;
        subject.check(preconditions.if_match.as_deref())?;
        let always = preconditions.if_match.is_some();
        let plan = self.planned(cx, kind, &mut subject, (wish, first), always, None).await?;
        let write = if wish.members_only { WriteKind::Members } else { WriteKind::Change };
        let job = Job { action: wish.action(), write, kind, id: Some(id), made: None };
        self.settle(cx, job, &subject, wish, plan, selection).await
    }

    /// How the subject becomes what is wished for; nothing where it is so already. It is guarded where it depends on what was
    /// read, or `always`; the `first` time it is counted what the client disables. `home` is where the entry goes, if it comes back from where retired ones are.
    pub(super) async fn planned(
        &self,
        cx: &Context,
        kind: TypeIndex,
        subject: &mut Subject,
        (wish, first): (&Wish, bool),
        always: bool,
        home: Option<&Dn>,
    ) -> Result<Option<WritePlan>, Error> {
        let resource = &self.mapping.resources[kind];
        let outcome = wish.outcome(resource, subject)?;
        let (lists, named) = write::with_changed(resource, &wish.lists, &outcome.changed, &outcome.image);
        let referents = self.referents(cx, kind, &named).await?;
        self.see_lists(cx, kind, &lists, subject).await?;
        let changed = outcome.changed.iter().copied();
        self.check_unique(cx, kind, &outcome.image, changed, Some(&subject.entry.dn)).await?;
        self.refuse_to_move_away(kind, subject, &outcome)?;
        let mut stored = subject.stored();
        stored.swap.iter_mut().for_each(|swap| swap.always = always);
        let (image, changed) = (&outcome.image, outcome.changed.as_slice());
        let change = Change { image, changed, lists: &lists, referents: &referents, home };
        let Some(mut plan) = write::change(&subject.known.view, kind, &stored, &change)? else { return Ok(None) };
        if let (true, Some(guard)) = (always, &stored.guard) {
            plan = plan.guarded(&guard.unchanged(&subject.entry.dn));
        }
        let place = (subject.partition.name.as_str(), &*subject.known);
        self.refuse_to_leave(kind, place, Some((&subject.entry, &subject.plan.attributes)), &plan)?;
        if first && self.disables(kind, subject, &outcome)? {
            self.brake(cx, Braking::Disable)?;
        }
        if wish.members_only {
            return Ok(Some(plan));
        }
        self.followed(cx, kind, subject, &stored, plan).await.map(Some)
    }

    /// Carries the plan out and answers.
    pub(super) async fn settle(
        &self,
        cx: &Context,
        job: Job<'_>,
        subject: &Subject,
        wish: &Wish,
        plan: Option<WritePlan>,
        selection: &Selection,
    ) -> Result<Written, Unperformed> {
        let Subject { partition, known, entry, .. } = subject;
        let quiet = wish.is_quiet(cx, selection);
        let shown = match quiet {
            true => version_plan(known, job.kind),
            false => self.answering(known, job.kind, selection, &wish.named(&self.mapping.resources[job.kind]))?,
        };
        let mut dn = entry.dn.clone();
        let mut after = None;
        let nothing_to_do = plan.is_none();
        if let Some(plan) = plan {
            let applied = self.perform(cx, partition, known, job, plan, Some(shown.attributes.clone())).await?;
            let changes: Vec<_> = applied.operations.iter().filter_map(|operation| operation.change()).collect();
            for change in changes.iter().filter(|change| change.dn == entry.dn) {
                dn = change.dn_after().unwrap_or(dn);
            }
            if !cx.dry_run && dn != entry.dn {
                self.followed_elsewhere(cx, job, subject, &dn).await;
            }
            // What was read after the last operation may be another entry, that followed this one.
            let own = changes.last().and_then(|change| change.dn_after()).is_some_and(|last| last == dn);
            after = match cx.dry_run {
                true => Some(self.foreseen(cx, partition, &shown, &entry.dn, &applied).await?),
                false => applied.entry.filter(|_| own),
            };
        } else if !cx.dry_run {
            // What is as it should be may be so by a write that wasn't acknowledged.
            partition.directory.acknowledged(&dn, cx.deadline).await.map_err(Error::from)?;
        }
        let after = match after {
            Some(entry) => entry,
            // By its id: others may have renamed it since, and given its name to another one.
            None => match self.found_again(cx, subject, &shown).await? {
                Some(entry) => entry,
                None if nothing_to_do => return Err(Unperformed::Stale),
                // What was done isn't done again on a condition that it has changed itself.
                None => return Err(Error::from(scim::Error::not_found()).into()),
            },
        };
        let shown = self.represented(cx, partition, known, &shown, &dn, Some(after)).await?;
        Ok(if quiet { Written::NoContent { etag: shown.etag } } else { Written::Changed(shown) })
    }

    /// Refuses what would have the resource stand in another directory than before: no server moves an entry to another one, and
    /// an entry that was made anew there would be another resource.
    fn refuse_to_move_away(&self, kind: TypeIndex, subject: &Subject, outcome: &Outcome) -> Result<(), Error> {
        let resource = &self.mapping.resources[kind];
        if !resource.writing.reroute || resource.bases.iter().all(|base| base.directory == subject.partition.name) {
            return Ok(());
        }
        let directory = |image| write::parent(resource, image).map(|(_, _, directory)| directory);
        let (before, after) = (subject.resource()?, &outcome.image);
        match directory(after) {
            Some(after) if after != subject.partition.name && directory(&before) != Some(after) => {
                let detail = "this change would move the resource to another directory, which none can do: delete it and create it anew";
                Err(scim::Error::not_implemented(detail).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether somebody who is active isn't afterwards.
    fn disables(&self, kind: TypeIndex, subject: &Subject, outcome: &Outcome) -> Result<bool, Error> {
        let resource = &self.mapping.resources[kind];
        let Some(attr) = write::active(resource).filter(|attr| outcome.changed.contains(attr)) else {
            return Ok(false);
        };
        let inactive = |image| resource.schema.value(attr, image) == Some(&Value::Bool(false));
        Ok(inactive(&outcome.image) && !inactive(&subject.resource()?))
    }

    /// Learns which stored values of lists that are replaced are part of the resource.
    async fn see_lists(
        &self,
        cx: &Context,
        kind: TypeIndex,
        lists: &[(AttrId, Lists)],
        subject: &mut Subject,
    ) -> Result<(), Error> {
        let replaced = lists.iter().filter(|(_, list)| list.replace.is_some()).map(|(attr, _)| AttrPath::whole(*attr));
        let unseen: Vec<AttrPath> = replaced.filter(|path| !subject.plan.shows(path.attr)).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let Subject { partition, known, entry, plan, .. } = &*subject;
        let resolving = known.writing((*plan.attributes).clone(), kind, &unseen);
        self.read_no_older_for(&resolving);
        let targets = self.resolve(cx, partition, known, &resolving, std::slice::from_ref(entry), None).await?;
        subject.targets.extend(targets);
        Ok(())
    }
}

impl Wish {
    /// The attributes that the client gave, lists of references apart.
    fn named(&self, resource: &Resource) -> Vec<AttrId> {
        match &self.what {
            What::Patch(operations) => patch::attributes(operations),
            What::Replace(wanted) => given(resource, &wanted.resource),
        }
    }

    /// Whether the answer is without the resource (decisions 18).
    fn is_quiet(&self, cx: &Context, selection: &Selection) -> bool {
        match (&self.what, cx.patch_answer) {
            (What::Replace(_), _) | (_, PatchAnswer::Resource) => false,
            (_, PatchAnswer::Nothing) => selection.attributes.is_empty(),
            (_, PatchAnswer::Auto) => self.members_only && *selection == Selection::default(),
        }
    }

    fn action(&self) -> Action {
        match self.what {
            What::Replace(_) => Action::Replace,
            What::Patch(_) => Action::Patch,
        }
    }

    fn outcome(&self, resource: &Resource, subject: &Subject) -> Result<Outcome, Error> {
        let before = subject.resource()?;
        match &self.what {
            What::Patch(operations) => {
                let mut image = before;
                let changed = patch::apply(operations, &resource.schema, &mut image)?;
                Ok(Outcome { image, changed: changed.attributes })
            }
            What::Replace(wanted) => replaced(resource, &self.question.shown, before, wanted),
        }
    }
}

/// What a resource becomes by PUT: omitted attributes go, unless the client can't have read them (decisions 7).
fn replaced(
    resource: &Resource,
    shown: &[AttrId],
    before: Map<String, Value>,
    wanted: &Image,
) -> Result<Outcome, Error> {
    let schema = &resource.schema;
    input::immutable(schema, &before, &wanted.resource)?;
    let mut image = wanted.resource.clone();
    let mut changed = Vec::new();
    for attr in shown {
        let Some(def) = schema.get(*attr) else { continue };
        let given = schema.value(*attr, &wanted.resource).is_some();
        let cleared = wanted.cleared.iter().any(|path| path.attr == *attr);
        let keeps = !is_readable(def)
            || def.attribute.mutability == Mutability::Immutable
            || resource.writing.put_omitted == PutOmitted::Keep;
        if given || cleared || !keeps {
            changed.push(*attr);
        } else if let Some(value) = schema.value(*attr, &before) {
            input::place(schema, &mut image, *attr, Some(value.clone()));
        }
    }
    Ok(Outcome { image, changed })
}

/// The attributes that have a value in `image`.
pub(super) fn given(resource: &Resource, image: &Map<String, Value>) -> Vec<AttrId> {
    let all = resource.schema.attributes().iter().map(|def| def.id);
    all.filter(|attr| resource.schema.value(*attr, image).is_some()).collect()
}

fn is_writable(def: &AttributeDef) -> bool {
    def.attribute.mutability != Mutability::ReadOnly
}

/// Whether a client that read the resource saw the attribute.
fn is_readable(def: &AttributeDef) -> bool {
    matches!(def.attribute.returned, Returned::Always | Returned::Default) && !def.attribute.is_hidden()
}

/// What is read to know the version alone.
fn version_plan(known: &crate::bridge::partition::Known, kind: TypeIndex) -> Arc<crate::translate::read::ReadPlan> {
    let path = known.view.resource(kind).schema.resolve(&"meta.version".into());
    let paths: Vec<AttrPath> = path.into_iter().collect();
    Arc::new(known.writing(crate::ldap::AttributeSet::new(), kind, &paths))
}
