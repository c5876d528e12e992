//! No write leads out of what a client is confined to, or into it: what an entry would be like afterwards must be inside.

use crate::bridge::error::Error;
use crate::bridge::partition::Known;
use crate::bridge::service::Bridge;
use crate::ldap::change::Change;
use crate::ldap::plan::{Operation, WritePlan};
use crate::ldap::{AttributeDescription, AttributeSet, DnKey, Entry};
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::translate::write;

impl Bridge {
    /// Refuses `plan`, about an entry in `directory`, if what it makes of that isn't what the client is confined to. `before` is the
    /// entry as it was read, and its values' attributes; nothing for one that is to be made.
    ///
    /// # Errors
    /// 403.
    pub(super) fn refuse_to_leave(
        &self,
        kind: TypeIndex,
        (directory, known): (&str, &Known),
        before: Option<(&Entry, &AttributeSet)>,
        plan: &WritePlan,
    ) -> Result<(), Error> {
        if self.whole.is_none() {
            return Ok(());
        }
        let resource = &self.mapping.resources[kind];
        let own: AttributeSet = resource.only.iter().flat_map(|only| only.attributes()).cloned().collect();
        let attributes = before.map_or(&own, |(_, attributes)| attributes);
        for stages in plan.candidates() {
            let operations = stages.iter().map(|stage| &stage.operation);
            let after = after(before.map(|(entry, _)| entry), attributes, operations);
            let stands = DnKey::of(&after.dn).is_ok_and(|key| resource.confines(directory, &key));
            let values = |attribute: &AttributeDescription| {
                Some(attributes.position(attribute.as_str()).map_or(&[][..], |place| after.values(place)))
            };
            let is_inside =
                resource.only.as_ref().is_none_or(|only| only.evaluate(values, &known.view.schema) == Some(true));
            if !stands || !is_inside {
                return Err(scim::Error::forbidden("the resource would not be one that this client may have").into());
            }
        }
        Ok(())
    }
}

/// The entry after those of `operations` that are about it.
fn after<'o>(
    before: Option<&Entry>,
    attributes: &AttributeSet,
    operations: impl Iterator<Item = &'o Operation>,
) -> Entry {
    let mut entry = before.cloned().unwrap_or_default();
    entry.attributes.resize_with(attributes.len(), Vec::new);
    let mut is_made = before.is_some();
    for operation in operations {
        let Some(change) = operation.change() else { continue };
        let is_own = if is_made { change.dn == entry.dn } else { matches!(change.change, Change::Add(_)) };
        if is_own {
            is_made = true;
            entry = write::simulated(entry, attributes, std::slice::from_ref(operation));
        }
    }
    entry
}
