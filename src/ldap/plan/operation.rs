//! What a write plan sends, as data: changes of entries, new passwords.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::ldap::change::{Change, Modification};
use crate::ldap::dn::{Dn, DnKey, Rdn};
use crate::ldap::entry::Values;
use crate::ldap::{AttributeDescription, Filter};

/// A change and the entry that it is made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryChange {
    /// The entry's DN as text, as it is before the change.
    pub dn: String,
    /// What is done to it.
    pub change: Change,
    /// What must hold of the entry for it to be done (RFC 4528); a server that doesn't know assertions refuses. On slapd 2.5 it
    /// leads overlays astray: with it, `unique` refuses changes of its attributes (122, `unique_search failed`), and `memberof`
    /// silently leaves `memberOf` behind when members change.
    pub assertion: Option<Filter>,
}

/// A password on its way to the directory: never printed.
#[derive(Clone)]
pub struct NewPassword(SecretString);

/// One thing that a server does as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An add, modify, rename or delete (RFC 4511 sections 4.6 to 4.9).
    Change(EntryChange),
    /// Password Modify (RFC 3062).
    PasswordModify {
        /// Whose password.
        dn: String,
        /// The new one.
        password: NewPassword,
    },
}

impl EntryChange {
    /// An entry with these attributes.
    pub fn add(dn: impl Into<String>, attributes: Vec<(AttributeDescription, Values)>) -> Self {
        Self { dn: dn.into(), change: Change::Add(attributes), assertion: None }
    }

    /// An entry modified in these steps.
    pub fn modify(dn: impl Into<String>, modifications: Vec<Modification>) -> Self {
        Self { dn: dn.into(), change: Change::Modify(modifications), assertion: None }
    }

    /// An entry deleted.
    pub fn delete(dn: impl Into<String>) -> Self {
        Self { dn: dn.into(), change: Change::Delete, assertion: None }
    }

    /// An entry renamed, and moved where `new_superior` is given; the old RDN's values leave it.
    pub fn rename(dn: impl Into<String>, new_rdn: impl Into<String>, new_superior: Option<String>) -> Self {
        let change = Change::ModifyDn { new_rdn: new_rdn.into(), delete_old_rdn: true, new_superior };
        Self { dn: dn.into(), change, assertion: None }
    }

    /// The same, made only if the entry matches `assertion`.
    #[must_use]
    pub fn asserting(self, assertion: Filter) -> Self {
        Self { assertion: Some(assertion), ..self }
    }

    /// The entry's DN after the change; nothing for an entry that is deleted, or whose DN can't be read.
    pub fn dn_after(&self) -> Option<String> {
        match &self.change {
            Change::Delete => None,
            Change::Add(_) | Change::Modify(_) => Some(self.dn.clone()),
            Change::ModifyDn { new_rdn, new_superior, .. } => {
                let above: Dn = match new_superior {
                    Some(superior) => superior.parse().ok()?,
                    None => self.dn.parse::<Dn>().ok()?.parent()?,
                };
                Some(above.child_named(new_rdn.parse::<Rdn>().ok()?).to_string())
            }
        }
    }

    /// Whether it gives an entry a name, which may be taken.
    pub(super) fn names_an_entry(&self) -> bool {
        matches!(self.change, Change::Add(_) | Change::ModifyDn { .. })
    }

    /// About how many octets the request has that carries it, for servers limit that.
    pub fn octets(&self) -> usize {
        const ELEMENT: usize = 6;
        let values = |values: &Values| values.iter().map(|value| value.len() + ELEMENT).sum::<usize>() + 2 * ELEMENT;
        let attribute = |name: &AttributeDescription, of: &Values| name.as_str().len() + ELEMENT + values(of);
        let contents = match &self.change {
            Change::Add(attributes) => attributes.iter().map(|(name, values)| attribute(name, values)).sum(),
            Change::Delete => 0,
            Change::Modify(steps) => steps.iter().map(|step| attribute(&step.attribute, &step.values) + ELEMENT).sum(),
            Change::ModifyDn { new_rdn, new_superior, .. } => {
                new_rdn.len() + new_superior.as_ref().map_or(0, String::len) + 3 * ELEMENT
            }
        };
        self.dn.len() + contents + 4 * ELEMENT
    }
}

impl Operation {
    /// The change that it makes; none for a password.
    pub fn change(&self) -> Option<&EntryChange> {
        match self {
            Self::Change(change) => Some(change),
            Self::PasswordModify { .. } => None,
        }
    }
}

impl From<EntryChange> for Operation {
    fn from(change: EntryChange) -> Self {
        Self::Change(change)
    }
}

impl NewPassword {
    /// A password.
    pub fn new(password: SecretString) -> Self {
        Self(password)
    }

    /// The password in clear, to be sent.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

impl PartialEq for NewPassword {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for NewPassword {}

/// Whether two DNs name the same entry; such as can't be read are compared by their octets.
pub(super) fn same_dn(left: &str, right: &str) -> bool {
    match (DnKey::of(left), DnKey::of(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("uid=a,ou=x,dc=example", "uid=b", None, Some("uid=b,ou=x,dc=example"))]
    #[case("uid=a,ou=x,dc=example", "uid=a", Some("ou=y,dc=example"), Some("uid=a,ou=y,dc=example"))]
    #[case("no dn", "uid=b", None, None)]
    fn a_rename_leads_to_a_dn(
        #[case] dn: &str,
        #[case] rdn: &str,
        #[case] superior: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let rename = EntryChange::rename(dn, rdn, superior.map(str::to_owned));
        assert_eq!(rename.dn_after().as_deref(), expected);
    }

    #[test]
    fn passwords_are_not_printed() {
        let password = NewPassword::new("opensesame".into());
        let operation = Operation::PasswordModify { dn: "uid=a".to_owned(), password: password.clone() };
        assert!(!format!("{operation:?}").contains("sesame"));
        assert_eq!(password, NewPassword::new("opensesame".into()));
        assert_ne!(password, NewPassword::new("opensesam".into()));
    }

    #[test]
    fn octets_grow_with_the_values() {
        let add =
            |length: usize| EntryChange::add("uid=a", vec![("cn".parse().unwrap(), vec![vec![0; length]])]).octets();
        assert_eq!(add(1_000) - add(0), 1_000);
    }
}
