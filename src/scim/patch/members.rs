//! Changes to a list of references that need no look at it: how a group of any size is changed.

use std::collections::HashMap;

use serde_json::Value;

use crate::scim::compare;
use crate::scim::filter::{Filter, Op as Test, Operand};
use crate::scim::input::Elements;
use crate::scim::resource_schema::{AttrId, AttrPath, ResourceSchema};

use super::operation::{Op, Operation, Target};

/// What becomes of a list of references, whatever is in it. No id is in it twice, and none both added and removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberDelta {
    /// Ids that are in the list afterwards; some may be in it already.
    pub add: Vec<String>,
    /// Ids that are not in the list afterwards; some may not be in it now.
    pub remove: Vec<String>,
    /// All ids that are in the list afterwards. When it is there, `add` and `remove` are empty.
    pub replace: Option<Vec<String>>,
}

impl MemberDelta {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What operations on the list of references `attr` (`members`) come to, if they are about nothing else and it can be said without
/// knowing what is in it.
pub fn members_only(operations: &[Operation], schema: &ResourceSchema, attr: AttrId) -> Option<MemberDelta> {
    members(operations, schema, attr).filter(|(_, others)| others.is_empty()).map(|(delta, _)| delta)
}

/// What operations on the list of references `attr` come to, if it can be said without knowing what is in it, and the operations
/// that are about other attributes. `None` too when no operation is about it.
pub fn members<'a>(
    operations: &'a [Operation],
    schema: &ResourceSchema,
    attr: AttrId,
) -> Option<(MemberDelta, Vec<&'a Operation>)> {
    let def = schema.get(attr).filter(|def| def.attribute.multi_valued)?;
    let elements = Some(Elements::of(&def.attribute)).filter(Elements::is_reference)?;
    let name = elements.value_name()?;
    let value = schema.sub(attr, name).map(|sub| AttrPath::part(attr, sub))?;
    let (own, others): (Vec<_>, Vec<_>) = operations.iter().partition(|operation| operation.target.path().attr == attr);
    if own.is_empty() {
        return None;
    }
    let mut fold = Fold { name, case_exact: schema.case_exact(value), base: Base::Known, ids: HashMap::new(), next: 0 };
    for operation in own {
        fold.operation(operation, value)?;
    }
    let delta = fold.delta();
    // Whether a required list may become empty is for the one to say who looks at it.
    let emptied = def.attribute.required && delta.replace.as_ref().is_some_and(Vec::is_empty);
    (!emptied).then_some((delta, others))
}

/// What operations come to so far.
struct Fold<'a> {
    /// What the sub-attribute is called that holds the id.
    name: &'a str,
    case_exact: bool,
    base: Base,
    /// By folded id: the place in the order of mention, the id as written, whether it is in the list.
    ids: HashMap<String, (usize, String, bool)>,
    next: usize,
}

/// What the list starts from.
#[derive(PartialEq, Eq)]
enum Base {
    /// What it is, whatever that is.
    Known,
    /// Nothing.
    Empty,
}

impl Fold<'_> {
    fn operation(&mut self, operation: &Operation, value: AttrPath) -> Option<()> {
        match (&operation.target, operation.op, &operation.value) {
            (Target::Attribute(AttrPath { sub: None, .. }), op, given) => {
                if op == Op::Replace || given.is_none() {
                    self.base = Base::Empty;
                    self.ids.clear();
                }
                let given = given.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                given.iter().try_for_each(|one| self.note(one.get(self.name)?.as_str()?, op != Op::Remove))
            }
            (Target::Elements { path: AttrPath { sub: None, .. }, filter, .. }, op, given)
                if op == Op::Remove || given.is_none() =>
            {
                let mut ids = Vec::new();
                named(filter, value, &mut ids)?;
                ids.into_iter().try_for_each(|id| self.note(id, false))
            }
            _ => None,
        }
    }

    fn note(&mut self, id: &str, present: bool) -> Option<()> {
        self.next += 1;
        let key = compare::fold(id, self.case_exact).into_owned();
        let entry = self.ids.entry(key).or_insert_with(|| (self.next, id.to_owned(), present));
        entry.2 = present;
        Some(())
    }

    fn delta(self) -> MemberDelta {
        let mut ids: Vec<_> = self.ids.into_values().collect();
        ids.sort_unstable();
        let (present, absent): (Vec<_>, Vec<_>) = ids.into_iter().partition(|(_, _, present)| *present);
        let ids = |list: Vec<(usize, String, bool)>| list.into_iter().map(|(_, id, _)| id).collect();
        match self.base {
            Base::Known => MemberDelta { add: ids(present), remove: ids(absent), replace: None },
            Base::Empty => MemberDelta { replace: Some(ids(present)), ..MemberDelta::default() },
        }
    }
}

/// The ids that a filter names: `value eq "a"`, or several of them joined by `or`.
fn named<'a>(filter: &'a Filter, value: AttrPath, ids: &mut Vec<&'a str>) -> Option<()> {
    match filter {
        Filter::Test(test) if test.path == value => match &test.test {
            Test::Eq(Operand::Text(id)) => {
                ids.push(id);
                Some(())
            }
            _ => None,
        },
        Filter::Or(parts) => parts.iter().try_for_each(|part| named(part, value, ids)),
        _ => None,
    }
}
