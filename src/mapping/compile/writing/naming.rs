//! `naming`: what an entry is called.

use super::super::attributes::{Build, Change};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::Node;
use crate::mapping::codes;
use crate::mapping::model::{Scalar, Source};
use crate::mapping::value_template::ValueTemplate;
use crate::mapping::writing::{Naming, OnChange};
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::Mutability;

impl Build<'_> {
    /// How entries are named, where that is said.
    pub(in crate::mapping::compile) fn naming(&mut self, sources: &[Source]) -> Option<Naming> {
        let node = self.header.table.get("naming")?;
        if node.as_bool() == Some(true) {
            self.context.error(node, &codes::NAMING, "`naming` is a table, or false");
        }
        let table = node.as_table()?;
        let Some(rdn) = table.get("rdn") else {
            let finding = Diagnostic::error(&codes::NAMING, "nothing says which attribute names an entry");
            self.context.report.push(finding.at(&table.span).help("name it: rdn = \"uid\""));
            return None;
        };
        let attribute = self.context.attribute(rdn, None)?;
        if attribute.as_str() != attribute.type_name() {
            let message = format!("`{attribute}` has options, which no name can have");
            self.context.error(rdn, &codes::NAMING, message);
        }
        let on_change = match table.get("on_change").and_then(Node::as_str) {
            Some("keep") => OnChange::Keep,
            _ => OnChange::Rename,
        };
        let candidates = table.get("value").map_or_else(Vec::new, |node| self.candidates(node, sources));
        let naming = Naming { attribute, candidates, on_change, span: Some(node.key_span.clone()) };
        self.publish_naming(&naming, sources);
        Some(naming)
    }

    fn candidates(&mut self, node: &Node, sources: &[Source]) -> Vec<ValueTemplate> {
        let nodes: Vec<Node> = match node.as_list() {
            Some(nodes) => nodes.to_vec(),
            None => vec![node.clone()],
        };
        let mut candidates = Vec::new();
        for node in &nodes {
            let Some(template) = self.value_template(node, sources) else { continue };
            if template.paths().next().is_none() {
                self.context.error(
                    node,
                    &codes::NAMING,
                    "every entry would have this name: it is made of no attribute",
                );
                continue;
            }
            self.warn_of_unmapped_parts(node, &template, sources);
            candidates.push(template);
        }
        candidates
    }

    /// A name that is made of what isn't kept can't be made again.
    fn warn_of_unmapped_parts(&mut self, node: &Node, template: &ValueTemplate, sources: &[Source]) {
        let unmapped =
            template.paths().find(|path| matches!(sources.get(usize::from(path.attr.0)), Some(Source::Unmapped)));
        if let Some(path) = unmapped {
            let name = self.header.schema.path_text(path);
            let message =
                format!("`{name}` is unmapped: after its creation an entry has it no more, and the name isn't right");
            self.context.report.push(Diagnostic::warning(&codes::NAMING, message).at(&node.span));
        }
    }

    /// An attribute that is the name itself can't be changed where the name is kept.
    fn publish_naming(&mut self, naming: &Naming, sources: &[Source]) {
        if naming.on_change != OnChange::Keep || !naming.candidates.is_empty() {
            return;
        }
        let schema = &self.header.schema;
        let named = |scalar: &Scalar| matches!(scalar, Scalar::Ldap(scalar) if scalar.attribute == naming.attribute);
        let mut paths = Vec::new();
        for (def, source) in schema.attributes().iter().zip(sources) {
            match source {
                Source::Scalar(scalar) if named(scalar) => paths.push(AttrPath::whole(def.id)),
                Source::Complex(subs) => {
                    let held = schema.paths().filter(|path| path.attr == def.id);
                    paths.extend(held.filter(|path| {
                        let sub = path.sub.and_then(|sub| subs.get(usize::from(sub.0)));
                        sub.and_then(Option::as_ref).is_some_and(named)
                    }));
                }
                _ => {}
            }
        }
        let writable = |path: &AttrPath| {
            schema.attribute(*path).is_some_and(|attribute| attribute.mutability == Mutability::ReadWrite)
        };
        paths.retain(writable);
        for path in paths {
            self.change(path, Change::Mutability(Mutability::Immutable));
        }
    }
}
