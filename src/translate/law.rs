//! Attributes whose equality is the directory's own (`match = "directory"`).
//!
//! Where LDAP doesn't decide a filter by itself it is evaluated on the resource, by SCIM's rules. What the mapping leaves to
//! the directory's matching rule is decided by that rule there as well, or a filter would mean something else beside another.

use super::read::ReadPlan;
use super::view::View;
use crate::ldap::Entry;
use crate::ldap::matching::normalise;
use crate::mapping::codec::Law;
use crate::mapping::model::{LdapScalar, Scalar, Source, TypeIndex};
use crate::mapping::rules::Rules;
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};

/// Whose equality is the law for `source`. The directory's, where the mapping says so, each value is held as it is served and
/// there is one at most: of several, a filter can't mean the one that is served.
pub(super) fn law(source: &LdapScalar, rules: &Rules) -> Law {
    match source.law {
        Law::Confinement if rules.equality.is_some() && source.codec_name == "string" => Law::Directory,
        Law::Directory if rules.single_value && rules.equality.is_some() && source.codec_name == "string" => {
            Law::Directory
        }
        _ => Law::Scim,
    }
}

/// `filter` with what the directory's equality decides put in its place, for `entry`, read for `plan`; `None` where it decides
/// nothing.
pub fn decided(view: &View, filter: &ScimFilter, plan: &ReadPlan, entry: &Entry) -> Option<ScimFilter> {
    let decider = Decider { view, plan, entry };
    decider.concerns(filter).then(|| decider.filter(filter))
}

struct Decider<'a> {
    view: &'a View,
    plan: &'a ReadPlan,
    entry: &'a Entry,
}

impl Decider<'_> {
    fn concerns(&self, filter: &ScimFilter) -> bool {
        match filter {
            ScimFilter::And(parts) | ScimFilter::Or(parts) => parts.iter().any(|part| self.concerns(part)),
            ScimFilter::Not(part) | ScimFilter::Element { filter: part, .. } => self.concerns(part),
            ScimFilter::Test(test) => self.source(test).is_some(),
            ScimFilter::Constant(_) => false,
        }
    }

    fn filter(&self, filter: &ScimFilter) -> ScimFilter {
        let each = |parts: &[ScimFilter]| parts.iter().map(|part| self.filter(part)).collect();
        match filter {
            ScimFilter::And(parts) => ScimFilter::And(each(parts)),
            ScimFilter::Or(parts) => ScimFilter::Or(each(parts)),
            ScimFilter::Not(part) => ScimFilter::Not(Box::new(self.filter(part))),
            ScimFilter::Element { attr, filter } => {
                ScimFilter::Element { attr: *attr, filter: Box::new(self.filter(filter)) }
            }
            ScimFilter::Test(test) => self.test(test).map_or_else(|| filter.clone(), ScimFilter::Constant),
            ScimFilter::Constant(_) => filter.clone(),
        }
    }

    /// Whether the stored value is the asked one; nothing where that is SCIM's to say.
    fn test(&self, test: &Test) -> Option<bool> {
        let (source, rules) = self.source(test)?;
        let Op::Eq(Operand::Text(asked)) = &test.test else { return None };
        let stored = self.entry.first(self.plan.attributes.position(source.attribute.as_str())?)?;
        let rule = rules.equality?;
        let asked = normalise(rule, asked.as_bytes()).filter(|_| !asked.is_empty());
        Some(asked.is_some() && asked == normalise(rule, stored))
    }

    /// The single value that `test` is about, where the directory's equality is its law.
    fn source(&self, test: &Test) -> Option<(&LdapScalar, Rules)> {
        let kind: TypeIndex = self.plan.kind;
        let Op::Eq(Operand::Text(_)) = &test.test else { return None };
        let scalar = match (self.view.resource(kind).source(test.path.attr), test.path.sub) {
            (Source::Scalar(scalar), None) => Some(scalar),
            (Source::Complex(subs), Some(sub)) => subs.get(usize::from(sub.0)).and_then(Option::as_ref),
            _ => None,
        };
        let Some(Scalar::Ldap(source)) = scalar else { return None };
        if source.law == Law::Scim {
            return None; // as nearly always, and no rules change that
        }
        let rules = self.view.rules(&source.attribute);
        (law(source, &rules) == Law::Directory).then_some((source, rules))
    }
}
