//! `on_delete`: what becomes of an entry whose resource is deleted.

use super::super::attributes::Build;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::{Node, Table};
use crate::mapping::codes;
use crate::mapping::model::{Base, Scalar, Source};
use crate::mapping::writing::{Retired, Retirement, Route, WritePolicy};
use crate::scim::resource_schema::ResourceSchema;
use crate::scim::schema::Mutability;

impl Build<'_> {
    /// What DELETE does.
    pub(super) fn retirement(
        &mut self,
        sources: &[Source],
        bases: &[Base],
        routes: &[Route],
        schema: &ResourceSchema,
    ) -> Retirement {
        let Some(node) = self.header.table.get("on_delete") else { return Retirement::Delete };
        let retired = match (node.as_str(), node.as_table()) {
            (Some("disable"), _) => Retired { disable: true, ..Retired::default() },
            (_, Some(table)) => self.retired(table, bases, routes),
            _ => return Retirement::Delete,
        };
        self.check_retired(node, &retired, sources, schema);
        Retirement::Keep(retired)
    }

    fn retired(&mut self, table: &Table, bases: &[Base], routes: &[Route]) -> Retired {
        let flag = |key: &str| table.get(key).and_then(Node::as_bool).unwrap_or(false);
        let mut retired = Retired {
            disable: flag("disable"),
            parent: None,
            strip_groups: flag("strip_groups"),
            adopt: flag("adopt"),
        };
        let Some(node) = table.get("move") else { return retired };
        let Some(parent) = self.context.dn(node) else { return retired };
        let key = parent.key();
        let over = bases
            .iter()
            .map(|base| (&base.key, &base.dn, "base"))
            .chain(routes.iter().map(|route| (&route.parent_key, &route.parent, "route's parent")))
            .find(|(inner, ..)| inner.is_under(&key));
        if let Some((_, dn, what)) = over {
            let finding =
                Diagnostic::error(&codes::ON_DELETE, "entries below it are no resources, and new ones go there");
            self.context.report.push(finding.at(&node.span).help(format!("the {what} {dn} stands in it")));
        }
        retired.parent = Some((parent, key));
        retired
    }

    fn check_retired(&mut self, node: &Node, retired: &Retired, sources: &[Source], schema: &ResourceSchema) {
        if retired.disable && !has_writable_active(sources, schema) {
            let message = format!("`{}` has no `active` that can be written", self.header.name);
            let finding = Diagnostic::error(&codes::ON_DELETE, message).at(&node.span);
            self.context
                .report
                .push(finding.help("map it: active = { ldap = \"…\", codec = \"switch\", off = \"…\" }"));
        }
        match (&retired.parent, retired.disable) {
            (Some(_), _) => {}
            (None, true) => {
                let finding = Diagnostic::warning(
                    &codes::ON_DELETE,
                    "deleted resources are still found, as ones that aren't active",
                );
                let help = "move them to where no resources are: { disable = true, move = \"ou=retired,{suffix}\" }";
                self.context.report.push(finding.at(&node.span).help(help));
            }
            (None, false) => {
                let finding = Diagnostic::error(&codes::ON_DELETE, "nothing would tell a deleted entry from others");
                self.context.report.push(finding.at(&node.span).help("give `move`, `disable` or both"));
            }
        }
    }
}

/// Whether the type has an attribute `active` that a write can set to false.
fn has_writable_active(sources: &[Source], schema: &ResourceSchema) -> bool {
    let Ok(path) = schema.resolve(&"active".into()) else { return false };
    let attribute = schema.attribute(path);
    let writable = matches!(sources.get(usize::from(path.attr.0)), Some(Source::Scalar(Scalar::Ldap(scalar)))
        if scalar.write == WritePolicy::Always);
    writable && attribute.is_some_and(|attribute| attribute.mutability == Mutability::ReadWrite)
}
