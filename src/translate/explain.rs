//! What a filter becomes, for people and machines: nothing is asked of a directory.
//!
//! What translation would have to look up first is shown as a hole, `<dn of Group "…">`.

mod holes;
mod offline;
mod plan;

use std::fmt;

use serde::Serialize;

use self::holes::Holes;
pub use self::offline::{explain_create, explain_patch};
pub use self::plan::{ExplainedStage, ExplainedWrite};
use super::filter::{self, Translated};
use super::lookup::Answers;
use super::read::ReadPlan;
use super::view::View;
use super::{search, shown};
use crate::mapping::bounds::Bounds;
use crate::mapping::model::TypeIndex;
use crate::scim::filter::typed::{Filter as ScimFilter, attributes_used};
use crate::scim::projection::Projection;

/// A filter's translation, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The resource type.
    pub resource_type: String,
    /// The SCIM filter in canonical form.
    pub filter: String,
    /// The LDAP filter that matches only what satisfies it.
    pub lower: String,
    /// The LDAP filter that matches all that satisfies it.
    pub upper: String,
    /// Whether LDAP alone decides.
    pub exact: bool,
    /// Why it doesn't.
    pub reasons: Vec<String>,
    /// What is evaluated on each candidate afterwards: SCIM attributes.
    pub checked: Vec<String>,
    /// What is looked up first.
    pub lookups: Vec<String>,
    /// The searches that are sent.
    pub searches: Vec<ExplainedSearch>,
}

/// One search of an [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedSearch {
    /// The directory's name in the settings.
    pub directory: String,
    /// The base object.
    pub base: String,
    /// base, one or sub.
    pub scope: String,
    /// The filter that is sent.
    pub filter: String,
    /// The attributes that are asked for.
    pub attributes: Vec<String>,
    /// Leaves for which the schema has no matching rule that an index could serve: the directory looks at every entry.
    pub scans: bool,
}

/// Explains `filter` (whose canonical text is `text`) for resources of `kind`.
pub fn explain(view: &View, kind: TypeIndex, text: &str, filter: &ScimFilter, base_url: &str) -> Explanation {
    let resource = view.resource(kind);
    let (bounds, holes) = with_holes(view, kind, filter, base_url);
    let plan = ReadPlan::compile(view, kind, &Projection::default_for(&resource.schema), base_url);
    let exact = bounds.is_exact();
    let checked = if exact { Vec::new() } else { attributes_used(filter) };
    let plan = if exact {
        plan
    } else {
        let more = shown::knowing(&resource.schema, &checked);
        ReadPlan::compile_onto((*plan.attributes).clone(), view, kind, &more, base_url)
    };
    let searches = resource
        .bases
        .iter()
        .filter_map(|base| {
            let search = search::below(resource, base, bounds.upper.clone(), plan.attributes.clone())?;
            Some(ExplainedSearch {
                directory: base.directory.clone(),
                base: search.base,
                scope: search.scope.to_string(),
                scans: !search::narrows(&bounds.upper),
                filter: holes.described(&search.filter.to_string()),
                attributes: search.attributes.iter().map(ToString::to_string).collect(),
            })
        })
        .collect();
    Explanation {
        resource_type: resource.name.clone(),
        filter: text.to_owned(),
        lower: holes.described(&bounds.lower.to_string()),
        upper: holes.described(&bounds.upper.to_string()),
        exact,
        reasons: bounds.reasons,
        checked: checked.into_iter().map(|path| resource.schema.path_text(path)).collect(),
        lookups: holes.into_questions(),
        searches,
    }
}

/// The bounds, with a hole in the place of each DN that would be looked up.
fn with_holes(view: &View, kind: TypeIndex, filter: &ScimFilter, base_url: &str) -> (Bounds, Holes) {
    let mut answers = Answers::default();
    let mut holes = Holes::default();
    for _ in 0..8 {
        match filter::translate(view, kind, filter, &answers, base_url) {
            Translated::Ready(bounds) => return (bounds, holes),
            Translated::Needs(lookups) => {
                for lookup in lookups {
                    answers.insert(&lookup, holes.answer(view, &lookup));
                }
            }
        }
    }
    (Bounds::at_most(crate::ldap::Filter::True, "the translation asks for too much"), holes)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} filter   {}", self.resource_type, self.filter)?;
        writeln!(f, "  lower bound  {}", said(&self.lower))?;
        writeln!(f, "  upper bound  {}", said(&self.upper))?;
        writeln!(f, "  exact        {}", if self.exact { "yes: the directory decides" } else { "no" })?;
        for reason in &self.reasons {
            writeln!(f, "    because    {reason}")?;
        }
        for lookup in &self.lookups {
            writeln!(f, "  looked up    {lookup}")?;
        }
        if !self.checked.is_empty() {
            writeln!(f, "  checked      {} of each candidate", self.checked.join(", "))?;
        }
        if self.searches.is_empty() {
            writeln!(f, "  search       none: nothing can satisfy it")?;
        }
        for search in &self.searches {
            writeln!(f, "  search       {} ({}) in directory `{}`", search.base, search.scope, search.directory)?;
            writeln!(f, "    filter     {}", search.filter)?;
            for (place, line) in lines(&search.attributes).iter().enumerate() {
                writeln!(f, "    {:<10} {line}", if place == 0 { "attributes" } else { "" })?;
            }
            if search.scans {
                writeln!(f, "    note       no part of the filter narrows it: every entry of the type is looked at")?;
            }
        }
        Ok(())
    }
}

/// Columns that names may take before a new line is begun.
const WIDTH: usize = 100;

/// `names` with blanks between them, in lines.
fn lines(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + name.len() <= WIDTH => {
                line.push(' ');
                line.push_str(name);
            }
            _ => lines.push(name.clone()),
        }
    }
    lines
}

fn said(filter: &str) -> &str {
    match filter {
        "(&)" => "every resource",
        "(|)" => "no resource",
        filter => filter,
    }
}
