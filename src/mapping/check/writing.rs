//! Writing: whether entries can be made of the classes that the mapping names, and hold what it gives them.

use super::given::{Given, first_kind, given, new_classes, written};
use super::{Checker, milder};
use crate::diagnostics::{Severity, Span};
use crate::ldap::AttributeDescription;
use crate::ldap::subschema::ClassKind;
use crate::mapping::model::{LdapScalar, Resource, Scalar, Source};
use crate::mapping::writing::{Retired, Retirement};
use crate::mapping::{builtin, codes};

/// What every entry must have and the directory gives it: Active Directory publishes some of these as if users wrote them.
const THE_DIRECTORYS: &[&str] = &["objectClass", "objectCategory", "nTSecurityDescriptor"];

impl<'a> Checker<'a> {
    /// All that is checked about writing a type.
    pub(super) fn writing(&mut self, resource: &Resource) {
        if resource.writing.never {
            return;
        }
        self.retirement(resource);
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
        let given = given(resource, kind);
        self.auxiliary(resource, &classes, &given);
        self.allowed(resource, &classes, &given);
        if classes.iter().all(|class| self.schema.class(class).is_some()) {
            self.must(resource, &classes, &given, span);
        }
    }

    /// Whether what is to be disabled when it is deleted can be.
    fn retirement(&mut self, resource: &Resource) {
        let Retirement::Keep(Retired { disable: true, .. }) = resource.writing.on_delete else { return };
        let active = resource.schema.resolve(&"active".into()).map(|path| resource.source(path.attr));
        if let Ok(Source::Scalar(Scalar::Ldap(scalar))) = active
            && self.schema.attribute(scalar.attribute.type_name()).is_none()
        {
            let attribute = scalar.attribute.as_str();
            let message =
                format!("the directory doesn't know `{attribute}`: no deleted `{}` can be disabled", resource.name);
            self.push(Severity::Warning, &codes::UNKNOWN_LDAP, attribute, message, scalar.span.as_ref());
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
    fn auxiliary(&mut self, resource: &Resource, classes: &[&str], given: &[Given<'_>]) {
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
                Some(_) => self.use_of(class, &written, classes, given, span),
            }
        }
    }

    /// Whether entries will be given the auxiliary class, and can be.
    fn use_of(
        &mut self,
        class: &str,
        written: &[&LdapScalar],
        classes: &[&str],
        given: &[Given<'_>],
        span: Option<&Span>,
    ) {
        let used = written
            .iter()
            .map(|scalar| &scalar.attribute)
            .any(|attribute| self.holds(&[class], attribute) && !self.holds(classes, attribute));
        if !used {
            let message = format!("no attribute that is written needs the class `{class}`");
            self.push(milder(span), &codes::USELESS_CLASS, class, message, span);
            return;
        }
        let (missing, _) = self.wanted(&[class], given);
        if !missing.is_empty() {
            let message = format!(
                "no entry can be given the class `{class}`: it wants {}, which nothing gives",
                listed(&missing)
            );
            self.push(Severity::Warning, &codes::MISSING, class, message, span);
        }
    }

    /// What entries of the classes must have: what nothing gives, and what not every new entry gets.
    fn wanted(&self, classes: &[&str], given: &[Given<'_>]) -> (Vec<&'a str>, Vec<&'a str>) {
        let (mut missing, mut sometimes) = (Vec::new(), Vec::new());
        let schema = self.schema;
        for name in schema.must(classes) {
            let own = schema.attribute(name).is_some_and(|known| known.definition.no_user_modification);
            if own || THE_DIRECTORYS.iter().any(|given| schema.same_attribute(name, given)) {
                continue;
            }
            let mut gives =
                given.iter().filter(|given| schema.same_attribute(given.attribute.type_name(), name)).peekable();
            if gives.peek().is_none() {
                missing.push(name);
            } else if !gives.any(|given| given.always) {
                sometimes.push(name);
            }
        }
        (missing, sometimes)
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
                // Of what a SCIM attribute is mapped to, reading tells.
                if let Some(by) = by {
                    let message = format!("the directory doesn't know `{attribute}`, which `{by}` names");
                    self.push(milder(*span), &codes::UNKNOWN_LDAP, attribute.as_str(), message, *span);
                }
                continue;
            };
            if known.definition.no_user_modification {
                if let Some(by) = by {
                    let message = format!("`{attribute}` is the directory's own: `{by}` can't give it");
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
        let (missing, sometimes) = self.wanted(classes, given);
        for name in sometimes {
            let message = format!("an entry of {} needs `{name}`, which clients needn't send", listed(classes));
            let gives = |given: &&Given<'_>| self.schema.same_attribute(given.attribute.type_name(), name);
            let span = given.iter().filter(gives).find_map(|given| given.span);
            self.push(Severity::Note, &codes::SOMETIMES_MISSING, name, message, span);
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

/// "`a` and `b`".
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}
