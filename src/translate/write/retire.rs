//! What DELETE comes down to (RFC 7644 section 3.6).

use super::assignment::Assignment;
use super::encode::is_writable;
use super::guard::{if_same, if_unchanged};
use super::subject::Stored;
use super::{classes, diff};
use crate::ldap::dn::{Ava, Dn, Rdn};
use crate::ldap::plan::{EntryChange, Stage, Tolerance, Undo, WritePlan};
use crate::ldap::{AttributeDescription, AttributeSet, change::Modification, change::ModificationKind};
use crate::mapping::atom::Atom;
use crate::mapping::model::{LdapScalar, Resource, Scalar, Source, TypeIndex};
use crate::mapping::writing::{Retired, Retirement};
use crate::scim::Error;
use crate::scim::resource_schema::AttrId;
use crate::translate::View;

/// An entry that names the one that is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// Its DN.
    pub dn: String,
    /// The attribute in which it does.
    pub attribute: AttributeDescription,
    /// The value.
    pub value: Vec<u8>,
    /// What takes the last value's place where the entry's class wants one.
    pub placeholder: Option<Vec<u8>>,
}

/// How an entry is deleted, or retired as the mapping says; it leaves `referrers` first. `name` is the
/// RDN that it has from then on, where it moves. `conditional` is what must be done to the entry as it was read or not at all.
///
/// # Errors
/// 403 where the mapping can't carry out what it says.
pub fn retirement(
    view: &View,
    kind: TypeIndex,
    stored: &Stored<'_>,
    referrers: &[Referrer],
    name: Option<&Rdn>,
    conditional: bool,
) -> Result<WritePlan, Error> {
    let resource = view.resource(kind);
    let mut stages: Vec<Stage> = referrers.iter().map(leave).collect();
    let entry = &stored.entry.dn;
    match &resource.writing.on_delete {
        Retirement::Delete => {
            if let Some(swap) = stored.swap.as_ref().filter(|swap| swap.always) {
                let seen = EntryChange::modify(entry.clone(), swap.steps(true));
                stages.push(Stage::new(seen).undo(Undo::Keep).swapping());
            }
            let (delete, guard) = (EntryChange::delete(entry.clone()), stored.guard.as_ref());
            stages.push(Stage::new(if conditional { if_unchanged(delete, guard) } else { if_same(delete, guard) }));
            Ok(WritePlan::new(stages))
        }
        Retirement::Keep(retired) => keep(view, resource, stored, retired, name, conditional, stages),
    }
}

/// The attribute that says whether a resource is active.
pub fn active(resource: &Resource) -> Option<AttrId> {
    resource.schema.resolve(&"active".into()).ok().map(|path| path.attr)
}

fn keep(
    view: &View,
    resource: &Resource,
    stored: &Stored<'_>,
    retired: &Retired,
    name: Option<&Rdn>,
    conditional: bool,
    mut stages: Vec<Stage>,
) -> Result<WritePlan, Error> {
    let dn = &stored.entry.dn;
    let guard = stored.guard.as_ref();
    // Once it is disabled, the stamp has moved.
    let mut depends = conditional || retired.disable;
    if retired.disable {
        let mut steps = disable(view, resource, stored)?;
        if !steps.is_empty() {
            steps.extend(stored.swap.iter().flat_map(|swap| swap.steps(true)));
            let stage = Stage::new(if_unchanged(EntryChange::modify(dn.clone(), steps), guard));
            stages.push(if guard.is_none() { stage.swapping() } else { stage });
            depends = false;
        }
    }
    let Some((parent, _)) = &retired.parent else { return Ok(WritePlan::new(stages)) };
    let own: Dn = dn.parse().map_err(|_| Error::internal("an entry has no name"))?;
    let Some(rdn) = name.or(own.rdn()) else { return Err(Error::internal("an entry has no name")) };
    let rename = EntryChange::rename(dn.clone(), rdn.to_string(), Some(parent.to_string()));
    stages.push(Stage::new(if depends { if_unchanged(rename, guard) } else { if_same(rename, guard) }));
    Ok(WritePlan::new(stages))
}

