//! How entries of a type are made, named, changed and retired: the keys of `[resource.NAME]` that say so.

mod allocation;
mod naming;
mod retirement;
mod routes;
mod templates;

use super::attributes::{Build, Change};
use crate::diagnostics::toml::Node;
use crate::diagnostics::{Diagnostic, Span};
use crate::ldap::AttributeDescription;
use crate::mapping::codes;
use crate::mapping::model::{Base, Scalar, Source};
use crate::mapping::value_template::ValueTemplate;
use crate::mapping::writing::{Naming, PutOmitted, WritePolicy, Writing};
use crate::scim::resource_schema::{AttrId, AttrPath, ResourceSchema};
use crate::scim::schema::{Mutability, Uniqueness};

impl Build<'_> {
    /// `write = "never"`: nothing of the type can be written, which its schema says too.
    pub(super) fn never_written(&mut self) -> bool {
        let never = self.header.table.get("write").and_then(Node::as_str) == Some("never");
        if never {
            let own = self.header.schema.attributes().iter().filter(|def| def.schema.is_some());
            let whole: Vec<_> = own
                .filter(|def| def.attribute.mutability != Mutability::WriteOnly)
                .flat_map(|def| {
                    let subs = self.header.schema.paths().filter(|path| path.attr == def.id);
                    subs.collect::<Vec<_>>()
                })
                .collect();
            for path in whole {
                self.change(path, Change::Mutability(Mutability::ReadOnly));
            }
        }
        never
    }

    /// All that is said about writing; `naming` and `never` were read before the schema was settled.
    pub(super) fn writing(
        &mut self,
        never: bool,
        naming: Option<Naming>,
        sources: &[Source],
        bases: &[Base],
        schema: &ResourceSchema,
    ) -> Writing {
        let table = self.header.table;
        let flag = |key: &str| table.get(key).and_then(Node::as_bool).unwrap_or(false);
        let span = |key: &str| table.get(key).map(|node| node.span.clone());
        let routes = self.routes(bases, schema);
        let (on_add, on_add_else) = self.on_add(sources);
        Writing {
            never,
            classes: self.classes("classes"),
            classes_span: span("classes"),
            auxiliary: self.classes("auxiliary"),
            auxiliary_span: span("auxiliary"),
            naming,
            on_delete: self.retirement(sources, bases, &routes, schema),
            routes,
            reroute: flag("reroute"),
            on_add,
            on_add_else,
            put_omitted: match table.get("put_omitted").and_then(Node::as_str) {
                Some("keep") => PutOmitted::Keep,
                _ => PutOmitted::Clear,
            },
            protected: table.get("protected").and_then(|node| self.context.filter(node)),
            protected_span: span("protected"),
            cas_attribute: self.cas_attribute(),
            cas_span: span("cas_attribute"),
            unique: unique(sources, schema),
            allocations: self.allocations(),
            clean_references: flag("clean_references"),
        }
    }

    /// The attribute that keeps bridges apart; `false` takes an inherited one out.
    fn cas_attribute(&mut self) -> Option<AttributeDescription> {
        let node = self.header.table.get("cas_attribute")?;
        let name = node.as_str()?;
        self.context.description(name, &node.span, None)
    }

    /// The object classes under `key`.
    fn classes(&mut self, key: &str) -> Vec<String> {
        let Some(node) = self.header.table.get(key) else { return Vec::new() };
        let mut classes: Vec<String> = Vec::new();
        for (class, place) in node.strings(&mut self.context.report) {
            let finding = match class {
                _ if !is_class(class) => format!("`{class}` is no name of an object class"),
                _ if classes.iter().any(|known| known.eq_ignore_ascii_case(class)) => {
                    format!("`{class}` is named twice")
                }
                _ => {
                    classes.push(class.to_owned());
                    continue;
                }
            };
            self.context.report.push(place.error(&codes::CLASSES, finding));
        }
        classes
    }

    /// `on_add`: LDAP attributes with their values, and those that have others besides.
    #[allow(clippy::type_complexity, reason = "two lists")]
    fn on_add(
        &mut self,
        sources: &[Source],
    ) -> (Vec<(AttributeDescription, ValueTemplate)>, Vec<(AttributeDescription, Vec<ValueTemplate>)>) {
        let mut values: Vec<(AttributeDescription, ValueTemplate)> = Vec::new();
        let mut others: Vec<(AttributeDescription, Vec<ValueTemplate>)> = Vec::new();
        let Some(table) = self.header.table.get("on_add").and_then(Node::as_table) else { return (values, others) };
        for node in table.iter().filter(|node| node.as_bool() != Some(false)) {
            let attribute = self.own_attribute(node);
            let nodes = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
            let templates: Option<Vec<_>> = nodes.iter().map(|node| self.value_template(node, sources)).collect();
            let (Some(attribute), Some(mut templates)) = (attribute, templates) else { continue };
            if templates.is_empty() {
                self.context.error(node, &codes::ON_ADD, "the list of values is empty");
                continue;
            }
            let template = templates.remove(0);
            if values.iter().any(|(known, _)| *known == attribute) {
                let finding = Diagnostic::error(&codes::TWICE, format!("`{attribute}` is given twice"));
                self.context.report.push(finding.at(&node.key_span));
            } else if attribute.type_name().eq_ignore_ascii_case("objectClass") {
                let finding = Diagnostic::error(&codes::ON_ADD, "object classes aren't values of a new entry");
                let help = "they stand beside it: classes = [\"inetOrgPerson\"]";
                self.context.report.push(finding.at(&node.key_span).help(help));
            } else {
                if !templates.is_empty() {
                    others.push((attribute.clone(), templates));
                }
                values.push((attribute, template));
            }
        }
        (values, others)
    }

    /// The LDAP attribute that a key names. What is given at creation alone isn't read, so bits needn't be told apart.
    fn own_attribute(&mut self, node: &Node) -> Option<AttributeDescription> {
        self.context.description(&node.key, &node.key_span, Some("bit"))
    }
}

