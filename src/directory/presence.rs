//! What a write plan asks about entries: which values are there, and whether all looks as it should. Answered by the server
//! that takes the writes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::discovery::base_search;
use super::{Directory, Error};
use crate::ldap::matching::{MatchingRule, normalise};
use crate::ldap::plan::{Candidate, ExpectedAttribute, ExpectedEntry, Lookup, ReadBack};
use crate::ldap::result::{LdapResult, ResultCode};
use crate::ldap::{AttributeDescription, Entry};

/// Up to how many values are asked for one by one; beyond, the attribute is read. A comparison costs a server a look at
/// all values, so a few of them cost as much as sending these.
const FEW: usize = 4;

impl Directory {
    /// Whether each value of `lookup` is there, in its order.
    ///
    /// # Errors
    /// As [`Directory::compare`].
    pub async fn present(&self, lookup: &Lookup, deadline: Instant) -> Result<Vec<bool>, Error> {
        let mut present = Vec::with_capacity(lookup.candidates.len());
        for alike in lookup.candidates.chunk_by(|a, b| a.dn == b.dn && a.attribute == b.attribute) {
            present.extend(match alike.len() > FEW {
                true => self.among_all(alike, deadline).await?,
                false => self.one_by_one(alike, deadline).await?,
            });
        }
        Ok(present)
    }

    async fn one_by_one(&self, candidates: &[Candidate], deadline: Instant) -> Result<Vec<bool>, Error> {
        let mut present = Vec::with_capacity(candidates.len());
        for Candidate { dn, attribute, value } in candidates {
            present.push(self.compare(dn, attribute, value, deadline).await?);
        }
        Ok(present)
    }

    /// Looks among all values.
    async fn among_all(&self, candidates: &[Candidate], deadline: Instant) -> Result<Vec<bool>, Error> {
        let Some(Candidate { dn, attribute, .. }) = candidates.first() else { return Ok(Vec::new()) };
        let search = base_search(dn, Arc::new([attribute.clone()].into_iter().collect()));
        let Some(entry) = self.lookup_pinned(&search, deadline).await? else {
            return Err(Error::Refused(LdapResult::new(ResultCode::NO_SUCH_OBJECT, "", "")));
        };
        let same = self.sameness(attribute);
        let there = same.all(entry.values(0));
        Ok(candidates.iter().map(|candidate| there.contains(&same.form(&candidate.value))).collect())
    }

    /// Whether all entries look as expected.
    ///
    /// # Errors
    /// As [`Directory::search`].
    pub async fn read_back(&self, read_back: &ReadBack, deadline: Instant) -> Result<bool, Error> {
        for expected in &read_back.entries {
            if !self.looks_as_expected(expected, deadline).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn looks_as_expected(&self, expected: &ExpectedEntry, deadline: Instant) -> Result<bool, Error> {
        let attributes = expected.attributes.iter().map(|attribute| attribute.attribute.clone()).collect();
        let entry = self.lookup_pinned(&base_search(&expected.dn, Arc::new(attributes)), deadline).await?;
        let Some(Entry { attributes, .. }) = entry else { return Ok(!expected.exists) };
        let mut pairs = expected.attributes.iter().zip(&attributes);
        Ok(expected.exists && pairs.all(|(expected, values)| self.has_as_expected(expected, values)))
    }

    fn has_as_expected(&self, expected: &ExpectedAttribute, values: &[Vec<u8>]) -> bool {
        let same = self.sameness(&expected.attribute);
        let there = same.all(values);
        let wanted = expected.values.iter().filter(|(_, wanted)| *wanted).map(|(value, _)| same.form(value));
        let wanted: HashSet<_> = wanted.collect();
        let mut unwanted = expected.values.iter().filter(|(_, wanted)| !wanted).map(|(value, _)| same.form(value));
        wanted.is_subset(&there)
            && (!expected.only || wanted.len() == there.len())
            && unwanted.all(|value| !there.contains(&value) || wanted.contains(&value))
    }

    fn sameness(&self, attribute: &AttributeDescription) -> Sameness {
        let capabilities = self.capabilities();
        let schema = capabilities.as_ref().map(|capabilities| &capabilities.subschema);
        let attribute = schema.and_then(|schema| schema.attribute(attribute.as_str()));
        Sameness(attribute.and_then(|attribute| attribute.equality))
    }
}

/// When two values of an attribute are the same: as its equality rule says, octet by octet where there is none.
struct Sameness(Option<MatchingRule>);

impl Sameness {
    fn form(&self, value: &[u8]) -> Vec<u8> {
        self.0.and_then(|rule| normalise(rule, value)).unwrap_or_else(|| value.to_vec())
    }

    fn all(&self, values: &[Vec<u8>]) -> HashSet<Vec<u8>> {
        values.iter().map(|value| self.form(value)).collect()
    }
}
