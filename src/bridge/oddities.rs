//! What is odd in a directory's entries is said once, not with every request that meets it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::ldap::Entry;
use crate::translate::oddities::Oddity;
use crate::translate::read::ReadPlan;
use crate::translate::references::Targets;

/// How many entries are named for one attribute: whoever looks after the directory finds the others by a search.
const MOST_NAMED: usize = 20;

/// What was said already: by attribute and oddity, the entries that were named.
#[derive(Debug, Default)]
pub(crate) struct Oddities(Mutex<HashMap<(String, Oddity), HashSet<String>>>);

/// What is to be said of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Say {
    Nothing,
    This,
    ThisAndNoMore,
}

impl Oddities {
    /// Says of `entry` of the directory called `directory`, which is shown by `plan`, what is odd and wasn't said before.
    pub(super) fn tell(&self, directory: &str, plan: &ReadPlan, entry: &Entry, targets: &Targets) {
        for (attribute, oddity) in plan.oddities(entry, targets) {
            let (dn, attribute) = (&entry.dn, attribute.as_str());
            let say = self.note(dn, attribute, oddity);
            match (oddity, say) {
                (_, Say::Nothing) => {}
                (Oddity::Unreadable, _) => {
                    let last = say == Say::ThisAndNoMore;
                    tracing::warn!(directory, dn, attribute, last, "a value can't be read and isn't served");
                }
                (Oddity::Several, _) => tracing::warn!(
                    directory,
                    dn,
                    attribute,
                    "several values where one is served: the first, here and in other entries"
                ),
            }
        }
    }

    fn note(&self, dn: &str, attribute: &str, oddity: Oddity) -> Say {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let named = said.entry((attribute.to_ascii_lowercase(), oddity)).or_default();
        let most = match oddity {
            Oddity::Unreadable => MOST_NAMED,
            // Many entries may have several common names: one example shows what the mapping leaves out.
            Oddity::Several => 1,
        };
        if named.len() >= most || !named.insert(dn.to_owned()) {
            return Say::Nothing;
        }
        if named.len() == most { Say::ThisAndNoMore } else { Say::This }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_once_and_only_some_of_many() {
        let oddities = Oddities::default();
        assert_eq!(oddities.note("cn=a", "mail", Oddity::Unreadable), Say::This);
        assert_eq!(oddities.note("cn=a", "MAIL", Oddity::Unreadable), Say::Nothing);
        assert_eq!(oddities.note("cn=a", "sn", Oddity::Unreadable), Say::This);
        let said: Vec<Say> =
            (0..100).map(|number| oddities.note(&format!("cn={number}"), "mail", Oddity::Unreadable)).collect();
        assert_eq!(said.iter().filter(|say| **say == Say::This).count(), MOST_NAMED - 2);
        assert_eq!(said.iter().position(|say| *say == Say::ThisAndNoMore), Some(MOST_NAMED - 2));
        assert_eq!(said.last(), Some(&Say::Nothing));
        assert_eq!(oddities.note("cn=a", "cn", Oddity::Several), Say::ThisAndNoMore);
        assert_eq!(oddities.note("cn=b", "cn", Oddity::Several), Say::Nothing);
    }
}
