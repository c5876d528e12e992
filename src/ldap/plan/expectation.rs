//! What entries look like when an operation was performed: how a lost answer is made up for (decisions 17 and 22).

use super::operation::{Operation, same_dn};
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::secret::is_secret;

/// What must be seen for an operation to count as performed. Nothing about secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// The entries concerned.
    pub entries: Vec<ExpectedEntry>,
}

/// What must be seen of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedEntry {
    /// Its DN.
    pub dn: String,
    /// Whether it exists.
    pub exists: bool,
    /// What must be seen of its attributes.
    pub attributes: Vec<ExpectedAttribute>,
}

/// What must be seen of one attribute. Values are the same as its equality rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAttribute {
    /// The attribute.
    pub attribute: AttributeDescription,
    /// Whether there is no other value than those listed.
    pub only: bool,
    /// Values, and whether each is there.
    pub values: Vec<(Vec<u8>, bool)>,
}

impl ReadBack {
    /// What shows that `operation` was performed; nothing where nothing can.
    pub fn of(operation: &Operation) -> Option<Self> {
        let change = operation.change()?;
        let mut entry = ExpectedEntry { dn: change.dn.clone(), exists: true, attributes: Vec::new() };
        match &change.change {
            Change::Add(attributes) => {
                attributes.iter().for_each(|(attribute, values)| entry.note(attribute, values, true));
                Some(Self { entries: vec![entry] })
            }
            Change::Delete => Some(Self { entries: vec![ExpectedEntry { exists: false, ..entry }] }),
            Change::Modify(steps) => {
                steps.iter().for_each(|step| entry.modify(step));
                (!entry.attributes.is_empty()).then(|| Self { entries: vec![entry] })
            }
            Change::ModifyDn { .. } => {
                let after = change.dn_after()?;
                let before = (!same_dn(&change.dn, &after)).then(|| ExpectedEntry { exists: false, ..entry.clone() });
                Some(Self { entries: [ExpectedEntry { dn: after, ..entry }].into_iter().chain(before).collect() })
            }
        }
    }
}

impl ExpectedEntry {
    fn modify(&mut self, step: &Modification) {
        let all = step.kind == ModificationKind::Replace || step.values.is_empty();
        if all && let Some(attribute) = self.attribute(&step.attribute) {
            attribute.only = true;
            attribute.values.clear();
        }
        self.note(&step.attribute, &step.values, step.kind != ModificationKind::Delete);
    }

    fn note(&mut self, attribute: &AttributeDescription, values: &[Vec<u8>], there: bool) {
        let Some(attribute) = self.attribute(attribute) else { return };
        // The values of one step differ from each other, and there may be many.
        let before = attribute.values.len();
        for value in values {
            match attribute.values.iter_mut().take(before).find(|(known, _)| known == value) {
                Some((_, known)) => *known = there,
                None => attribute.values.push((value.clone(), there)),
            }
        }
    }

    fn attribute(&mut self, attribute: &AttributeDescription) -> Option<&mut ExpectedAttribute> {
        if is_secret(attribute.as_str()) {
            return None;
        }
        let known = self.attributes.iter().position(|known| known.attribute == *attribute);
        let place = known.unwrap_or(self.attributes.len());
        if place == self.attributes.len() {
            let attribute = attribute.clone();
            self.attributes.push(ExpectedAttribute { attribute, only: false, values: Vec::new() });
        }
        self.attributes.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation::{EntryChange, NewPassword};
    use super::*;

    fn values(texts: &[&str]) -> Vec<Vec<u8>> {
        texts.iter().map(|text| text.as_bytes().to_vec()).collect()
    }

    fn step(kind: ModificationKind, attribute: &str, texts: &[&str]) -> Modification {
        Modification { kind, attribute: attribute.parse().unwrap(), values: values(texts) }
    }

    fn expected(attribute: &str, only: bool, of: &[(&str, bool)]) -> ExpectedAttribute {
        let values = of.iter().map(|(value, there)| (value.as_bytes().to_vec(), *there)).collect();
        ExpectedAttribute { attribute: attribute.parse().unwrap(), only, values }
    }

    #[test]
    fn an_add_shows_by_its_values_but_not_by_its_password() {
        let attributes =
            vec![("cn".parse().unwrap(), values(&["a"])), ("USERPASSWORD".parse().unwrap(), values(&["x"]))];
        let read_back = ReadBack::of(&EntryChange::add("cn=a", attributes).into()).unwrap();
        let attributes = vec![expected("cn", false, &[("a", true)])];
        assert_eq!(read_back.entries, [ExpectedEntry { dn: "cn=a".to_owned(), exists: true, attributes }]);
    }

    #[test]
    fn later_steps_override_earlier_ones() {
        let steps = vec![
            step(ModificationKind::Delete, "member", &["a"]),
            step(ModificationKind::Add, "member", &["b", "a"]),
            step(ModificationKind::Replace, "title", &["t"]),
            step(ModificationKind::Add, "mail", &["m"]),
            step(ModificationKind::Replace, "mail", &[]),
        ];
        let read_back = ReadBack::of(&EntryChange::modify("cn=g", steps).into()).unwrap();
        let attributes = [
            expected("member", false, &[("a", true), ("b", true)]),
            expected("title", true, &[("t", true)]),
            expected("mail", true, &[]),
        ];
        assert_eq!(read_back.entries[0].attributes, attributes);
    }

    #[test]
    fn a_rename_shows_at_both_places() {
        let read_back = ReadBack::of(&EntryChange::rename("uid=a,dc=x", "uid=b", None).into()).unwrap();
        let seen = |dn: &str, exists| ExpectedEntry { dn: dn.to_owned(), exists, attributes: Vec::new() };
        assert_eq!(read_back.entries, [seen("uid=b,dc=x", true), seen("uid=a,dc=x", false)]);
        let case_only = ReadBack::of(&EntryChange::rename("uid=a,dc=x", "uid=A", None).into()).unwrap();
        assert_eq!(case_only.entries.len(), 1);
    }

    #[test]
    fn a_delete_shows_by_absence_and_a_password_by_nothing() {
        let read_back = ReadBack::of(&EntryChange::delete("uid=a").into()).unwrap();
        assert!(!read_back.entries[0].exists);
        let secret = EntryChange::modify("uid=a", vec![step(ModificationKind::Replace, "userPassword", &["x"])]);
        assert_eq!(ReadBack::of(&secret.into()), None);
        let password = NewPassword::new("x".into());
        assert_eq!(ReadBack::of(&Operation::PasswordModify { dn: "uid=a".to_owned(), password }), None);
    }
}
