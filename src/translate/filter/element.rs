//! Filters about one value out of several.
//!
//! LDAP's negation says "no value does", SCIM's inside an element "this value doesn't", and LDAP's conjunction lets two values
//! pass one test each. So of every part two things are tracked, each with a lower and an upper bound: that some value passes
//! it, and that some value fails it. Negation swaps the two.

use crate::ldap::Filter;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Filter as ScimFilter, Test};

use super::translator::{Translator, constant};

/// What is known of a test on one value.
pub(super) type LeafBounds<'f, T> = &'f mut dyn FnMut(&mut T, &Test) -> Bounds;

/// Which values of an attribute are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// The only one that there can be.
    Only,
    /// One of those that there may be.
    First,
    /// Each.
    Every,
}

/// Why bounds differ whose parts are exact.
const APART: &str = "different values may satisfy the parts";

impl Translator<'_> {
    /// Some served value, taken by itself, satisfies `filter`; `present` says that there is one, `leaf` what is known of a
    /// test on it.
    pub(super) fn exists(
        &mut self,
        present: &Bounds,
        served: Served,
        filter: &ScimFilter,
        leaf: LeafBounds<'_, Self>,
    ) -> Bounds {
        let bounds = match served {
            Served::Only => self.on_one_value(filter, leaf),
            Served::Every => self.on_values(present, filter, leaf).some,
            Served::First => {
                let values = self.on_values(present, filter, leaf);
                // What no value fails, the one that is served passes.
                let lower = Filter::not(values.fails.upper);
                let reason = "several values may be there, of which one is served";
                with_reasons(lower, values.some.upper, values.some.reasons, reason)
            }
        };
        within(present, bounds)
    }

    /// `filter` on the one value there is.
    fn on_one_value(&mut self, filter: &ScimFilter, leaf: LeafBounds<'_, Self>) -> Bounds {
        let mut each =
            |parts: &[ScimFilter]| parts.iter().map(|part| self.on_one_value(part, leaf)).collect::<Vec<_>>();
        match filter {
            ScimFilter::Constant(value) => constant(*value),
            ScimFilter::And(parts) => Bounds::and(each(parts)),
            ScimFilter::Or(parts) => Bounds::or(each(parts)),
            ScimFilter::Test(test) => leaf(self, test),
            ScimFilter::Not(part) => self.on_one_value(part, leaf).not(),
            ScimFilter::Element { .. } => nested(),
        }
    }

    /// `filter` on values of which there may be several.
    fn on_values(&mut self, present: &Bounds, filter: &ScimFilter, leaf: LeafBounds<'_, Self>) -> OnValues {
        let mut each =
            |parts: &[ScimFilter]| parts.iter().map(|part| self.on_values(present, part, leaf)).collect::<Vec<_>>();
        match filter {
            ScimFilter::Constant(value) => OnValues::of_leaf(constant(*value), present),
            ScimFilter::And(parts) => OnValues::all(each(parts)),
            ScimFilter::Or(parts) => {
                OnValues::all(each(parts).into_iter().map(OnValues::not).collect::<Vec<_>>()).not()
            }
            ScimFilter::Test(test) => OnValues::of_leaf(leaf(self, test), present),
            ScimFilter::Not(part) => self.on_values(present, part, leaf).not(),
            ScimFilter::Element { .. } => OnValues::of_leaf(nested(), present),
        }
    }
}

/// What is known of a part of a filter, given that there is a value. `True` stands for "whenever there is a value".
struct OnValues {
    /// Some value passes.
    some: Bounds,
    /// Some value fails.
    fails: Bounds,
}

impl OnValues {
    fn of_leaf(some: Bounds, present: &Bounds) -> Self {
        if some.lower == Filter::True {
            // What is true of a value without asking is true of each.
            return Self { some, fails: Bounds::none() };
        }
        let fails = match &some.upper {
            Filter::False => Bounds::all(),
            upper => Bounds::between(
                Filter::and([present.lower.clone(), Filter::not(upper.clone())]),
                Filter::True,
                "one value may fail the test while another passes",
            ),
        };
        Self { some, fails }
    }

    /// Whether every value passes.
    fn is_always(&self) -> bool {
        self.fails.upper == Filter::False
    }

    fn not(self) -> Self {
        Self { some: self.fails, fails: self.some }
    }

    /// The conjunction: some value passes all `parts`.
    ///
    /// That one value passes one part for sure says so of the conjunction where no value fails any other part.
    fn all(mut parts: Vec<Self>) -> Self {
        parts.retain(|part| !part.is_always());
        if let Some(never) = parts.iter().position(|part| part.some.upper == Filter::False) {
            return parts.swap_remove(never);
        }
        let lower = Filter::or(parts.iter().enumerate().map(|(place, part)| {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != place);
            let none_fails = others.map(|(_, other)| Filter::not(other.fails.upper.clone()));
            Filter::and(std::iter::once(part.some.lower.clone()).chain(none_fails))
        }));
        let lower = if parts.is_empty() { Filter::True } else { lower };
        let upper = Filter::and(parts.iter().map(|part| part.some.upper.clone()));
        let (some, fails): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.some, part.fails)).unzip();
        let reasons = Bounds::and(some).reasons;
        Self { some: with_reasons(lower, upper, reasons, APART), fails: Bounds::or(fails) }
    }
}

fn nested() -> Bounds {
    Bounds::at_most(Filter::True, "an element within an element")
}

fn with_reasons(lower: Filter, upper: Filter, mut reasons: Vec<String>, otherwise: &str) -> Bounds {
    if lower == upper {
        return Bounds::exact(lower);
    }
    if reasons.is_empty() {
        reasons.push(otherwise.to_owned());
    }
    Bounds { lower, upper, reasons }
}

/// `bounds` where there is a value.
pub(super) fn within(present: &Bounds, bounds: Bounds) -> Bounds {
    let both = |present: &Filter, filter: Filter| {
        if implies_a_value(&filter) { filter } else { Filter::and([present.clone(), filter]) }
    };
    let (lower, upper) = (both(&present.lower, bounds.lower), both(&present.upper, bounds.upper));
    let mut reasons = bounds.reasons;
    for reason in &present.reasons {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    with_reasons(lower, upper, reasons, APART)
}

/// Whether `filter`, whose leaves are all about the values in question, matches only where there is one.
fn implies_a_value(filter: &Filter) -> bool {
    match filter {
        Filter::True | Filter::Not(_) => false,
        Filter::And(parts) => parts.iter().any(implies_a_value),
        Filter::Or(parts) => parts.iter().all(implies_a_value),
        _ => true,
    }
}
