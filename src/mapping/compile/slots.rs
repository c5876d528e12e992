//! Slots: the parts of a multi-valued complex attribute.

use super::attributes::{Build, Change};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::{Node, Table};
use crate::mapping::atom::Atom;
use crate::mapping::codes;
use crate::mapping::model::{Primary, Scalar, Slot, Source};
use crate::mapping::writing::Overflow;
use crate::scim::resource_schema::{AttrPath, AttributeDef, SubId};
use crate::scim::schema::{Attribute, AttributeKind};

impl Build<'_> {
    /// The slots of `def`, each with its name where it has one.
    pub(super) fn slots(&mut self, nodes: &[(Option<&str>, &Node)], def: &AttributeDef) -> Source {
        let mut slots: Vec<(Slot, &Node)> = Vec::new();
        for (name, node) in nodes {
            let Some(slot) = self.slot(*name, node, def) else { continue };
            if let Some((_, first)) = slots.iter().find(|(other, _)| alike(other, &slot)) {
                let finding = Diagnostic::error(&codes::SAME_SLOT, "this slot is like another").at(&node.span);
                self.context.report.push(finding.also(&first.span, "this one"));
            }
            slots.push((slot, node));
        }
        self.publish_types(&slots, def);
        self.check_taking(&slots, def);
        let slots: Vec<_> = slots.into_iter().map(|(slot, _)| slot).collect();
        self.publish_writing(&slots, def);
        Source::Slots(slots)
    }

    fn slot(&mut self, name: Option<&str>, node: &Node, def: &AttributeDef) -> Option<Slot> {
        if name.is_some() && node.as_str().is_some() {
            return self.short_slot(name, node, def);
        }
        let Some(table) = node.as_table() else {
            let message = format!("a slot of `{}` is a table", def.attribute.name);
            self.context.report.push(node.error(&codes::SOURCE_KIND, message).help("write { value = \"…\" }"));
            return None;
        };
        let mut subs: Vec<Option<Scalar>> = def.attribute.sub_attributes.iter().map(|_| None).collect();
        for node in table {
            if matches!(node.key.as_str(), "primary" | "take" | "accepts" | "untyped" | "overflow" | "write") {
                continue;
            }
            let Some((sub, attribute)) = self.sub_definition(def, node) else { continue };
            let scalar = self.slot_value(node, AttrPath::part(def.id, sub), &attribute);
            put(&mut subs, sub, scalar);
        }
        if table.get("type").is_none() {
            self.name_is_type(name, def, &mut subs);
        }
        self.slot_policy(table, &mut subs);
        let slot = Slot {
            subs,
            primary: self.primary(table, def),
            take_one: self.take_one(table),
            accepts: self.accepts(table, def),
            takes_untyped: self.untyped(table),
            overflow: self.overflow(table),
        };
        if slot.attributes().next().is_none() {
            let finding = Diagnostic::error(&codes::EMPTY_SLOT, "the slot names no LDAP attribute").at(&node.span);
            self.context.report.push(finding.help("give it a value: value = \"mail\""));
            return None;
        }
        Some(slot)
    }

    /// `emails.work = "mail"`: short for a slot whose value is the LDAP attribute.
    fn short_slot(&mut self, name: Option<&str>, node: &Node, def: &AttributeDef) -> Option<Slot> {
        let Some(sub) = self.header.schema.sub(def.id, "value") else {
            let message = format!("`{}` has no sub-attribute `value`", def.attribute.name);
            self.context.error(node, &codes::SOURCE_KIND, message);
            return None;
        };
        let attribute = def.attribute.sub_attributes.get(usize::from(sub.0))?.clone();
        let mut subs: Vec<Option<Scalar>> = def.attribute.sub_attributes.iter().map(|_| None).collect();
        let scalar = self.scalar(node, AttrPath::part(def.id, sub), &attribute)?;
        put(&mut subs, sub, Some(scalar));
        self.name_is_type(name, def, &mut subs);
        Some(Slot {
            subs,
            primary: Primary::Never,
            take_one: false,
            accepts: Vec::new(),
            takes_untyped: false,
            overflow: Overflow::Reject,
        })
    }

    fn name_is_type(&self, name: Option<&str>, def: &AttributeDef, subs: &mut [Option<Scalar>]) {
        if let (Some(name), Some(sub)) = (name, self.header.schema.sub(def.id, "type")) {
            put(subs, sub, Some(Scalar::Constant(Atom::Text(name.to_owned().into()))));
        }
    }

    fn sub_definition(&mut self, def: &AttributeDef, node: &Node) -> Option<(SubId, Attribute)> {
        let sub = self.sub(def, node)?;
        def.attribute.sub_attributes.get(usize::from(sub.0)).map(|attribute| (sub, attribute.clone()))
    }

    /// A sub-attribute: a bare string is an LDAP attribute, but for `type` the constant itself.
    fn slot_value(&mut self, node: &Node, path: AttrPath, attribute: &Attribute) -> Option<Scalar> {
        if node.as_bool() == Some(false) && attribute.kind != AttributeKind::Boolean {
            return None;
        }
        let constant = node.as_bool().is_some() || (attribute.name == "type" && node.as_str().is_some());
        if constant {
            return super::values::atom(node, attribute, &mut self.context.report).map(Scalar::Constant);
        }
        self.without_mutability(|build| build.scalar(node, path, attribute))
    }

    fn primary(&mut self, table: &Table, def: &AttributeDef) -> Primary {
        let Some(node) = table.get("primary") else { return Primary::Never };
        let primary = match (node.as_bool(), node.as_str()) {
            (Some(false), _) => Primary::Never,
            (Some(true), _) => Primary::Always,
            (_, Some("if-single")) => Primary::IfSingle,
            _ => {
                let finding = node.error(&codes::SOURCE_KIND, "`primary` is true, false or \"if-single\"");
                self.context.report.push(finding);
                Primary::Never
            }
        };
        if primary != Primary::Never && def.attribute.sub_attribute("primary").is_none() {
            let message = format!("`{}` has no sub-attribute `primary`", def.attribute.name);
            self.context.report.push(Diagnostic::error(&codes::UNKNOWN_ATTRIBUTE, message).at(&node.key_span));
        }
        primary
    }

    fn take_one(&mut self, table: &Table) -> bool {
        let Some(node) = table.get("take") else { return false };
        match node.as_str() {
            Some("one") => true,
            Some("all") => false,
            _ => {
                self.context.error(node, &codes::SOURCE_KIND, "`take` is \"one\" or \"all\"");
                false
            }
        }
    }

    /// The types that there are become the canonical values of `type`.
    fn publish_types(&mut self, slots: &[(Slot, &Node)], def: &AttributeDef) {
        let Some(sub) = self.header.schema.sub(def.id, "type") else { return };
        let mut types: Vec<String> = Vec::new();
        for (slot, _) in slots {
            match slot.subs.get(usize::from(sub.0)) {
                Some(Some(Scalar::Constant(Atom::Text(text)))) if !types.iter().any(|known| known == text) => {
                    types.push(text.clone().into_owned());
                }
                Some(Some(Scalar::Ldap(_) | Scalar::Template(_))) => return,
                _ => {}
            }
        }
        if !types.is_empty() {
            self.change(AttrPath::part(def.id, sub), Change::CanonicalValues(types));
        }
    }
}

fn put(subs: &mut [Option<Scalar>], sub: SubId, scalar: Option<Scalar>) {
    if let Some(place) = subs.get_mut(usize::from(sub.0)) {
        *place = scalar;
    }
}

/// Whether two slots make the same elements.
fn alike(left: &Slot, right: &Slot) -> bool {
    let same = |left: &Option<Scalar>, right: &Option<Scalar>| match (left, right) {
        (None, None) => true,
        (Some(Scalar::Ldap(left)), Some(Scalar::Ldap(right))) => {
            left.attribute == right.attribute && format!("{:?}", left.codec) == format!("{:?}", right.codec)
        }
        (Some(Scalar::Constant(left)), Some(Scalar::Constant(right))) => left == right,
        (Some(Scalar::Template(left)), Some(Scalar::Template(right))) => left.parts == right.parts,
        _ => false,
    };
    left.primary == right.primary
        && left.take_one == right.take_one
        && left.subs.iter().zip(&right.subs).all(|(left, right)| same(left, right))
}
