//! Writing: whether entries can be made of the classes that the mapping names, and hold what it gives them.

use super::{Checker, milder};
use crate::diagnostics::{Severity, Span};
use crate::ldap::AttributeDescription;
use crate::ldap::subschema::ClassKind;
use crate::mapping::model::{LdapScalar, Reference, Resource, Scalar, Source};
use crate::mapping::value_template::{ValuePart, ValueTemplate};
use crate::mapping::writing::WritePolicy;
use crate::mapping::{builtin, codes};
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::Mutability;

/// An attribute that a new entry is given, and by what.
struct Given<'a> {
    attribute: &'a AttributeDescription,
    /// Whether every new entry has it, whatever the client sends.
    always: bool,
    /// What gives it, as a person would name it.
    by: String,
    span: Option<&'a Span>,
}

impl Checker<'_> {
    /// All that is checked about writing a type.
    pub(super) fn writing(&mut self, resource: &Resource) {
        if resource.writing.never {
            return;
        }
        let kind = first_kind(resource);
        let classes = new_classes(resource, kind);
        if classes.is_empty() || resource.writing.naming.is_none() {
            let lacks = if classes.is_empty() { "classes" } else { "naming" };
            let message = format!("no `{}` can be created: nothing says its `{lacks}`", resource.name);
            let span = resource.bases.first().and_then(|base| base.span.as_ref());
            let span = span.filter(|span| !span.file.name.starts_with(builtin::PREFIX));
            self.push(Severity::Note, &codes::NOT_CREATED, &resource.name, message, span);
            return;
        }
        let span = resource.writing.classes_span.as_ref().or(kind.and_then(|kind| kind.span.as_ref()));
        self.class_kinds(&classes, span);
        self.auxiliary(resource, &classes);
        let given = given(resource, kind);
        self.allowed(resource, &classes, &given);
        if classes.iter().all(|class| self.schema.class(class).is_some()) {
            self.must(resource, &classes, &given, span);
        }
    }

    /// Whether an entry can be of these classes: one chain of structural ones, and auxiliary ones.
    fn class_kinds(&mut self, classes: &[&str], span: Option<&Span>) {
        let mut structural: Vec<&str> = Vec::new();
        for class in classes {
            let Some(known) = self.schema.class(class) else {
                let message = format!("the directory doesn't know the class `{class}`: no entry can be made of it");
                self.push(Severity::Warning, &codes::UNKNOWN_CLASS, class, message, span);
                return;
            };
            match known.kind {
                ClassKind::Structural => structural.push(class),
                ClassKind::Auxiliary => {}
                ClassKind::Abstract => {
                    let message = format!("`{class}` is abstract: entries are of classes that inherit from it");
                    self.push(Severity::Warning, &codes::CLASS_KIND, class, message, span);
                }
            }
        }
        let [first, rest @ ..] = structural.as_slice() else {
            let message =
                format!("none of {} is structural: no entry can be made of auxiliary classes alone", listed(classes));
            self.push(Severity::Warning, &codes::CLASS_KIND, "classes", message, span);
            return;
        };
        let related = |other: &&&str| self.schema.is_subclass(first, other) || self.schema.is_subclass(other, first);
        if let Some(other) = rest.iter().find(|other| !related(other)) {
            let message = format!("no entry can be of both `{first}` and `{other}`: both are structural");
            self.push(Severity::Warning, &codes::CLASS_KIND, other, message, span);
        }
    }

    /// Whether `auxiliary` names auxiliary classes that the mapping has a use for.
    fn auxiliary(&mut self, resource: &Resource, classes: &[&str]) {
        let span = resource.writing.auxiliary_span.as_ref();
        let written = written(resource);
        for class in &resource.writing.auxiliary {
            match self.schema.class(class) {
                None => {
                    let message = format!("the directory doesn't know the class `{class}`");
                    self.push(milder(span), &codes::UNKNOWN_CLASS, class, message, span);
                }
                Some(known) if known.kind != ClassKind::Auxiliary => {
                    let message = format!("`{class}` isn't auxiliary: an entry can't be given it later");
                    self.push(Severity::Warning, &codes::CLASS_KIND, class, message, span);
                }
                Some(_) => {
                    let single = [class.as_str()];
                    let used = written
                        .iter()
                        .map(|scalar| &scalar.attribute)
                        .any(|attribute| self.holds(&single, attribute) && !self.holds(classes, attribute));
                    if !used {
                        let message = format!(
                            "no attribute that is written needs the class `{class}`: {} has a place for all",
                            listed(classes)
                        );
                        self.push(milder(span), &codes::USELESS_CLASS, class, message, span);
                    }
                }
            }
        }
    }

    /// Whether the classes themselves, and not the directory's leniency, have a place for the attribute.
    fn holds(&self, classes: &[&str], attribute: &AttributeDescription) -> bool {
        let operational = self.schema.attribute(attribute.type_name()).is_some_and(|known| known.is_operational());
        !operational && self.schema.allows(classes, attribute.type_name())
    }

    /// Whether what is written has a place in entries, and may be written at all.
    fn allowed(&mut self, resource: &Resource, classes: &[&str], given: &[Given<'_>]) {
        let auxiliary = resource.writing.auxiliary.iter().map(String::as_str);
        let all: Vec<&str> = classes.iter().copied().chain(auxiliary).collect();
        for Given { attribute, by, span, .. } in given {
            let Some(known) = self.schema.attribute(attribute.type_name()) else {
                if by.as_str() != MAPPED {
                    let message = format!("the directory doesn't know `{attribute}`, which {by} names");
                    self.push(milder(*span), &codes::UNKNOWN_LDAP, attribute.as_str(), message, *span);
                }
                continue;
            };
            if known.definition.no_user_modification {
                if by.as_str() != MAPPED {
                    let message = format!("`{attribute}` is the directory's own: {by} can't give it");
                    self.push(Severity::Warning, &codes::DIRECTORYS_OWN, attribute.as_str(), message, *span);
                }
            } else if !self.schema.allows(&all, attribute.type_name()) {
                let message = format!("an entry of {} has no place for `{attribute}`", listed(&all));
                self.push(milder(*span), &codes::NO_PLACE, attribute.as_str(), message, *span);
            }
        }
    }

    /// Whether a new entry has what its classes want.
    fn must(&mut self, resource: &Resource, classes: &[&str], given: &[Given<'_>], span: Option<&Span>) {
        let schema = self.schema;
        let mut missing = Vec::new();
        for name in schema.must(classes) {
            let own = schema.attribute(name).is_some_and(|known| known.definition.no_user_modification);
            if own || schema.same_attribute(name, "objectClass") {
                continue;
            }
            let gives = || given.iter().filter(|given| schema.same_attribute(given.attribute.type_name(), name));
            if gives().next().is_none() {
                missing.push(name);
            } else if !gives().any(|given| given.always) {
                let message = format!("an entry of {} needs `{name}`, which clients needn't send", listed(classes));
                let span = gives().find_map(|given| given.span);
                self.push(Severity::Note, &codes::SOMETIMES_MISSING, name, message, span);
            }
        }
        if !missing.is_empty() {
            let message = format!(
                "no `{}` can be created: {} wants {}, which nothing gives",
                resource.name,
                listed(classes),
                listed(&missing)
            );
            self.push(Severity::Warning, &codes::MISSING, &missing.join(", "), message, span);
        }
    }
}

/// What stands for "a mapped attribute" in [`Given::by`]: of those the directory doesn't know, others tell.
const MAPPED: &str = "the mapping";

/// The references of the kind that POST makes.
fn first_kind(resource: &Resource) -> Option<&Reference> {
    let references = resource.sources.iter().find_map(|source| match source {
        Source::References(references) => {
            references.iter().find(|reference| reference.class.is_some() && reference.writable)
        }
        _ => None,
    });
    references
}

/// The classes of a new entry.
fn new_classes<'a>(resource: &'a Resource, kind: Option<&'a Reference>) -> Vec<&'a str> {
    let own = resource.writing.classes.iter().map(String::as_str);
    let kind = kind.and_then(|kind| kind.class.as_deref());
    let mut classes: Vec<&str> = own.collect();
    classes.extend(kind.filter(|kind| !resource.writing.classes.iter().any(|own| own.eq_ignore_ascii_case(kind))));
    classes
}

/// The values that clients can write.
fn written(resource: &Resource) -> Vec<&LdapScalar> {
    let ldap = |scalar: &'_ Scalar| matches!(scalar, Scalar::Ldap(_));
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
        found.extend(scalars.into_iter().filter(|scalar| ldap(scalar)).filter_map(|scalar| match scalar {
            Scalar::Ldap(scalar) if !matches!(scalar.write, WritePolicy::Never | WritePolicy::Discard) => Some(scalar),
            _ => None,
        }));
    }
    found
}

/// What a new entry is given.
fn given<'a>(resource: &'a Resource, kind: Option<&'a Reference>) -> Vec<Given<'a>> {
    let writing = &resource.writing;
    let mut given: Vec<Given<'a>> = Vec::new();
    given.extend(writing.naming.iter().map(|naming| Given {
        attribute: &naming.attribute,
        always: true,
        by: "`naming`".to_owned(),
        span: naming.span.as_ref(),
    }));
    given.extend(writing.on_add.iter().map(|(attribute, template)| Given {
        attribute,
        always: always(resource, template),
        by: "`on_add`".to_owned(),
        span: template.span.as_ref(),
    }));
    given.extend(writing.allocations.iter().map(|allocation| Given {
        attribute: &allocation.attribute,
        always: true,
        by: "`allocate`".to_owned(),
        span: allocation.span.as_ref(),
    }));
    given.extend(kind.map(|kind| Given {
        attribute: &kind.attribute,
        always: kind.placeholder.is_some(),
        by: MAPPED.to_owned(),
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
        by: MAPPED.to_owned(),
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

/// "`a` and `b`".
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}
