//! Values: how many there are, in which syntax, and by which rules the directory compares them.

use super::{Checker, milder};
use crate::diagnostics::Severity;
use crate::ldap::matching::Syntax;
use crate::mapping::codes;
use crate::mapping::model::{LdapScalar, Reference, ReferenceForm};
use crate::mapping::rules::Rules;

/// What a codec relies on.
struct Wants {
    /// Syntaxes that it reads; none is any text.
    syntaxes: &'static [Syntax],
    equality: bool,
    ordering: bool,
    substring: bool,
}

const OCTETS: &[Syntax] = &[
    Syntax::Audio,
    Syntax::Binary,
    Syntax::Certificate,
    Syntax::CertificateList,
    Syntax::CertificatePair,
    Syntax::Fax,
    Syntax::Jpeg,
    Syntax::OctetString,
    Syntax::AdSecurityDescriptor,
];

fn wants(codec: &str) -> Option<Wants> {
    let wants = |syntaxes, equality, ordering, substring| Some(Wants { syntaxes, equality, ordering, substring });
    match codec {
        "int" | "filetime" | "epoch-days" | "epoch-seconds" => {
            wants(&[Syntax::Integer, Syntax::AdLargeInteger], true, true, false)
        }
        "time" => wants(&[Syntax::GeneralizedTime], true, true, false),
        "uuid" => wants(&[Syntax::Uuid], true, false, false),
        "bool" => wants(&[Syntax::Boolean], true, false, false),
        "bit" => wants(&[Syntax::Integer, Syntax::AdLargeInteger], false, false, false),
        "guid-le" | "sid" => wants(&[Syntax::OctetString], true, false, false),
        "switch" | "table" => wants(&[], true, false, false),
        "string" | "prefix" | "smtp" | "postal" | "url" => wants(&[], true, false, true),
        _ => None, // compared by nothing, or by octets
    }
}

impl Checker<'_> {
    /// A value whose attribute the directory knows; `single` says that SCIM has one.
    pub(super) fn value(&mut self, scalar: &LdapScalar, single: bool) {
        let (attribute, span) = (&scalar.attribute, scalar.span.as_ref());
        let rules = Rules::of(attribute, self.schema);
        if single && !rules.single_value {
            let message = format!("`{attribute}` can have several values; the first is served");
            self.push(Severity::Note, &codes::SEVERAL_VALUES, attribute.as_str(), message, span);
        }
        let Some(wants) = wants(scalar.codec_name) else { return };
        let fits = match (wants.syntaxes, rules.syntax) {
            (_, None) => true,
            ([], Some(syntax)) => !OCTETS.contains(&syntax),
            (syntaxes, Some(syntax)) => syntaxes.contains(&syntax),
        };
        if !fits {
            let held = rules.syntax.map_or("an unknown syntax", Syntax::name);
            let message = format!(
                "`{attribute}` is {held} in the directory, which the codec `{}` can't rely on",
                scalar.codec_name
            );
            self.push(Severity::Warning, &codes::SYNTAX, attribute.as_str(), message, span);
            return;
        }
        self.scan(scalar, &wants, &rules);
    }

    fn scan(&mut self, scalar: &LdapScalar, wants: &Wants, rules: &Rules) {
        let missing: Vec<&str> = [
            (wants.equality && rules.equality.is_none(), "EQUALITY"),
            (wants.ordering && rules.ordering.is_none(), "ORDERING"),
            (wants.substring && rules.substring.is_none(), "SUBSTR"),
            (scalar.codec_name == "bit" && !rules.bitwise, "bitwise"),
        ]
        .into_iter()
        .filter_map(|(missing, name)| missing.then_some(name))
        .collect();
        if !missing.is_empty() {
            let message = format!(
                "`{}` has no {} rule: such filters look at every value",
                scalar.attribute,
                missing.join(" and no ")
            );
            self.push(Severity::Note, &codes::SCAN, scalar.attribute.as_str(), message, scalar.span.as_ref());
        }
    }

    /// Whether a reference's attribute holds what its form says.
    pub(super) fn reference_syntax(&mut self, reference: &Reference) {
        let fits: &[Syntax] = match reference.form {
            ReferenceForm::Dn => &[Syntax::DistinguishedName, Syntax::NameAndOptionalUid],
            ReferenceForm::NameAndOptionalUid => &[Syntax::NameAndOptionalUid, Syntax::DistinguishedName],
            ReferenceForm::Key(_) | ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => return,
        };
        let syntax = Rules::of(&reference.attribute, self.schema).syntax;
        if syntax.is_some_and(|syntax| !fits.contains(&syntax)) {
            let held = syntax.map_or("an unknown syntax", Syntax::name);
            let message = format!("`{}` is {held} in the directory and names no entries by DN", reference.attribute);
            let span = reference.span.as_ref();
            self.push(milder(span), &codes::NOT_DN, reference.attribute.as_str(), message, span);
        }
    }
}