/// The names that the retired resource called `id` may get, one after the other. Who may come back keeps the name, with a number
/// where another has left the same one there; anybody else gets one that is in nobody's way: what the directory holds unique, it
/// may hold unique there too (RFC 7644 section 3.6).
pub fn retired_names(resource: &Resource, dn: &str, id: &str) -> Vec<(Rdn, Dn)> {
    let Retirement::Keep(Retired { parent: Some((parent, _)), adopt, .. }) = &resource.writing.on_delete else {
        return Vec::new();
    };
    let own = dn.parse::<Dn>().ok();
    let Some(rdn) = own.as_ref().and_then(Dn::rdn) else { return Vec::new() };
    let names: Vec<Rdn> = match adopt {
        true => std::iter::once(rdn.clone()).chain((2..=99).map(|number| marked(rdn, &format!(" {number}")))).collect(),
        false => vec![marked(rdn, &format!(" (deleted {id})"))],
    };
    names.into_iter().map(|rdn| (rdn.clone(), parent.child_named(rdn))).collect()
}

/// `uid=x` becomes `uid=x 2`.
fn marked(rdn: &Rdn, mark: &str) -> Rdn {
    let mut avas = rdn.avas().to_vec();
    let Some(ava) = avas.first_mut().filter(|ava| !ava.is_ber()) else { return rdn.clone() };
    let mut value = ava.value().to_vec();
    value.extend_from_slice(mark.as_bytes());
    *ava = Ava::new(ava.attribute(), value);
    Rdn::of(avas).unwrap_or_else(|| rdn.clone())
}

fn disable(view: &View, resource: &Resource, stored: &Stored<'_>) -> Result<Vec<Modification>, Error> {
    let source = active(resource).map(|attr| (attr, resource.source(attr)));
    let Some((attr, Source::Scalar(Scalar::Ldap(scalar)))) = source else {
        return Err(Error::forbidden("nothing says how a resource is disabled here"));
    };
    if !is_writable(view, scalar) {
        return Err(Error::forbidden("the directory can't disable resources"));
    }
    let value = inactive(scalar, stored)?;
    let path = crate::scim::resource_schema::AttrPath::whole(attr);
    let assignment = Assignment::of(scalar, path);
    let before = stored.values(&scalar.attribute);
    let mut steps = diff::modifications(view, &scalar.attribute, before, &value, |raw| !assignment.shows(raw));
    classes::complete(view, &resource.writing.auxiliary, &stored.classes, &mut steps);
    Ok(steps)
}

fn inactive(scalar: &LdapScalar, stored: &Stored<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let atom = Atom::Bool(false);
    let values = stored.values(&scalar.attribute);
    if let Some(same) = values.iter().find(|raw| scalar.codec.decode(raw).as_ref() == Some(&atom)) {
        return Ok(vec![same.clone()]);
    }
    let before = values.iter().find(|raw| scalar.codec.decode(raw).is_some());
    match scalar.codec.encode_over(&atom, before.map(Vec::as_slice)) {
        Ok(value) => Ok(vec![value]),
        Err(_) if scalar.codec.absent() == Some(atom) => Ok(Vec::new()),
        Err(why) => Err(Error::forbidden(format!("a resource can't be disabled here: {why}"))),
    }
}

/// Takes an entry that is deleted out of one that names it. By then it is gone: what fails here leaves a name that nobody has.
pub fn leaving(referrer: &Referrer) -> WritePlan {
    WritePlan::new([leave(referrer)])
}

/// Takes the entry out of one that names it.
fn leave(referrer: &Referrer) -> Stage {
    let Referrer { dn, attribute, value, placeholder } = referrer;
    let step =
        Modification { kind: ModificationKind::Delete, attribute: attribute.clone(), values: vec![value.clone()] };
    let mut attributes = AttributeSet::new();
    attributes.insert(attribute);
    let placeholder = placeholder.clone().map(|value| (attribute.clone(), value));
    Stage::new(EntryChange::modify(dn.clone(), vec![step])).tolerating(Tolerance {
        attributes,
        placeholder,
        guard: None,
        mark: None,
    })
}
