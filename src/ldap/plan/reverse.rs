//! What takes a change back, where that can be told from the change alone.

use super::operation::{EntryChange, Operation};
use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::dn::Dn;

impl EntryChange {
    /// The change that takes this one back once it was made; nothing where that depends on what was there before
    /// (a deleted entry or attribute, replaced values).
    pub fn reverse(&self) -> Option<Self> {
        match &self.change {
            Change::Add(_) => Some(Self::delete(self.dn.clone())),
            Change::Delete => None,
            Change::Modify(steps) => {
                let reversed = steps.iter().rev().map(reverse_step).collect::<Option<Vec<_>>>()?;
                Some(Self::modify(self.dn.clone(), reversed))
            }
            Change::ModifyDn { new_superior, .. } => {
                let before: Dn = self.dn.parse().ok()?;
                let superior = new_superior.as_ref().and_then(|_| before.parent()).map(|above| above.to_string());
                Some(Self::rename(self.dn_after()?, before.rdn()?.to_string(), superior))
            }
        }
    }
}

impl Operation {
    /// What takes this operation back; nothing where that can't be told.
    pub fn reverse(&self) -> Option<Self> {
        match self {
            Self::Change(change) => change.reverse().map(Self::Change),
            Self::PasswordModify { .. } => None,
        }
    }
}

fn reverse_step(step: &Modification) -> Option<Modification> {
    let kind = match step.kind {
        ModificationKind::Add => ModificationKind::Delete,
        ModificationKind::Delete if !step.values.is_empty() => ModificationKind::Add,
        ModificationKind::Delete | ModificationKind::Replace => return None,
    };
    Some(Modification { kind, attribute: step.attribute.clone(), values: step.values.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: ModificationKind, values: &[&str]) -> Modification {
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Modification { kind, attribute: "mail".parse().unwrap(), values }
    }

    #[test]
    fn values_are_put_back_in_reversed_order() {
        let swap = vec![step(ModificationKind::Delete, &["a"]), step(ModificationKind::Add, &["b"])];
        let back = vec![step(ModificationKind::Delete, &["b"]), step(ModificationKind::Add, &["a"])];
        let swap = EntryChange::modify("uid=x", swap);
        assert_eq!(swap.reverse(), Some(EntryChange::modify("uid=x", back)));
        assert_eq!(swap.reverse().unwrap().reverse(), Some(swap));
    }

    #[test]
    fn what_depends_on_the_past_has_no_reverse() {
        for steps in [step(ModificationKind::Replace, &["a"]), step(ModificationKind::Delete, &[])] {
            assert_eq!(EntryChange::modify("uid=x", vec![steps]).reverse(), None);
        }
        assert_eq!(EntryChange::delete("uid=x").reverse(), None);
    }

    #[test]
    fn names_are_given_back() {
        let moved = EntryChange::rename("uid=a,ou=x,dc=example", "uid=b", Some("ou=y,dc=example".to_owned()));
        let back = EntryChange::rename("uid=b,ou=y,dc=example", "uid=a", Some("ou=x,dc=example".to_owned()));
        assert_eq!(moved.reverse(), Some(back));
        let renamed = EntryChange::rename("uid=a,dc=example", "uid=b", None);
        assert_eq!(renamed.reverse(), Some(EntryChange::rename("uid=b,dc=example", "uid=a", None)));
        assert_eq!(EntryChange::add("uid=a", Vec::new()).reverse(), Some(EntryChange::delete("uid=a")));
    }
}
