//! References: those that entries hold, and those that others hold to them.

use super::attributes::Build;
use crate::diagnostics::toml::{Node, Table};
use crate::diagnostics::{Diagnostic, Report, did_you_mean};
use crate::ldap::dn::Dn;
use crate::mapping::model::{Backreference, Reference, ReferenceForm, Resource, Source, TypeIndex};
use crate::mapping::writing::WritePolicy;
use crate::mapping::{codes, spec};
use crate::scim::resource_schema::{AttrPath, AttributeDef};

/// The attribute in which Active Directory's users name their primary group.
const PRIMARY_GROUP: &str = "primaryGroupID";

impl Build<'_> {
    /// `members.groupOfNames = { … }`: the references of one kind of entry.
    pub(super) fn kind(&mut self, node: &Node, def: &AttributeDef) -> Option<Option<Reference>> {
        let Some(table) = node.as_table() else {
            let message = format!("a kind of `{}` is a table", def.attribute.name);
            self.context.report.push(node.error(&codes::SOURCE_KIND, message).help("write { ldap = \"member\" }"));
            return None;
        };
        let class = table.get("class").map_or(Some(node.key.as_str()), Node::as_str).map(str::to_owned);
        let reference = self.reference(node, table, def)?;
        Some(reference.map(|reference| Reference { class, ..reference }))
    }

    /// The references that `table` describes. The inner `None` says that all types that it refers to were taken out.
    #[allow(clippy::option_option, reason = "nothing to refer to isn't a failure")]
    pub(super) fn reference(&mut self, node: &Node, table: &Table, def: &AttributeDef) -> Option<Option<Reference>> {
        table.check(&spec::REFERENCE, &mut self.context.report);
        self.change_returned(AttrPath::whole(def.id), table);
        if def.attribute.sub_attribute("value").is_none() {
            let message = format!("`{}` has no sub-attribute `value` and can't hold references", def.attribute.name);
            self.context.report.push(Diagnostic::error(&codes::SOURCE_KIND, message).at(&node.key_span));
            return None;
        }
        let Some(source) = table.get("ldap") else {
            let message = format!("nothing says which LDAP attribute holds `{}`", def.attribute.name);
            self.context.report.push(Diagnostic::error(&codes::REFERENCE, message).at(&node.key_span));
            return None;
        };
        let attribute = self.context.attribute(source, None);
        let form = self.form(table);
        let targets = self.targets(table, def);
        let placeholder = match table.get("placeholder") {
            Some(node) => Some(self.context.dn(node)?),
            None => None,
        };
        let writable = self.writable(table, form.as_ref());
        let reference = Reference {
            class: table.get("class").and_then(Node::as_str).map(str::to_owned),
            attribute: attribute?,
            form: form?,
            targets: targets?,
            placeholder: placeholder.as_ref().map(Dn::key),
            placeholder_value: placeholder.map(|dn| dn.to_string().into_bytes()),
            back_reference_kept: table.get("memberof").and_then(Node::as_bool).unwrap_or(false),
            writable,
            span: Some(source.span.clone()),
        };
        Some((!reference.targets.is_empty()).then_some(reference))
    }

    /// Whether clients may write the references. What an LDAP URL finds they can't.
    fn writable(&mut self, table: &Table, form: Option<&ReferenceForm>) -> bool {
        let url = matches!(form, Some(ReferenceForm::Url | ReferenceForm::PrimaryGroup(_)));
        match table.get("write").and_then(|node| Some((node, node.as_str()?))) {
            Some((node, "always")) if url => {
                let finding = node.error(&codes::WRITE, "what a search finds can't be written");
                self.context.report.push(finding);
                false
            }
            Some((_, "never")) => false,
            _ => !url,
        }
    }

    /// The references of `def`, all its kinds together: where none can be written, the schema says so.
    pub(super) fn references(&mut self, references: Vec<Reference>, def: &AttributeDef) -> Source {
        if !references.is_empty() && references.iter().all(|reference| !reference.writable) {
            self.publish_policy(AttrPath::whole(def.id), WritePolicy::Never);
        }
        Source::References(references)
    }

    fn form(&mut self, table: &Table) -> Option<ReferenceForm> {
        let key = table.get("key");
        let form = match (table.get("as").and_then(Node::as_str), key) {
            (Some("key"), None) => {
                let finding =
                    Diagnostic::error(&codes::REFERENCE, "nothing says which attribute the key is").at(&table.span);
                self.context.report.push(finding.help("name the entry's attribute: key = \"uid\""));
                return None;
            }
            (Some("primary-group"), key) => {
                return match key {
                    Some(key) => self.context.attribute(key, None),
                    None => PRIMARY_GROUP.parse().ok(),
                }
                .map(ReferenceForm::PrimaryGroup);
            }
            (Some("key") | None, Some(key)) => return self.context.attribute(key, None).map(ReferenceForm::Key),
            (Some("uid-dn"), _) => ReferenceForm::NameAndOptionalUid,
            (Some("url"), _) => ReferenceForm::Url,
            _ => ReferenceForm::Dn,
        };
        if let Some(key) = key {
            let finding =
                Diagnostic::error(&codes::REFERENCE, "a `key` goes with `as = \"key\"` alone").at(&key.key_span);
            self.context.report.push(finding);
        }
        Some(form)
    }

    /// The types that may be referred to: those given, or those that the schema names.
    fn targets(&mut self, table: &Table, def: &AttributeDef) -> Option<Vec<TypeIndex>> {
        let given = table.get("ref").or_else(|| table.get("of"));
        let Some(node) = given else { return Some(self.targets_of_schema(def)) };
        let names: Vec<(String, Node)> = node
            .strings(&mut self.context.report)
            .into_iter()
            .map(|(name, node)| (name.to_owned(), node.clone()))
            .collect();
        let mut targets = Vec::new();
        let mut fine = true;
        for (name, place) in names {
            match self.type_index(&name, &place) {
                Ok(Some(index)) if !targets.contains(&index) => targets.push(index),
                Ok(_) => {}
                Err(Reported) => fine = false,
            }
        }
        fine.then_some(targets)
    }

    fn targets_of_schema(&self, def: &AttributeDef) -> Vec<TypeIndex> {
        let named = def.attribute.sub_attributes.iter().flat_map(|sub| &sub.reference_types);
        let mut targets = Vec::new();
        for name in named {
            let index = self.headers.iter().position(|header| header.name.eq_ignore_ascii_case(name));
            targets.extend(index.filter(|index| !targets.contains(index)));
        }
        targets
    }

    /// The place of the type called `name`; none where it was taken out.
    fn type_index(&mut self, name: &str, node: &Node) -> Result<Option<TypeIndex>, Reported> {
        if let Some(index) = self.headers.iter().position(|header| header.name.eq_ignore_ascii_case(name)) {
            return Ok(Some(index));
        }
        if self.header.off.iter().any(|off| off.eq_ignore_ascii_case(name)) {
            return Ok(None);
        }
        let finding = node.error(&codes::UNKNOWN_TYPE, format!("there is no resource type `{name}`"));
        let names = || self.headers.iter().map(|header| header.name.as_str());
        let finding = match did_you_mean(name, names()) {
            None => finding.help(format!("resource types: {}", names().collect::<Vec<_>>().join(", "))),
            meant => finding.suggest(meant),
        };
        self.context.report.push(finding);
        Err(Reported)
    }

    /// `groups = { backref = "Group.members", … }`
    pub(super) fn backreference(&mut self, node: &Node, table: &Table, def: &AttributeDef) -> Option<Source> {
        table.check(&spec::BACKREFERENCE, &mut self.context.report);
        self.change_returned(AttrPath::whole(def.id), table);
        let target = table.get("backref")?;
        let text = target.string(&mut self.context.report)?;
        let Some((name, attribute)) = text.split_once('.') else {
            self.context.error(target, &codes::BACKREF, format!("`{text}` names no resource type and attribute of it"));
            return None;
        };
        let referrer = match self.type_index(name, target) {
            Ok(Some(referrer)) => referrer,
            Ok(None) => return Some(Source::Unmapped),
            Err(Reported) => return None,
        };
        let schema = &self.headers.get(referrer)?.schema;
        let path = match schema.resolve(&attribute.into()) {
            Ok(path) if path.sub.is_none() => path,
            Ok(_) => {
                self.context.error(
                    target,
                    &codes::BACKREF,
                    format!("`{attribute}` is a sub-attribute; name the attribute itself"),
                );
                return None;
            }
            Err(unknown) => {
                let message = format!("`{attribute}` is no attribute of {name}");
                let finding = target.error(&codes::UNKNOWN_ATTRIBUTE, message).suggest(unknown.suggestion.as_deref());
                self.context.report.push(finding);
                return None;
            }
        };
        let via = match table.get("via") {
            Some(node) => Some(self.context.attribute(node, None)?),
            None => None,
        };
        let via_nested = table.get("via_nested").and_then(Node::as_bool) == Some(true);
        let nested = table.get("nested").and_then(Node::as_str) == Some("all");
        let span = Some(table.get("via").unwrap_or(node).span.clone());
        Some(Source::Backreference(Backreference { referrer, attribute: path.attr, via, via_nested, nested, span }))
    }
}

/// What is wrong was reported already.
struct Reported;

/// Reports back-references to attributes that hold no references.
pub(super) fn check_backreferences(resources: &[Option<Resource>], report: &mut Report) {
    for source in resources.iter().flatten().flat_map(|resource| &resource.sources) {
        let Source::Backreference(back) = source else { continue };
        let Some(Some(referrer)) = resources.get(back.referrer) else { continue };
        if !matches!(referrer.source(back.attribute), Source::References(_)) {
            let name = referrer.schema.get(back.attribute).map_or("", |def| def.attribute.name.as_str());
            let finding =
                Diagnostic::error(&codes::BACKREF, format!("`{name}` of {} holds no references", referrer.name));
            report.push(match &back.span {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
    }
}
