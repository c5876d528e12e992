//! A mapping held against a directory's schema. Pure: the schema may be a live directory's or one read from a file.

mod classes;
mod given;
mod preset;
mod slots;
mod values;
mod writing;

use self::preset::Folded;
use crate::diagnostics::{Diagnostic, Report, Severity, Span};
use crate::ldap::{AttributeDescription, Subschema};
use crate::mapping::builtin;
use crate::mapping::codes;
use crate::mapping::model::{Builtin, Mapping, Reference, ReferenceForm, Resource, Scalar, Source, Version};
use crate::scim::schema::{Attribute, Mutability};

/// What doesn't fit. Errors keep resources from being found at all; warnings and notes say what is served otherwise than the mapping
/// looks. About what a preset maps there are only notes, one of each sort: presets map what a directory may lack.
pub fn check(mapping: &Mapping, schema: &Subschema) -> Report {
    let mut checker = Checker { schema, report: Report::new(), folded: Folded::default() };
    for resource in &mapping.resources {
        checker.resource(resource);
        checker.writing(resource);
    }
    let Checker { mut report, folded, .. } = checker;
    folded.tell(&mut report);
    report.sorted()
}

/// What is being checked.
struct Checker<'a> {
    schema: &'a Subschema,
    report: Report,
    folded: Folded,
}

