//! Filters whose names are attributes and whose operands have the attribute's type.

use crate::scim::resource_schema::{AttrId, AttrPath};

/// A filter resolved against a resource type. Two-valued: a comparison with an absent value is false, [`Filter::Not`] is the
/// complement.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them match; true when there are none.
    And(Vec<Filter>),
    /// One of them matches; false when there are none.
    Or(Vec<Filter>),
    /// The filter doesn't match.
    Not(Box<Filter>),
    /// A test of a single value.
    Test(Test),
    /// Some element of the attribute matches the filter, whose tests are about that element. On a single-valued complex attribute
    /// its value is the one element.
    Element {
        /// The attribute; the paths of the tests inside have the same.
        attr: AttrId,
        /// What the element must satisfy.
        filter: Box<Filter>,
    },
    /// Always or never.
    Constant(bool),
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What is tested. Inside [`Filter::Element`] its attribute is the element's, and no sub-attribute means the element itself.
    pub path: AttrPath,
    /// The test.
    pub test: Op,
}

/// What is asked of a value. `ne` is the [`Filter::Not`] of [`Op::Eq`].
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// It is there and not empty.
    Present,
    /// It equals the operand.
    Eq(Operand),
    /// It contains the text.
    Co(String),
    /// It starts with the text.
    Sw(String),
    /// It ends with the text.
    Ew(String),
    /// It is greater than the operand.
    Gt(Operand),
    /// It is greater than or equals the operand.
    Ge(Operand),
    /// It is less than the operand.
    Lt(Operand),
    /// It is less than or equals the operand.
    Le(Operand),
}

/// What a value is compared with, in the type of its attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// For strings and references, as written.
    Text(String),
    /// For booleans.
    Bool(bool),
    /// For integers.
    Integer(i64),
    /// For decimals, and for integers where the client wrote a fraction or an enormous number; never NaN or infinite.
    Decimal(f64),
    /// For dateTimes.
    Time(jiff::Timestamp),
    /// For binaries.
    Binary(Vec<u8>),
}

/// Every path that a filter's outcome depends on, each once, in the order of first use. A [`Filter::Element`] that an element
/// without any of the tested parts would match gives its attribute as a whole too: whether such an element is there shows by its
/// other parts alone.
pub fn attributes_used(filter: &Filter) -> Vec<AttrPath> {
    let mut used = Vec::new();
    collect(filter, &mut used);
    used
}

fn collect(filter: &Filter, used: &mut Vec<AttrPath>) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| collect(part, used)),
        Filter::Not(inner) => collect(inner, used),
        Filter::Test(test) => note(test.path, used),
        Filter::Element { attr, filter } => {
            let mut inside = Vec::new();
            collect(filter, &mut inside);
            if holds_of_nothing(filter) {
                inside.push(AttrPath::whole(*attr));
            }
            inside.into_iter().for_each(|path| note(path, used));
        }
        Filter::Constant(_) => {}
    }
}

/// Whether a value of which nothing is known to be there matches.
fn holds_of_nothing(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(holds_of_nothing),
        Filter::Or(parts) => parts.iter().any(holds_of_nothing),
        Filter::Not(inner) => !holds_of_nothing(inner),
        Filter::Test(_) => false,
        Filter::Element { filter, .. } => holds_of_nothing(filter),
        Filter::Constant(constant) => *constant,
    }
}

fn note(path: AttrPath, used: &mut Vec<AttrPath>) {
    if !used.contains(&path) {
        used.push(path);
    }
}
