//! Users who are enabled only when they have their password: Active Directory refuses to enable others.

use serde_json::{Map, Value};

use super::assignment::Attributes;
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Stage};
use crate::mapping::atom::Atom;
use crate::mapping::model::{Password, Resource, Scalar, Source, WithoutPassword};
use crate::translate::View;

/// What enables an entry that was added disabled: the attribute, what it holds at first and what afterwards.
pub(super) struct Enabling {
    attribute: AttributeDescription,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Sees that the entry is added disabled, where its directory enables only users that have a password already. Says how it is
/// enabled then; none where it stays disabled.
pub(super) fn disabled_at_first(
    view: &View,
    resource: &Resource,
    image: &Map<String, Value>,
    attributes: &mut Attributes,
) -> Option<Enabling> {
    let without = resource.sources.iter().find_map(|source| match source {
        Source::WriteOnly(Password::UnicodePwd(without)) => Some(*without),
        _ => None,
    })?;
    let Source::Scalar(Scalar::Ldap(active)) = resource.source(super::retire::active(resource)?) else { return None };
    let (_, values) = attributes
        .iter_mut()
        .find(|(attribute, _)| view.schema.same_attribute(attribute.type_name(), active.attribute.type_name()))?;
    let after = values.first()?.clone();
    let before = active.codec.encode_over(&Atom::Bool(false), Some(&after)).ok()?;
    *values = vec![before.clone()];
    let stays = without == WithoutPassword::Disabled && super::password::given(resource, image).is_none();
    (before != after && !stays).then(|| Enabling { attribute: active.attribute.clone(), before, after })
}

impl Enabling {
    /// What enables the entry called `dn`, by a compare-and-swap.
    pub(super) fn stage(&self, dn: String) -> Stage {
        let step = |kind, value: &Vec<u8>| {
            let (attribute, values) = (self.attribute.clone(), vec![value.clone()]);
            Modification { kind, attribute, values }
        };
        let steps = vec![step(ModificationKind::Delete, &self.before), step(ModificationKind::Add, &self.after)];
        Stage::new(EntryChange::modify(dn, steps)).swapping()
    }
}