impl Checker<'_> {
    fn resource(&mut self, resource: &Resource) {
        self.needed(&resource.id.attribute, resource.id.span.as_ref(), "the id");
        if let Version::Attribute(attribute) = &resource.version {
            self.needed(attribute, None, "the version");
        }
        self.filter(resource);
        self.cas_attribute(resource);
        for (def, source) in resource.schema.attributes().iter().zip(&resource.sources) {
            match source {
                Source::Unmapped | Source::WriteOnly(_) => {}
                Source::Builtin(Builtin::Meta { created, last_modified }) => {
                    created.iter().chain(last_modified).for_each(|scalar| self.scalar(scalar, true));
                }
                Source::Builtin(_) => {}
                Source::Scalar(scalar) => {
                    self.scalar(scalar, !def.attribute.multi_valued);
                    self.mutability(scalar, &def.attribute);
                }
                Source::Complex(subs) => {
                    for (scalar, attribute) in subs.iter().zip(&def.attribute.sub_attributes) {
                        if let Some(scalar) = scalar {
                            self.scalar(scalar, true);
                            self.mutability(scalar, attribute);
                        }
                    }
                }
                Source::Slots(slots) => {
                    self.slots(&def.attribute, slots);
                    for slot in slots {
                        let several = slot.attributes().count() > 1;
                        slot.subs.iter().flatten().for_each(|scalar| self.scalar(scalar, several));
                    }
                }
                Source::References(references) => references.iter().for_each(|reference| self.reference(reference)),
                Source::Backreference(back) => {
                    if let Some(via) = &back.via {
                        self.known(via, back.span.as_ref());
                    }
                }
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar, single: bool) {
        match scalar {
            Scalar::Constant(_) => {}
            Scalar::Template(template) => {
                for attribute in template.attributes() {
                    self.known(attribute, template.span.as_ref());
                }
            }
            Scalar::Ldap(scalar) => {
                if self.known(&scalar.attribute, scalar.span.as_ref()) {
                    self.value(scalar, single);
                }
                for also in &scalar.also {
                    self.known(&also.attribute, scalar.span.as_ref());
                }
            }
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let span = reference.span.as_ref();
        if let Some(class) = &reference.class {
            self.class(class, span, false);
        }
        if self.known(&reference.attribute, span) {
            self.reference_syntax(reference);
        }
        if let ReferenceForm::Key(key) | ReferenceForm::PrimaryGroup(key) = &reference.form {
            self.known(key, span);
        }
    }

    /// Whether the directory knows the attribute; it is reported if not.
    fn known(&mut self, attribute: &AttributeDescription, span: Option<&Span>) -> bool {
        if self.is_secret(attribute) {
            let message = format!("`{attribute}` is never mapped: it is a kind of userPassword");
            self.push(Severity::Error, &codes::FORBIDDEN, attribute.as_str(), message, span);
        }
        let known = self.schema.attribute(attribute.type_name()).is_some();
        if !known {
            let message = format!("the directory doesn't know `{attribute}`");
            self.push(milder(span), &codes::UNKNOWN_LDAP, attribute.as_str(), message, span);
        }
        known
    }

    /// As [`known`](Self::known), for an attribute without which nothing works.
    fn needed(&mut self, attribute: &AttributeDescription, span: Option<&Span>, what: &str) {
        if self.schema.attribute(attribute.type_name()).is_none() {
            let message = format!("the directory doesn't know `{attribute}`, which is {what}");
            self.push(Severity::Error, &codes::UNKNOWN_LDAP, attribute.as_str(), message, span);
        }
    }

    /// What the directory alone writes is published as read-only.
    fn mutability(&mut self, scalar: &Scalar, attribute: &Attribute) {
        let Scalar::Ldap(held) = scalar else { return };
        let known = self.schema.attribute(held.attribute.type_name());
        let own = known.is_some_and(|known| known.definition.no_user_modification);
        if own && attribute.mutability != Mutability::ReadOnly {
            let message = format!("`{}` is the directory's own: `{}` is read-only", held.attribute, attribute.name);
            self.push(Severity::Note, &codes::DIRECTORYS_OWN, held.attribute.as_str(), message, held.span.as_ref());
        }
    }

    fn is_secret(&self, attribute: &AttributeDescription) -> bool {
        self.schema.is_subtype(attribute.type_name(), "userPassword")
    }

    /// A finding; `subject` is the attribute or class that it is about.
    fn push(
        &mut self,
        severity: Severity,
        code: &'static crate::diagnostics::Code,
        subject: &str,
        message: impl Into<String>,
        span: Option<&Span>,
    ) {
        let message = message.into();
        if self.folded.takes(severity, code, subject, &message, span) {
            return;
        }
        let finding = Diagnostic::new(severity, code, message);
        self.report.push(match span {
            Some(span) => finding.at(span),
            None => finding,
        });
    }
}

/// A note where a preset says so, a warning where the user does.
fn milder(span: Option<&Span>) -> Severity {
    match span {
        Some(span) if span.file.name.starts_with(builtin::PREFIX) => Severity::Note,
        _ => Severity::Warning,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rstest::rstest;

    use super::*;
    use crate::mapping::compile;

    fn findings(attributes: &str) -> Vec<(&'static str, Severity)> {
        let text = format!(
            "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n[resource.User.attr]\n{attributes}\n"
        );
        let mapping =
            compile(|name| if name == "m" { Ok(text.clone()) } else { Err(io::ErrorKind::NotFound.into()) }, "m");
        let mapping = mapping.unwrap_or_else(|report| panic!("{report}"));
        let own = |finding: &&Diagnostic| finding.span.as_ref().is_some_and(|span| span.file.name == "m");
        check(&mapping, &Subschema::standard()).iter().filter(own).map(|f| (f.code.id, f.severity)).collect()
    }

    #[rstest]
    #[case("title = 'titel'", &[("M101", Severity::Warning)])]
    #[case("title = 'employeeNumber'", &[])]
    #[case("title = 'description'", &[("M102", Severity::Note)])]
    #[case("nickName = 'facsimileTelephoneNumber'", &[("M102", Severity::Note), ("M103", Severity::Note)])]
    #[case("nickName = 'jpegPhoto'", &[("M102", Severity::Note), ("M105", Severity::Warning)])]
    #[case("meta.created = 'displayName'", &[("M105", Severity::Warning)])]
    #[case("nickName = { template = '{givenname} {surname}' }", &[])]
    #[case("nickName = { template = '{givename}' }", &[("M101", Severity::Warning)])]
    #[case("enterprise.manager.ldap = 'displayName'", &[("M106", Severity::Warning)])]
    #[case("enterprise.manager = { ref = 'User', ldap = 'manager', class = 'nobody' }", &[("M104", Severity::Warning)])]
    #[case("emails.work = 'mail'", &[])]
    #[case("emails.work = { value = 'mail', accepts = ['x'] }", &[("M114", Severity::Note)])]
    #[case("emails.home = { value = 'employeeNumber' }", &[("M113", Severity::Note)])]
    #[case("title = 'createTimestamp'", &[("M103", Severity::Note), ("M112", Severity::Note)])]
    #[case("title = 'uidNumber'", &[("M103", Severity::Note), ("M108", Severity::Warning)])]
    fn each_misfit_is_found(#[case] attributes: &str, #[case] expected: &[(&str, Severity)]) {
        assert_eq!(findings(attributes), expected);
    }

    #[test]
    fn a_preset_on_the_standard_schema_breaks_nothing() {
        let text = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";
        let mapping = compile(|_| Ok(text.to_owned()), "m").unwrap();
        let report = check(&mapping, &Subschema::standard());
        let loud: Vec<_> = report.iter().filter(|finding| finding.severity != Severity::Note).collect();
        assert!(loud.is_empty(), "{loud:?}");
        let codes: Vec<_> = report.iter().map(|finding| finding.code.id).collect();
        assert!(codes.iter().enumerate().all(|(place, code)| !codes[..place].contains(code)), "one of each: {codes:?}");
    }

    #[test]
    fn a_preset_on_a_directory_that_has_all_of_it_is_fine() {
        let ours = include_str!("../../mappings/scim.ldif");
        let standard = include_str!("../ldap/subschema/standard.ldif");
        let (schema, _) = Subschema::from_ldif(&format!("{standard}\n{ours}")).unwrap();
        let text = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";
        let mapping = compile(|_| Ok(text.to_owned()), "m").unwrap();
        let codes: Vec<_> = check(&mapping, &schema).iter().map(|finding| finding.code.id).collect();
        assert_eq!(codes, ["M102", "M114", "M103"]);
    }

    #[test]
    fn the_ad_preset_makes_entries_that_active_directory_takes() {
        let text = "version = 1\nextends = \"builtin:ad@1\"\nsuffix = \"dc=example,dc=com\"\n";
        let mapping = compile(|_| Ok(text.to_owned()), "m").unwrap_or_else(|report| panic!("{report}"));
        assert!(mapping.warnings.is_empty(), "{}", mapping.warnings);
        let report = check(&mapping, &Subschema::active_directory());
        assert!(report.iter().all(|finding| finding.severity == Severity::Note), "{report}");
        assert!(!report.iter().any(|finding| matches!(finding.code.id, "M108" | "M109" | "M115")), "{report}");
    }

    #[test]
    fn the_rfc2307_preset_makes_entries_that_the_standard_schema_takes() {
        let text = "version = 1\nextends = \"builtin:rfc2307@1\"\nsuffix = \"dc=example,dc=com\"\n";
        let mapping = compile(|_| Ok(text.to_owned()), "m").unwrap();
        let report = check(&mapping, &Subschema::standard());
        assert!(report.iter().all(|finding| finding.severity == Severity::Note), "{report}");
        assert!(!report.iter().any(|finding| matches!(finding.code.id, "M109" | "M110" | "M115")), "{report}");
    }
}
