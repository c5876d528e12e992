//! Which other entries a resource shows: what makes it stale when it changes.

use crate::ldap::{DnKey, Entry};
use crate::mapping::model::ReferenceForm;

use super::read::{HeldReference, Origin, ReadPlan};
use super::references::{Targets, name_alone};

/// Which other entries a resource shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leans<'a> {
    /// The ids of those that it names.
    pub ids: Vec<&'a str>,
    /// The names that nothing was found for.
    pub unresolved: Vec<DnKey>,
    /// Whether there are such, however many it names.
    pub dangling: bool,
    /// Whether it names entries by values of theirs.
    pub keys: bool,
    /// Whether what it shows is the result of a search.
    pub searches: bool,
    /// Whether it shows who refers to it.
    pub referrers: bool,
    /// Whether it names more than were to be looked at: those aren't among the ids and names.
    pub many: bool,
    /// Whether it shows that by what the directory keeps of it on the entry.
    pub kept: bool,
}

impl ReadPlan {
    /// Which other entries are shown of `entry`, whose references were resolved to `targets`; one by one where it names `most` at most.
    pub fn leans<'t>(&self, entry: &Entry, targets: &'t Targets, most: usize) -> Leans<'t> {
        let mut leans = Leans::default();
        for plan in &self.references {
            match &plan.origin {
                Origin::Back { via, bound, .. } => {
                    leans.referrers = true;
                    leans.kept |= via.is_some() || bound.is_some();
                }
                Origin::Held(held) => {
                    held.iter()
                        .filter(|held| self.is_of_class(entry, held))
                        .for_each(|held| held.leans(entry, targets, most, &mut leans));
                }
            }
        }
        leans
    }
}

impl HeldReference {
    fn leans<'t>(&self, entry: &Entry, targets: &'t Targets, most: usize, leans: &mut Leans<'t>) {
        let values = entry.values(self.place);
        match &self.reference.form {
            ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid if values.len() > most => {
                leans.many = true;
                leans.dangling |= values.iter().any(|value| self.unresolved(value, targets).is_some());
            }
            ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => {
                for value in values {
                    match targets.dn(name_alone(value)) {
                        Some(target) => leans.ids.push(&target.id),
                        None => leans.unresolved.extend(self.unresolved(value, targets)),
                    }
                }
                leans.dangling |= !leans.unresolved.is_empty();
            }
            ReferenceForm::Key(_) | ReferenceForm::PrimaryGroup(_) => leans.keys |= !values.is_empty(),
            ReferenceForm::Url => leans.searches |= !values.is_empty(),
        }
    }

    /// The name that `value` holds, if nothing was found for it.
    fn unresolved(&self, value: &[u8], targets: &Targets) -> Option<DnKey> {
        if targets.dn(name_alone(value)).is_some() {
            return None;
        }
        DnKey::of_bytes(name_alone(value)).ok().filter(|name| self.reference.placeholder.as_ref() != Some(name))
    }
}