/// Whether `name` can name an object class: a keystring or a numeric OID (RFC 4512 section 1.4).
fn is_class(name: &str) -> bool {
    let keystring = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let oid =
        name.contains('.') && name.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()));
    keystring || oid
}

/// The attributes whose values are asked for before they are written: those that the schema calls unique and that clients write.
fn unique(sources: &[Source], schema: &ResourceSchema) -> Vec<AttrId> {
    schema
        .attributes()
        .iter()
        .zip(sources)
        .filter(|(def, source)| {
            let attribute = &def.attribute;
            let written = matches!(source, Source::Scalar(Scalar::Ldap(scalar))
                if !matches!(scalar.write, WritePolicy::Never | WritePolicy::Discard));
            written
                && !attribute.multi_valued
                && attribute.uniqueness != Uniqueness::None
                && attribute.mutability != Mutability::ReadOnly
        })
        .map(|(def, _)| def.id)
        .collect()
}

impl Build<'_> {
    /// The policy that `write` under a value or a slot says.
    pub(super) fn write_policy(&mut self, node: Option<&Node>) -> WritePolicy {
        match node.and_then(Node::as_str) {
            Some("create") => WritePolicy::Create,
            Some("never") => WritePolicy::Never,
            Some("discard") => WritePolicy::Discard,
            Some("create-discard") => WritePolicy::CreateDiscard,
            _ => WritePolicy::Always,
        }
    }

    /// What the schema says of a value with this policy. What is dropped silently is writable to a client.
    pub(super) fn publish_policy(&mut self, path: AttrPath, policy: WritePolicy) {
        match policy {
            WritePolicy::Never => self.change(path, Change::Mutability(Mutability::ReadOnly)),
            WritePolicy::Create => self.change(path, Change::Mutability(Mutability::Immutable)),
            WritePolicy::Always | WritePolicy::Discard | WritePolicy::CreateDiscard => {}
        }
    }

    /// Reports `message` at `span`.
    fn report(&mut self, code: &'static crate::diagnostics::Code, span: &Span, message: impl Into<String>) {
        self.context.report.push(Diagnostic::error(code, message).at(span));
    }
}
