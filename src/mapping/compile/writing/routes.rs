//! `routes`: where new entries go.

use super::super::attributes::Build;
use super::super::context::inside;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::toml::{Node, Table};
use crate::ldap::Scope;
use crate::ldap::dn::DnKey;
use crate::mapping::codes;
use crate::mapping::model::Base;
use crate::mapping::writing::Route;
use crate::scim::filter::{self, Limits};
use crate::scim::resource_schema::ResourceSchema;

impl Build<'_> {
    /// The routes, in the order of the file.
    pub(super) fn routes(&mut self, bases: &[Base], schema: &ResourceSchema) -> Vec<Route> {
        let Some(list) = self.header.table.get("routes").and_then(Node::as_list) else { return Vec::new() };
        let mut routes: Vec<Route> = Vec::new();
        let mut open: Option<&Node> = None;
        for node in list {
            if let Some(first) = open {
                let finding = Diagnostic::error(&codes::ROUTE, "this route is never reached").at(&node.span);
                self.context.report.push(finding.also(&first.span, "this one takes everything"));
            }
            let Some(table) = node.as_table() else { continue };
            if table.get("when").is_none() {
                open = open.or(Some(node));
            }
            routes.extend(self.route(node, table, bases, schema));
        }
        routes
    }

    fn route(&mut self, node: &Node, table: &Table, bases: &[Base], schema: &ResourceSchema) -> Option<Route> {
        let when = match table.get("when") {
            Some(node) => Some(self.condition(node, schema)?),
            None => None,
        };
        let Some(place) = table.get("parent") else {
            self.report(&codes::ROUTE, &node.span, "the route has no `parent`");
            return None;
        };
        let parent = self.context.dn(place)?;
        let parent_key = parent.key();
        let wanted = table.get("directory").and_then(Node::as_str);
        let base = bases
            .iter()
            .filter(|base| wanted.is_none_or(|wanted| wanted == base.directory))
            .find(|base| takes(base, &parent_key));
        let Some(base) = base else {
            let message = format!(
                "entries below it would be no resources of `{}`: it stands in none of the bases",
                self.header.name
            );
            let finding = Diagnostic::error(&codes::ROUTE, message).at(&place.span);
            self.context.report.push(match bases.first() {
                Some(base) => finding.help(format!("a base is {}", base.dn)),
                None => finding,
            });
            return None;
        };
        let directory = base.directory.clone();
        Some(Route { when, parent, parent_key, directory, span: Some(place.span.clone()) })
    }

    fn condition(&mut self, node: &Node, schema: &ResourceSchema) -> Option<filter::Filter> {
        let text = node.string(&mut self.context.report)?;
        match filter::compile(text, schema, &Limits::default()) {
            Ok(filter) => Some(filter),
            Err(error) => {
                self.report(&codes::ROUTE_FILTER, &inside(node, 0..text.len()), error.detail);
                None
            }
        }
    }
}

/// Whether an entry immediately below `parent` is in `base`.
pub(super) fn takes(base: &Base, parent: &DnKey) -> bool {
    match base.scope {
        Scope::Base => false,
        Scope::One => *parent == base.key,
        Scope::Subtree => parent.is_under(&base.key),
    }
}
