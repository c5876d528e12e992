//! `allocate`: numbers that new entries are given.

use super::super::attributes::Build;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::{Node, Table};
use crate::ldap::AttributeDescription;
use crate::ldap::dn::Dn;
use crate::mapping::codes;
use crate::mapping::writing::Allocation;

impl Build<'_> {
    /// The allocations, in the order of the file.
    pub(super) fn allocations(&mut self) -> Vec<Allocation> {
        let Some(table) = self.header.table.get("allocate").and_then(Node::as_table) else { return Vec::new() };
        let mut allocations = Vec::new();
        for node in table {
            match (node.as_bool(), node.as_table()) {
                (Some(true), _) => self.context.error(node, &codes::ALLOCATION, "an allocation is a table, or false"),
                (_, Some(table)) => allocations.extend(self.allocation(node, table)),
                _ => {}
            }
        }
        allocations
    }

    fn allocation(&mut self, node: &Node, table: &Table) -> Option<Allocation> {
        let attribute = self.own_attribute(node);
        let range = self.range(node, table);
        let counter = match table.get("counter") {
            Some(node) => Some(self.counter(node)?),
            None => None,
        };
        Some(Allocation { attribute: attribute?, counter, range: range?, span: Some(node.key_span.clone()) })
    }

    fn range(&mut self, node: &Node, table: &Table) -> Option<(i64, i64)> {
        let Some(given) = table.get("range") else {
            let finding = Diagnostic::error(&codes::ALLOCATION, "nothing says which numbers may be given");
            self.context
                .report
                .push(finding.at(&node.key_span).help("give the first and the last: range = [10000, 59999]"));
            return None;
        };
        match given.as_list()? {
            [first, last] => {
                let (first, last) = (first.as_integer()?, last.as_integer()?);
                if first < 0 || first > last {
                    self.context.error(
                        given,
                        &codes::ALLOCATION,
                        "a range goes from a number to one that isn't smaller, both above 0",
                    );
                    return None;
                }
                Some((first, last))
            }
            _ => {
                self.context.error(given, &codes::ALLOCATION, "a range has two numbers, the first and the last");
                None
            }
        }
    }

    fn counter(&mut self, node: &Node) -> Option<(Dn, AttributeDescription)> {
        let table = node.as_table()?;
        let (Some(dn), Some(ldap)) = (table.get("dn"), table.get("ldap")) else {
            self.context.error(node, &codes::ALLOCATION, "a counter is an entry's `dn` and its attribute `ldap`");
            return None;
        };
        let dn = self.context.dn(dn);
        let attribute = self.context.attribute(ldap, None);
        Some((dn?, attribute?))
    }
}
