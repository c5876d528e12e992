//! What a new entry is made of: its classes, and the attributes that the mapping gives it.

use crate::diagnostics::Span;
use crate::ldap::AttributeDescription;
use crate::mapping::model::{LdapScalar, Reference, Resource, Scalar, Source};
use crate::mapping::value_template::{ValuePart, ValueTemplate};
use crate::mapping::writing::WritePolicy;
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::Mutability;

/// An attribute that a new entry is given, and by what.
pub(super) struct Given<'a> {
    /// The attribute.
    pub attribute: &'a AttributeDescription,
    /// Whether every new entry has it, whatever the client sends.
    pub always: bool,
    /// The key that gives it, where that isn't a SCIM attribute's.
    pub by: Option<&'static str>,
    /// Where the mapping file says so.
    pub span: Option<&'a Span>,
}

/// The references of the kind that POST makes.
pub(super) fn first_kind(resource: &Resource) -> Option<&Reference> {
    resource.sources.iter().find_map(|source| match source {
        Source::References(references) => {
            references.iter().find(|reference| reference.class.is_some() && reference.writable)
        }
        _ => None,
    })
}

/// The classes of a new entry.
pub(super) fn new_classes<'a>(resource: &'a Resource, kind: Option<&'a Reference>) -> Vec<&'a str> {
    let own = resource.writing.classes.iter().map(String::as_str);
    let kind = kind.and_then(|kind| kind.class.as_deref());
    let mut classes: Vec<&str> = own.collect();
    classes.extend(kind.filter(|kind| !resource.writing.classes.iter().any(|own| own.eq_ignore_ascii_case(kind))));
    classes
}

/// The values that clients can write.
pub(super) fn written(resource: &Resource) -> Vec<&LdapScalar> {
    let mut found = Vec::new();
    for (def, source) in resource.schema.attributes().iter().zip(&resource.sources) {
        if def.attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        let scalars: Vec<&Scalar> = match source {
            Source::Scalar(scalar) => vec![scalar],
            Source::Complex(subs) => {
                let writable = |place: &usize| {
                    def.attribute.sub_attributes.get(*place).is_some_and(|sub| sub.mutability != Mutability::ReadOnly)
                };
                subs.iter()
                    .enumerate()
                    .filter(|(place, _)| writable(place))
                    .filter_map(|(_, sub)| sub.as_ref())
                    .collect()
            }
            Source::Slots(slots) => slots.iter().flat_map(|slot| slot.subs.iter().flatten()).collect(),
            _ => Vec::new(),
        };
        found.extend(scalars.into_iter().filter_map(|scalar| match scalar {
            Scalar::Ldap(scalar) if !matches!(scalar.write, WritePolicy::Never | WritePolicy::Discard) => Some(scalar),
            _ => None,
        }));
    }
    found
}

/// What a new entry is given.
pub(super) fn given<'a>(resource: &'a Resource, kind: Option<&'a Reference>) -> Vec<Given<'a>> {
    let writing = &resource.writing;
    let mut given: Vec<Given<'a>> = Vec::new();
    given.extend(writing.naming.iter().map(|naming| Given {
        attribute: &naming.attribute,
        always: true,
        by: Some("naming"),
        span: naming.span.as_ref(),
    }));
    given.extend(writing.on_add.iter().map(|(attribute, template)| Given {
        attribute,
        always: always(resource, template),
        by: Some("on_add"),
        span: template.span.as_ref(),
    }));
    given.extend(writing.allocations.iter().map(|allocation| Given {
        attribute: &allocation.attribute,
        always: true,
        by: Some("allocate"),
        span: allocation.span.as_ref(),
    }));
    given.extend(kind.map(|kind| Given {
        attribute: &kind.attribute,
        always: kind.placeholder.is_some(),
        by: None,
        span: kind.span.as_ref(),
    }));
    let required = |scalar: &LdapScalar| {
        let defs = resource.schema.attributes().iter().zip(&resource.sources);
        defs.filter(|(def, _)| def.attribute.required)
            .any(|(_, source)| matches!(source, Source::Scalar(Scalar::Ldap(own)) if own.attribute == scalar.attribute))
    };
    given.extend(written(resource).into_iter().map(|scalar| Given {
        attribute: &scalar.attribute,
        always: required(scalar),
        by: None,
        span: scalar.span.as_ref(),
    }));
    given
}

/// Whether a template has a value for every resource: each part names an attribute that the schema requires.
fn always(resource: &Resource, template: &ValueTemplate) -> bool {
    let required = |path: &AttrPath| {
        let whole = resource.schema.get(path.attr).is_some_and(|def| def.attribute.required);
        whole && resource.schema.attribute(*path).is_some_and(|attribute| attribute.required)
    };
    template.parts.iter().all(|part| match part {
        ValuePart::Literal(_) => true,
        ValuePart::Attribute(choices, _) => choices.iter().any(required),
    })
}
