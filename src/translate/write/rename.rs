//! What an existing entry may be called after a change, and where it stands then.

use serde_json::{Map, Value};

use super::assignment::Assignment;
use super::subject::{Change, Stored};
use super::{diff, naming};
use crate::ldap::change::Modification;
use crate::ldap::dn::{Dn, DnKey, Rdn};
use crate::ldap::entry::Values;
use crate::ldap::{AttributeDescription, plan::EntryChange};
use crate::mapping::model::Resource;
use crate::mapping::writing::{Naming, OnChange};
use crate::scim::Error;
use crate::translate::View;

/// A value of an RDN with its attribute.
type NamingValue = (AttributeDescription, Vec<u8>);

/// A name that the entry may have afterwards.
pub(super) struct Name {
    pub(super) dn: Dn,
    /// The RDN that it gets, and the entry above where that changes.
    rename: Option<(Rdn, Option<Dn>)>,
    /// The naming attribute with the value that leaves the entry and the one that comes.
    swap: Option<(AttributeDescription, Vec<u8>, Vec<u8>)>,
    /// The values that must stay, as the entry is named by them.
    kept: Vec<NamingValue>,
}

impl Name {
    /// Whether the entry gets it by this change.
    pub(super) fn moves(&self) -> bool {
        self.rename.is_some()
    }

    /// Whether a value of `attribute` comes and one goes with it.
    pub(super) fn swaps(&self, attribute: &AttributeDescription) -> bool {
        self.swap.as_ref().is_some_and(|(own, ..)| own == attribute)
    }

    /// Whether the entry gets another name, or another place.
    pub(super) fn renames(&self) -> bool {
        self.rename.is_some()
    }

    /// What renames the entry called `dn` so.
    pub(super) fn rename(&self, dn: &str) -> Option<EntryChange> {
        let (rdn, superior) = self.rename.as_ref()?;
        Some(EntryChange::rename(dn.to_owned(), rdn.to_string(), superior.as_ref().map(Dn::to_string)))
    }

    /// What the values of `attribute` are once the entry has this name.
    pub(super) fn values_then(&self, view: &View, attribute: &AttributeDescription, mut values: Values) -> Values {
        if let Some((_, old, new)) = self.swap.as_ref().filter(|(own, ..)| own == attribute) {
            let rules = view.rules(attribute);
            values.retain(|value| !diff::same(&rules, value, old) || diff::same(&rules, value, new));
            // A directory leaves the spelling alone that it has already, unless that is what is renamed.
            match values.iter_mut().find(|value| diff::same(&rules, value, new)) {
                Some(value) if diff::same(&rules, old, new) => value.clone_from(new),
                Some(_) => {}
                None => values.push(new.clone()),
            }
        }
        values
    }

    /// Whether `steps` take a value away that names the entry; `before` are the values that the attribute has.
    pub(super) fn loses(
        &self,
        view: &View,
        attribute: &AttributeDescription,
        before: &[Vec<u8>],
        steps: &[Modification],
    ) -> bool {
        let rules = view.rules(attribute);
        let mut kept = self.kept.iter().filter(|(own, _)| same_attribute(view, own, attribute)).peekable();
        if kept.peek().is_none() || steps.is_empty() {
            return false;
        }
        let after = diff::after(&rules, before.to_vec(), steps);
        let has = |values: &[Vec<u8>], named: &[u8]| values.iter().any(|value| diff::same(&rules, value, named));
        kept.any(|(_, named)| has(before, named) && !has(&after, named))
    }
}

fn same_attribute(view: &View, one: &AttributeDescription, other: &AttributeDescription) -> bool {
    one == other || view.schema.same_attribute(one.type_name(), other.type_name())
}

/// The values that `rdn` is made of.
fn avas(rdn: &Rdn) -> Vec<NamingValue> {
    let avas = rdn.avas().iter().filter(|ava| !ava.is_ber());
    avas.filter_map(|ava| Some((ava.attribute().parse().ok()?, ava.value().to_vec()))).collect()
}

