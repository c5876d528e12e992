//! Slots on writing: what each takes, and what the schema says of who may write them.

use super::attributes::Build;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::{Node, Table};
use crate::mapping::codes;
use crate::mapping::model::{Scalar, Slot};
use crate::mapping::writing::{Overflow, WritePolicy};
use crate::scim::resource_schema::{AttrPath, AttributeDef, SubId};

impl Build<'_> {
    /// `accepts`: the types of elements that a slot takes besides its own.
    pub(super) fn accepts(&mut self, table: &Table, def: &AttributeDef) -> Vec<String> {
        let Some(node) = table.get("accepts") else { return Vec::new() };
        if def.attribute.sub_attribute("type").is_none() {
            let message = format!("elements of `{}` have no `type`", def.attribute.name);
            self.context.report.push(Diagnostic::error(&codes::ACCEPTS, message).at(&node.key_span));
            return Vec::new();
        }
        node.strings(&mut self.context.report).into_iter().map(|(kind, _)| kind.to_owned()).collect()
    }

    /// `untyped`: whether a slot takes elements without a type.
    pub(super) fn untyped(&mut self, table: &Table) -> bool {
        table.bool("untyped", &mut self.context.report).unwrap_or(false)
    }

    /// `overflow`: what becomes of elements for which a slot has no room.
    pub(super) fn overflow(&mut self, table: &Table) -> Overflow {
        match table.get("overflow").map(|node| (node, node.as_str())) {
            Some((_, Some("discard"))) => Overflow::Discard,
            None | Some((_, Some("reject"))) => Overflow::Reject,
            Some((node, _)) => {
                self.context.error(node, &codes::ACCEPTS, "`overflow` is \"reject\" or \"discard\"");
                Overflow::Reject
            }
        }
    }

    /// `write` of a slot holds for its values that say nothing themselves.
    pub(super) fn slot_policy(&mut self, table: &Table, subs: &mut [Option<Scalar>]) {
        let Some(node) = table.get("write") else { return };
        node.check(&crate::mapping::spec::WRITE, &mut self.context.report);
        let policy = self.write_policy(Some(node));
        for sub in subs {
            if let Some(Scalar::Ldap(scalar)) = sub
                && scalar.write == WritePolicy::Always
            {
                scalar.write = policy;
            }
        }
    }

    /// Warns of types that two slots take: the first one gets the elements.
    pub(super) fn check_taking(&mut self, slots: &[(Slot, &Node)], def: &AttributeDef) {
        let key = |node: &Node, key: &str| node.as_table().and_then(|table| table.get(key)).cloned();
        let mut untyped: Option<Node> = None;
        let mut accepted: Vec<(&str, Node)> = Vec::new();
        for (slot, node) in slots {
            if let Some(node) = key(node, "untyped").filter(|_| slot.takes_untyped) {
                match &untyped {
                    Some(first) => {
                        let message = format!(
                            "two slots of `{}` take elements without a type: the first gets them",
                            def.attribute.name
                        );
                        let finding = Diagnostic::warning(&codes::ACCEPTS, message).at(&node.key_span);
                        self.context.report.push(finding.also(&first.key_span, "the first one"));
                    }
                    None => untyped = Some(node),
                }
            }
            let Some(node) = key(node, "accepts") else { continue };
            for kind in &slot.accepts {
                match accepted.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)) {
                    Some((_, first)) => {
                        let message = format!("elements of type `{kind}` are accepted twice: the first slot gets them");
                        let finding = Diagnostic::warning(&codes::ACCEPTS, message).at(&node.span);
                        self.context.report.push(finding.also(&first.span, "here first"));
                    }
                    None => accepted.push((kind, node.clone())),
                }
            }
        }
    }

    /// What can be written nowhere is read-only, what nowhere after creation immutable.
    pub(super) fn publish_writing(&mut self, slots: &[Slot], def: &AttributeDef) {
        let subs = (0u16..).zip(&def.attribute.sub_attributes).map(|(place, _)| SubId(place));
        let policies: Vec<_> = subs
            .filter_map(|sub| {
                let held =
                    slots.iter().filter_map(move |slot| slot.subs.get(usize::from(sub.0)).and_then(Option::as_ref));
                Some((sub, common(held)?))
            })
            .collect();
        for (sub, policy) in policies {
            self.publish_policy(AttrPath::part(def.id, sub), policy);
        }
        let all = slots.iter().flat_map(|slot| slot.subs.iter().flatten());
        if let Some(policy) = common(all.filter(|scalar| !matches!(scalar, Scalar::Constant(_)))) {
            self.publish_policy(AttrPath::whole(def.id), policy);
        }
    }
}

/// The policy that all of these have in common; none where a client may write one of them, or there is none.
fn common<'a>(scalars: impl Iterator<Item = &'a Scalar>) -> Option<WritePolicy> {
    let mut found = None;
    for scalar in scalars {
        let policy = match scalar {
            Scalar::Ldap(scalar) => scalar.write,
            Scalar::Template(_) => WritePolicy::Never,
            Scalar::Constant(_) => return None, // tells the slots apart
        };
        match found {
            None => found = Some(policy),
            Some(known) if known == policy => {}
            Some(_) => return None,
        }
    }
    found
}
