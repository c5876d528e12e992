//! Entries that name another by a value of its own (memberUid) follow when that changes: no directory does it for them.

use std::sync::Arc;

use super::subject::Subject;
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::service::Bridge;
use crate::ldap::plan::{Stage, WritePlan};
use crate::ldap::{AttributeDescription, AttributeSet, Filter};
use crate::mapping::model::{ReferenceForm, TypeIndex};
use crate::translate::search;
use crate::translate::write::{self, KeyChange, Stored};

/// An entry that names the one that is changed.
struct Follower {
    dn: String,
    attribute: AttributeDescription,
    /// The attribute of the changed entry whose value it has, and the value.
    key: AttributeDescription,
    old: Vec<u8>,
}

impl Bridge {
    /// `plan` for the resource of `kind` with what lets those follow who name it by a value that changes.
    pub(super) async fn followed(
        &self,
        cx: &Context,
        kind: TypeIndex,
        subject: &Subject,
        stored: &Stored<'_>,
        plan: WritePlan,
    ) -> Result<WritePlan, Error> {
        let view = &subject.known.view;
        let of = |stages: &[Stage]| write::key_changes(view, kind, stored, stages);
        let changes: Vec<KeyChange> = plan.candidates().flat_map(of).collect();
        let mut followers: Vec<Follower> = Vec::new();
        for change in changes {
            if !followers.iter().any(|known| known.key == change.key && known.old == change.old) {
                followers.extend(self.followers(cx, kind, subject, &change).await?);
            }
        }
        if followers.is_empty() {
            return Ok(plan);
        }
        Ok(plan.and_then(|stages| {
            let changes = of(stages);
            let follow = |follower: &Follower| {
                let change = changes.iter().find(|change| change.key == follower.key && change.old == follower.old)?;
                Some(write::follow(&follower.dn, &follower.attribute, change))
            };
            followers.iter().filter_map(follow).collect()
        }))
    }

    async fn followers(
        &self,
        cx: &Context,
        kind: TypeIndex,
        subject: &Subject,
        change: &KeyChange,
    ) -> Result<Vec<Follower>, Error> {
        let mut followers = Vec::new();
        for (own, reference) in write::by_key(&subject.known.view, kind) {
            if !matches!(&reference.form, ReferenceForm::Key(key) if *key == change.key) {
                continue;
            }
            let resource = &self.whole_mapping().resources[own];
            for base in resource.bases.iter().filter(|base| base.directory == subject.partition.name) {
                let by_value = Filter::Equality(reference.attribute.clone(), change.old.clone());
                let none = Arc::new(AttributeSet::new());
                let Some(search) = search::below(resource, base, by_value, none) else { continue };
                let found = subject.partition.directory.search_pinned(&search, cx.deadline).await?;
                followers.extend(found.into_iter().map(|entry| Follower {
                    dn: entry.dn,
                    attribute: reference.attribute.clone(),
                    key: change.key.clone(),
                    old: change.old.clone(),
                }));
            }
        }
        Ok(followers)
    }
}
