//! `table`: one word for another, from a list.

use std::sync::Arc;

use super::finite::{Listed, one_of};
use super::info::{CodecInfo, refuse, required};
use super::{Codec, Leaf, Unencodable};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Node, Table};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::compare;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Enumeration(Vec<(String, Listed)>);

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "table",
    doc: "One word for another: SCIM value on the left, LDAP value on the right. A stored value that isn't listed is read as absent.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[
        Key::new("values", Kind::Map(&Kind::Text), "The SCIM values, each with its LDAP value.")
            .example(r#"{ Employee = "E", Contractor = "C" }"#),
        Key::new("case_exact", Kind::Bool, "Whether upper and lower case of the LDAP values differ.").default("false"),
    ],
    example: r#"userType = { ldap = "employeeType", codec = "table", values = { Employee = "E", Contractor = "C" } }"#,
    build,
};

fn build(table: &Table, report: &mut Report) -> Option<Arc<dyn Codec>> {
    let case_exact = table.get("case_exact").and_then(Node::as_bool).unwrap_or(false);
    let values = required(table, INFO.name, "values", report)?;
    let mut words: Vec<(String, Listed)> = Vec::new();
    for node in values.as_table()? {
        let stored = node.as_str()?;
        if stored.is_empty() || node.key.is_empty() {
            report.push(refuse(node, "an empty value can't be kept"));
            return None;
        }
        if words.iter().any(|(_, other)| other.is(stored.as_bytes())) {
            report.push(refuse(node, format!("`{stored}` stands for two values")));
            return None;
        }
        words.push((node.key.clone(), Listed::new(stored, case_exact)));
    }
    if words.is_empty() {
        report.push(refuse(values, "`values` lists no value"));
        return None;
    }
    Some(Arc::new(Enumeration(words)))
}

impl Codec for Enumeration {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let (word, _) = self.0.iter().find(|(_, listed)| listed.is(stored))?;
        Some(Atom::Text(word.clone().into()))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let listed = value.as_text().and_then(|text| self.0.iter().find(|(word, _)| word == text));
        listed.map(|(_, listed)| listed.octets().to_vec()).ok_or_else(|| {
            let words: Vec<_> = self.0.iter().map(|(word, _)| word.as_str()).collect();
            Unencodable(format!("the value is none of {}", words.join(", ")))
        })
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        one_of(self.0.iter().filter(|(word, _)| satisfies(op, word, leaf.case_exact)).map(|(_, listed)| listed), leaf)
    }
}

/// Whether a word that is served satisfies `op`, by SCIM's comparison.
fn satisfies(op: &Op, word: &str, case_exact: bool) -> bool {
    let word = compare::fold(word, case_exact);
    let normal = |text: &str| compare::fold(text, case_exact).into_owned();
    match op {
        Op::Present => true,
        Op::Eq(Operand::Text(text)) => word == normal(text),
        Op::Co(text) => word.contains(&normal(text)),
        Op::Sw(text) => word.starts_with(&normal(text)),
        Op::Ew(text) => word.ends_with(&normal(text)),
        Op::Gt(Operand::Text(text)) => *word > *normal(text),
        Op::Ge(Operand::Text(text)) => *word >= *normal(text),
        Op::Lt(Operand::Text(text)) => *word < *normal(text),
        Op::Le(Operand::Text(text)) => *word <= *normal(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    fn types() -> Enumeration {
        let listed = |text| Listed::new(text, false);
        Enumeration(vec![
            ("Employee".into(), listed("E")),
            ("Contractor".into(), listed("C")),
            ("Intern".into(), listed("i n")),
        ])
    }

    #[test]
    fn every_operator_is_exact() {
        for op in laws::every_text_op("n") {
            assert!(Attribute::named("displayName").bounds(&types(), &op).is_exact(), "{op:?}");
        }
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::text_op(prop_oneof![Just("Employee".to_owned()), Just("n".into()), Just("intern".into()), Just("CON".into())]),
            stored in proptest::collection::vec("E|e|C| c|I  N|X", 1..3),
            case_exact: bool,
        ) {
            for attribute in ["cn", "loginShell", "telephoneNumber"] {
                laws::bounds_enclose(&types(), &op, &Attribute::named(attribute).case_exact(case_exact), &stored);
            }
        }

        #[test]
        fn values_come_back(word in "Employee|Contractor|Intern") {
            laws::comes_back(&types(), &Atom::Text(word.into()));
        }
    }
}
