//! Filters and object classes that the directory doesn't know.

use super::{Checker, milder};
use crate::diagnostics::{Severity, Span};
use crate::ldap::Filter;
use crate::mapping::codes;
use crate::mapping::model::Resource;

impl Checker<'_> {
    /// The resource type's filter; one that the mapping doesn't give is made of kinds, whose classes are checked as theirs.
    pub(super) fn filter(&mut self, resource: &Resource) {
        if let Some(span) = &resource.filter_span {
            self.part(&resource.filter, span);
        }
        // A filter on what the directory doesn't know matches nothing, and would protect nothing.
        if let (Some(protected), Some(span)) = (&resource.writing.protected, &resource.writing.protected_span) {
            self.part(protected, span);
        }
    }

    /// The attribute by which bridges notice each other's writes: two values would hide one of them.
    pub(super) fn cas_attribute(&mut self, resource: &Resource) {
        let (Some(attribute), span) = (&resource.writing.cas_attribute, resource.writing.cas_span.as_ref()) else {
            return;
        };
        self.needed(attribute, span, "to tell bridges of each other's writes");
        let known = self.schema.attribute(attribute.type_name());
        if known.is_some_and(|known| !known.definition.single_value) {
            let message = format!(
                "`{attribute}` can have several values: two bridges that write at once don't notice each other"
            );
            self.push(Severity::Error, &codes::SEVERAL_VALUES, attribute.as_str(), message, span);
        }
    }

    fn part(&mut self, filter: &Filter, span: &Span) {
        let attribute = match filter {
            Filter::True | Filter::False => return,
            Filter::And(parts) | Filter::Or(parts) => return parts.iter().for_each(|part| self.part(part, span)),
            Filter::Not(part) => return self.part(part, span),
            Filter::Present(attribute)
            | Filter::Equality(attribute, _)
            | Filter::GreaterOrEqual(attribute, _)
            | Filter::LessOrEqual(attribute, _)
            | Filter::Substring { attribute, .. }
            | Filter::Extensible { attribute, .. } => attribute,
        };
        self.needed(attribute, Some(span), "part of the filter");
        if let Filter::Equality(attribute, class) = filter
            && attribute.type_name().eq_ignore_ascii_case("objectClass")
        {
            self.class(&String::from_utf8_lossy(class), Some(span), true);
        }
    }

    pub(super) fn class(&mut self, class: &str, span: Option<&Span>, needed: bool) {
        if self.schema.class(class).is_none() {
            let severity = if needed { Severity::Error } else { milder(span) };
            self.push(
                severity,
                &codes::UNKNOWN_CLASS,
                class,
                format!("the directory doesn't know the class `{class}`"),
                span,
            );
        }
    }
}
