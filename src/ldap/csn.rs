//! How far OpenLDAP's servers are: contextCSN values, one for each server that takes writes.

use std::collections::BTreeMap;

/// How far a server is with the changes of each server that takes writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextCsn(BTreeMap<Vec<u8>, Vec<u8>>);

impl ContextCsn {
    /// What these values of `contextCSN` say, as `20261122013000.123456Z#000000#001#000000`: when, which of one moment, whose,
    /// which of one change. Others are left out.
    pub fn of<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut own = Self::default();
        values.into_iter().for_each(|value| own.note(value.as_ref()));
        own
    }

    fn note(&mut self, value: &[u8]) {
        let Some(server) = value.split(|octet| *octet == b'#').nth(2) else { return };
        match self.0.get_mut(server) {
            Some(newest) if newest.as_slice() >= value => {}
            Some(newest) => *newest = value.to_vec(),
            None => drop(self.0.insert(server.to_vec(), value.to_vec())),
        }
    }

    /// Goes on to `other`; whose changes are known further already stay.
    pub fn advance(&mut self, other: &Self) {
        other.values().for_each(|value| self.note(value));
    }

    /// The values, one for each server.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.0.values().map(Vec::as_slice)
    }

    /// Adds what `other` says: whoever has reached the sum has reached both.
    pub fn join(&mut self, other: &Self) {
        for (server, csn) in &other.0 {
            let newest = self.0.entry(server.clone()).or_default();
            if *newest < *csn {
                newest.clone_from(csn);
            }
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether whoever is this far has every change that `goal` has.
    pub fn has_reached(&self, goal: &Self) -> bool {
        // The fields have fixed widths, so that of one server's two the later one is the greater text.
        goal.0.iter().all(|(server, goal)| self.0.get(server).is_some_and(|own| own >= goal))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const A1: &str = "20261122013000.000001Z#000000#001#000000";
    const A2: &str = "20261122013000.000002Z#000000#001#000000";
    const A2_AGAIN: &str = "20261122013000.000002Z#000001#001#000000";
    const B1: &str = "20261122013000.000001Z#000000#002#000000";

    #[test]
    fn each_server_counts_for_itself() {
        let mut own = ContextCsn::of([A2, A1]);
        own.advance(&ContextCsn::of([B1, A1]));
        assert_eq!(own.values().collect::<Vec<_>>(), [A2.as_bytes(), B1.as_bytes()]);
    }

    #[rstest]
    #[case(&[A1], &[A1], true)]
    #[case(&[A2], &[A1], true)]
    #[case(&[A1], &[A2], false)]
    #[case(&[A2], &[A2_AGAIN], false)]
    #[case(&[A2], &[B1], false)]
    #[case(&[A1, B1], &[B1], true)]
    #[case(&[B1], &[A1, B1], false)]
    #[case(&[A1], &[], true)]
    #[case(&[], &[A1], false)]
    #[case(&[A1, A2], &[A2], true)]
    #[case(&[A1], &["nonsense"], true)]
    fn a_server_has_reached_what_it_is_not_behind_of(
        #[case] own: &[&str],
        #[case] goal: &[&str],
        #[case] expected: bool,
    ) {
        assert_eq!(ContextCsn::of(own).has_reached(&ContextCsn::of(goal)), expected);
    }

    #[test]
    fn the_sum_has_what_both_have() {
        let mut sum = ContextCsn::of([A2]);
        sum.join(&ContextCsn::of([A1, B1]));
        assert_eq!(sum, ContextCsn::of([A2, B1]));
    }
}