/// The names that the entry may get, one after the other; just the one it has where nothing asks for another.
///
/// # Errors
/// 400 `invalidValue` where nothing names it any more.
pub(super) fn names(
    view: &View,
    resource: &Resource,
    stored: &Stored<'_>,
    assignments: &[Assignment],
    change: &Change<'_>,
) -> Result<Vec<Name>, Error> {
    let dn: Dn = stored.entry.dn.parse().map_err(|_| Error::internal("an entry has no name"))?;
    let Some(rdn) = dn.rdn().cloned() else { return Err(Error::internal("an entry has no name")) };
    let superior = change.home.cloned().or_else(|| superior(resource, &dn, change.image));
    let Some((naming, current, values)) = wanted(view, resource, stored, assignments, change, &rdn)? else {
        return Ok(vec![staying(dn, rdn, superior)]);
    };
    let above = superior.clone().or_else(|| dn.parent()).unwrap_or_else(Dn::root);
    let is_naming = |own: &AttributeDescription| same_attribute(view, own, &naming.attribute);
    let names = values.into_iter().map(|value| {
        let new = naming::renamed(&rdn, &naming.attribute, &value, is_naming);
        Name {
            dn: above.child_named(new.clone()),
            kept: avas(&new).into_iter().filter(|(attribute, _)| !is_naming(attribute)).collect(),
            rename: Some((new, superior.clone())),
            swap: Some((naming.attribute.clone(), current.clone(), value)),
        }
    });
    Ok(names.collect())
}

/// The name that the entry has, below `superior` where it moves there.
fn staying(dn: Dn, rdn: Rdn, superior: Option<Dn>) -> Name {
    let kept = avas(&rdn);
    let (dn, rename) = match superior {
        Some(above) => (above.child_named(rdn.clone()), Some((rdn, Some(above)))),
        None => (dn, None),
    };
    Name { dn, rename, swap: None, kept }
}

/// The naming attribute, the value that the entry is named by, and those that it may be named by instead.
type Wanted<'r> = (&'r Naming, Vec<u8>, Values);

/// The naming attribute, its value in the entry's `rdn`, and those that it may have instead; nothing where that one stays.
fn wanted<'r>(
    view: &View,
    resource: &'r Resource,
    stored: &Stored<'_>,
    assignments: &[Assignment],
    change: &Change<'_>,
    rdn: &Rdn,
) -> Result<Option<Wanted<'r>>, Error> {
    let renames = |naming: &&Naming| naming.on_change == OnChange::Rename;
    let Some(naming) = resource.writing.naming.as_ref().filter(renames) else { return Ok(None) };
    let named = avas(rdn).into_iter().find(|(own, _)| same_attribute(view, own, &naming.attribute));
    // Whoever named the entry by something else had a reason; a value can change without its name.
    let Some((_, current)) = named else { return Ok(None) };
    let before = stored.values(&naming.attribute);
    let assigned = assignments.iter().find(|assignment| assignment.attribute == naming.attribute);
    let values = if naming.candidates.is_empty() {
        let Some(assigned) = assigned else { return Ok(None) };
        let same = assigned.values.contains(&current)
            || assigned.is_met(before, |value| assigned.shows(value))
            || (!before.is_empty() && assigned.values == before);
        if same {
            return Ok(None);
        }
        naming::values(resource, naming, change.image, &assigned.values)?
    } else {
        let mut paths = naming.candidates.iter().flat_map(|template| template.paths());
        if !paths.any(|path| change.changed.contains(&path.attr)) {
            return Ok(None);
        }
        // What the templates need isn't there now and needn't have been when the entry was named.
        let Ok(values) = naming::values(resource, naming, change.image, before) else { return Ok(None) };
        values
    };
    Ok((!values.contains(&current)).then_some((naming, current, values)))
}

/// The entry above that the routes want, where it is another.
fn superior(resource: &Resource, dn: &Dn, image: &Map<String, Value>) -> Option<Dn> {
    if !resource.writing.reroute {
        return None;
    }
    let (parent, key, directory) = naming::parent(resource, image)?;
    let own = dn.key();
    // No directory moves an entry to another.
    let around = resource.bases.iter().filter(|base| own.is_under(&base.key));
    // A domain's tree may stand below another one's by its name alone.
    let reaches = around.max_by_key(|base| base.key.depth()).is_some_and(|base| base.directory == directory);
    (reaches && !stands_right(resource, &own, key)).then(|| parent.clone())
}

/// Whether an entry belongs to the route whose parent is `route`: deeper below it, too, but for where another route leads.
fn stands_right(resource: &Resource, dn: &DnKey, route: &DnKey) -> bool {
    let between = |other: &DnKey| other != route && other.is_under(route) && dn.is_under(other);
    dn.is_under(route) && !resource.writing.routes.iter().any(|other| between(&other.parent_key))
}
