//! One resource type: its table's own keys, and each attribute's source.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::Context;
use super::headers::{Header, full_urn, names_extension};
use super::schemas;
use crate::diagnostics::toml::{Node, Table};
use crate::diagnostics::{Diagnostic, Span, did_you_mean};
use crate::ldap::{AttributeDescription, Filter, Scope};
use crate::mapping::codes;
use crate::mapping::model::{
    Base, Builtin, Identifier, LdapScalar, Password, Resource, Scalar, Source, Version, WithoutPassword,
};
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, Definition, ResourceSchema};
use crate::scim::schema::{Attribute, AttributeKind, Mutability, Returned, Uniqueness};

/// The attribute to which a password may be written.
const USER_PASSWORD: &str = "userPassword";

/// What setting a password removes, even where an administrator has locked the account for good (slapo-ppolicy).
const LOCK: &str = "pwdAccountLockedTime";

/// What is being compiled.
pub(super) struct Build<'a> {
    pub(super) context: &'a mut Context,
    pub(super) header: &'a Header<'a>,
    pub(super) headers: &'a [Header<'a>],
    changes: Vec<(AttrPath, Change)>,
}

/// A characteristic that the mapping sets, instead of the schema.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Returned(Returned),
    Required(bool),
    CaseExact(bool),
    Mutability(Mutability),
    CanonicalValues(Vec<String>),
    Uniqueness(Uniqueness),
}

/// The resource type of `header`; `None` where a base, an id or the filter can't be read.
pub(super) fn resource<'a>(
    header: &'a Header<'a>,
    headers: &'a [Header<'a>],
    context: &'a mut Context,
) -> Option<Resource> {
    let mut build = Build { context, header, headers, changes: Vec::new() };
    let bases = build.bases();
    let id = build.id();
    let version = build.version();
    let sources = build.sources();
    let filter = build.filter(&sources);
    let display = build.display(&sources);
    build.warn_of_unmapped(&sources);
    let naming = build.naming(&sources);
    let never = build.never_written();
    let schema = build.adjusted_schema()?;
    let writing = build.writing(never, naming, &sources, bases.as_deref().unwrap_or_default(), &schema);
    Some(Resource {
        name: header.name.clone(),
        bases: bases?,
        filter: filter?,
        only: None,
        filter_span: header.table.get("filter").map(|node| node.span.clone()),
        id: id?,
        version: version?,
        lock: lock(&sources, &schema),
        schema: Arc::new(schema),
        sources,
        display,
        writing,
    })
}

/// What holds whether a resource is active, where the operation that sets a password makes it so.
fn lock(sources: &[Source], schema: &ResourceSchema) -> Option<LdapScalar> {
    sources.iter().find(|source| matches!(source, Source::WriteOnly(Password::PasswordModify)))?;
    let active = schema.resolve(&"active".into()).ok()?.attr;
    let source = schema.attributes().iter().zip(sources).find(|(def, _)| def.id == active).map(|(_, source)| source);
    match source {
        Some(Source::Scalar(Scalar::Ldap(active))) if active.attribute.matches(LOCK) => Some(active.clone()),
        _ => None,
    }
}

// === the table's own keys ===

impl Build<'_> {
    fn bases(&mut self) -> Option<Vec<Base>> {
        let Some(node) = self.header.table.get("base") else {
            let message = format!("nothing says where the entries of `{}` are", self.header.name);
            let finding = Diagnostic::error(&codes::NO_BASE, message).at(&self.header.node.key_span);
            self.context.report.push(finding.help("give a base: base = \"ou=people,dc=example,dc=com\""));
            return None;
        };
        let nodes = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        if nodes.is_empty() {
            self.context.error(node, &codes::NO_BASE, "the list of bases is empty");
        }
        let bases: Vec<_> = nodes.iter().map(|node| self.base(node)).collect();
        bases.into_iter().collect()
    }

    fn base(&mut self, node: &Node) -> Option<Base> {
        let mut scope = scope(self.header.table.get("scope"));
        let mut directory = "main".to_owned();
        let dn = match node.as_table() {
            None => self.context.dn(node)?,
            Some(table) => {
                scope = table.get("scope").map_or(scope, |node| self::scope(Some(node)));
                if let Some(name) = table.get("directory").and_then(Node::as_str) {
                    directory = name.to_owned();
                }
                let Some(dn) = table.get("dn") else {
                    self.context.error(node, &codes::SCOPE, "the base has no `dn`");
                    return None;
                };
                self.context.dn(dn)?
            }
        };
        let (key, text) = (dn.key(), dn.to_string().into());
        Some(Base { directory, dn, text, key, scope, span: Some(node.span.clone()) })
    }

    fn id(&mut self) -> Option<Identifier> {
        let Some(node) = self.header.table.get("id") else {
            let message = format!("nothing says what identifies a `{}`", self.header.name);
            let finding = Diagnostic::error(&codes::NO_ID, message).at(&self.header.node.key_span);
            self.context.report.push(finding.help("name the attribute: id = \"entryUUID\""));
            return None;
        };
        if node.as_str().is_none() && node.as_table().is_none() {
            return None; // its type was reported
        }
        let path = self.common("id")?;
        let attribute = self.header.schema.attribute(path)?.clone();
        match self.scalar(node, path, &attribute)? {
            Scalar::Ldap(scalar) => Some(Identifier {
                attribute: scalar.attribute,
                codec: scalar.codec,
                codec_name: scalar.codec_name,
                span: scalar.span,
            }),
            Scalar::Constant(_) | Scalar::Template(_) => {
                self.context.error(node, &codes::NO_ID, "an id comes from one LDAP attribute");
                None
            }
        }
    }

    fn version(&mut self) -> Option<Version> {
        let Some(table) = self.header.table.get("version").and_then(Node::as_table) else {
            return Some(Version::Content);
        };
        match table.get("ldap") {
            Some(node) => self.context.attribute(node, None).map(Version::Attribute),
            None => {
                let finding =
                    Diagnostic::error(&codes::NO_SOURCE, "the version names no LDAP attribute").at(&table.span);
                self.context.report.push(finding);
                None
            }
        }
    }

    fn filter(&mut self, sources: &[Source]) -> Option<Filter> {
        if let Some(node) = self.header.table.get("filter") {
            return self.context.filter(node);
        }
        let object_class: AttributeDescription = "objectClass".parse().ok()?;
        let classes = sources.iter().flat_map(|source| match source {
            Source::References(references) => references.as_slice(),
            _ => &[],
        });
        let kinds = classes.filter_map(|reference| reference.class.as_ref());
        let filter = Filter::or(kinds.map(|class| Filter::Equality(object_class.clone(), class.as_bytes().to_vec())));
        Some(if filter == Filter::False { Filter::Present(object_class) } else { filter })
    }

    fn display(&mut self, sources: &[Source]) -> Option<AttrId> {
        let schema = &self.header.schema;
        let served = |name: &str| {
            let path = schema.resolve(&name.into()).ok().filter(|path| path.sub.is_none())?;
            let simple = matches!(sources.get(usize::from(path.attr.0)), Some(Source::Scalar(_)));
            (simple && !schema.get(path.attr)?.attribute.multi_valued).then_some(path.attr)
        };
        match self.header.table.get("display") {
            None => served("displayName").or_else(|| served("userName")),
            Some(node) => {
                let found = served(node.as_str()?);
                if found.is_none() {
                    self.context.error(
                        node,
                        &codes::UNKNOWN_ATTRIBUTE,
                        "`display` names a mapped, simple attribute of this type",
                    );
                }
                found
            }
        }
    }
}

fn scope(node: Option<&Node>) -> Scope {
    match node.and_then(Node::as_str) {
        Some("base") => Scope::Base,
        Some("one") => Scope::One,
        _ => Scope::Subtree,
    }
}

// === attributes ===

impl Build<'_> {
    fn sources(&mut self) -> Vec<Source> {
        let mut sources: Vec<Source> = self.header.schema.attributes().iter().map(|_| Source::Unmapped).collect();
        for (name, builtin) in [("schemas", Builtin::Schemas), ("id", Builtin::Id)] {
            if let Some(path) = self.common(name) {
                put(&mut sources, path.attr, Source::Builtin(builtin));
            }
        }
        if let Some(path) = self.common("meta") {
            put(&mut sources, path.attr, Source::Builtin(Builtin::Meta { created: None, last_modified: None }));
        }
        let mut seen = HashMap::new();
        let attr = self.header.table.get("attr").and_then(Node::as_table);
        for node in attr.into_iter().flatten() {
            if names_extension(&node.key, &self.header.definition.core) {
                self.extension(node, &mut sources, &mut seen);
            } else {
                self.entry(0, node, &mut sources, &mut seen);
            }
        }
        sources
    }

    fn extension(&mut self, node: &Node, sources: &mut [Source], seen: &mut HashMap<AttrId, Span>) {
        let urn = full_urn(&node.key);
        let index = (0..=self.header.schema.extensions().len())
            .find(|index| self.header.schema.urn_of(*index).eq_ignore_ascii_case(urn));
        match (index, node.as_table()) {
            (Some(index), Some(table)) => {
                for node in table {
                    self.entry(index, node, sources, seen);
                }
            }
            (None, Some(_)) => {} // switched off, or reported as unknown
            (_, None) if node.as_bool() == Some(false) => {}
            (_, None) => self.context.error(node, &codes::SOURCE_KIND, "an extension is a table of its attributes"),
        }
    }

    /// One key under `attr` or an extension's table.
    fn entry(&mut self, schema: usize, node: &Node, sources: &mut [Source], seen: &mut HashMap<AttrId, Span>) {
        let Some(def) = self.find(schema, &node.key) else {
            let finding = self.unknown_attribute(schema, node);
            self.context.report.push(finding);
            return;
        };
        if let Some(first) = seen.insert(def.id, node.key_span.clone()) {
            let finding = Diagnostic::error(&codes::TWICE, format!("`{}` is mapped twice", def.attribute.name));
            self.context.report.push(finding.at(&node.key_span).also(&first, "first here"));
            return;
        }
        let source = match def.attribute.name.as_str() {
            "schemas" | "id" if def.schema.is_none() => {
                let finding =
                    Diagnostic::error(&codes::RESERVED, format!("`{}` is no attribute to map", def.attribute.name));
                let finding = finding.at(&node.key_span);
                self.context.report.push(match def.attribute.name.as_str() {
                    "id" => {
                        finding.help(format!("it stands in [resource.{}] itself: id = \"entryUUID\"", self.header.name))
                    }
                    _ => finding,
                });
                None
            }
            "meta" if def.schema.is_none() => Some(self.meta(node, &def)),
            _ => self.source(node, &def),
        };
        if let Some(source) = source {
            put(sources, def.id, source);
        }
    }

    fn meta(&mut self, node: &Node, def: &AttributeDef) -> Source {
        let (mut created, mut last_modified) = (None, None);
        match node.as_table() {
            None => self.context.error(node, &codes::SOURCE_KIND, "`meta` is a table: meta.created, meta.lastModified"),
            Some(table) => {
                for node in table {
                    let sub = self.header.schema.sub(def.id, &node.key);
                    let name = sub.and_then(|sub| def.attribute.sub_attributes.get(usize::from(sub.0)));
                    match (sub, name) {
                        (Some(sub), Some(attribute))
                            if attribute.name == "created" || attribute.name == "lastModified" =>
                        {
                            let place = if attribute.name == "created" { &mut created } else { &mut last_modified };
                            *place = self.scalar_or_off(node, AttrPath::part(def.id, sub), attribute);
                        }
                        _ => {
                            let finding = Diagnostic::error(
                                &codes::RESERVED,
                                format!("`meta.{}` is no attribute to map", node.key),
                            );
                            let help = "of `meta`, `created` and `lastModified` are mapped";
                            self.context.report.push(finding.at(&node.key_span).help(help));
                        }
                    }
                }
            }
        }
        Source::Builtin(Builtin::Meta { created, last_modified })
    }

    /// Where `def` comes from; `None`, with findings, where that can't be said.
    fn source(&mut self, node: &Node, def: &AttributeDef) -> Option<Source> {
        if node.as_bool() == Some(false) {
            return Some(Source::Unmapped);
        }
        let attribute = &def.attribute;
        if attribute.mutability == Mutability::WriteOnly {
            return self.write_only(node, attribute);
        }
        match (attribute.kind == AttributeKind::Complex, attribute.multi_valued) {
            (false, _) => self.scalar(node, AttrPath::whole(def.id), attribute).map(Source::Scalar),
            (true, false) => self.singular_complex(node, def),
            (true, true) => self.multi_valued_complex(node, def),
        }
    }

    fn write_only(&mut self, node: &Node, attribute: &Attribute) -> Option<Source> {
        let keys: Vec<(&str, Option<&str>)> = node
            .as_table()
            .map_or_else(Vec::new, |table| table.iter().map(|node| (node.key.as_str(), node.as_str())).collect());
        match keys.as_slice() {
            [("codec", Some("passmod"))] => return Some(Source::WriteOnly(Password::PasswordModify)),
            [("codec", Some("unicode-pwd"))] => {
                return Some(Source::WriteOnly(Password::UnicodePwd(WithoutPassword::default())));
            }
            [("codec", Some("unicode-pwd")), ("absent", Some(absent))]
            | [("absent", Some(absent)), ("codec", Some("unicode-pwd"))] => {
                let absent = match *absent {
                    "random" => Some(WithoutPassword::Random),
                    "disabled" => Some(WithoutPassword::Disabled),
                    "reject" => Some(WithoutPassword::Reject),
                    _ => None,
                };
                if let Some(absent) = absent {
                    return Some(Source::WriteOnly(Password::UnicodePwd(absent)));
                }
            }
            [("ldap", Some(name))] if name.eq_ignore_ascii_case(USER_PASSWORD) => {
                return name.parse().ok().map(|attribute| Source::WriteOnly(Password::Attribute(attribute)));
            }
            _ => {}
        }
        let message = format!("`{}` is written, never read", attribute.name);
        let finding = Diagnostic::error(&codes::FORBIDDEN, message).at(&node.span);
        let help = format!(
            "write `{0} = {{ codec = \"passmod\" }}`, `{0} = {{ ldap = \"{USER_PASSWORD}\" }}` or, for Active Directory, \
             `{0} = {{ codec = \"unicode-pwd\", absent = \"random\" }}`",
            attribute.name
        );
        self.context.report.push(finding.help(help));
        None
    }

    fn singular_complex(&mut self, node: &Node, def: &AttributeDef) -> Option<Source> {
        let Some(table) = node.as_table() else {
            let message = format!("`{}` is complex: its sub-attributes are mapped one by one", def.attribute.name);
            let example = def.attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_str());
            let finding = node.error(&codes::SOURCE_KIND, message);
            self.context.report.push(finding.help(format!("write `{}.{example} = …`", def.attribute.name)));
            return None;
        };
        if table.get("ref").is_some() && def.attribute.sub_attribute("ref").is_none() {
            let reference = self.reference(node, table, def)?;
            return Some(self.references(reference.into_iter().collect(), def));
        }
        let mut subs: Vec<Option<Scalar>> = def.attribute.sub_attributes.iter().map(|_| None).collect();
        for node in table {
            let Some(sub) = self.sub(def, node) else { continue };
            let path = AttrPath::part(def.id, sub);
            let Some(attribute) = def.attribute.sub_attributes.get(usize::from(sub.0)) else { continue };
            let scalar = self.scalar_or_off(node, path, attribute);
            if let Some(place) = subs.get_mut(usize::from(sub.0)) {
                *place = scalar;
            }
        }
        Some(Source::Complex(subs))
    }

    fn multi_valued_complex(&mut self, node: &Node, def: &AttributeDef) -> Option<Source> {
        if let Some(list) = node.as_list() {
            let slots: Vec<_> = list.iter().map(|node| (None, node)).collect();
            return Some(self.slots(&slots, def));
        }
        let Some(table) = node.as_table() else {
            let message =
                format!("`{}` is multi-valued and complex: it is made of slots or references", def.attribute.name);
            let finding = node.error(&codes::SOURCE_KIND, message);
            self.context.report.push(finding.help(format!("write `{}.work = {{ value = … }}`", def.attribute.name)));
            return None;
        };
        if table.get("backref").is_some() {
            return self.backreference(node, table, def);
        }
        if table.get("ref").is_some() || table.get("ldap").is_some_and(|node| node.as_str().is_some()) {
            let reference = self.reference(node, table, def)?;
            return Some(self.references(reference.into_iter().collect(), def));
        }
        let named: Vec<_> = table.iter().filter(|node| node.as_bool() != Some(false)).collect();
        let is_kind = |node: &&Node| {
            node.as_table().is_some_and(|table| ["ldap", "as", "of", "ref"].iter().any(|key| table.get(key).is_some()))
        };
        if named.iter().any(is_kind) {
            let kinds: Vec<_> = named.iter().filter_map(|node| self.kind(node, def)).flatten().collect();
            return Some(self.references(kinds, def));
        }
        let slots: Vec<_> = named.into_iter().map(|node| (Some(node.key.as_str()), node)).collect();
        Some(self.slots(&slots, def))
    }

    /// A simple value, or none where `false` takes it out.
    pub(super) fn scalar_or_off(&mut self, node: &Node, path: AttrPath, attribute: &Attribute) -> Option<Scalar> {
        if node.as_bool() == Some(false) { None } else { self.scalar(node, path, attribute) }
    }
}

fn put(sources: &mut [Source], attr: AttrId, source: Source) {
    if let Some(place) = sources.get_mut(usize::from(attr.0)) {
        *place = source;
    }
}

// === names ===

impl Build<'_> {
    fn common(&self, name: &str) -> Option<AttrPath> {
        let def =
            self.header.schema.attributes().iter().find(|def| def.schema.is_none() && def.attribute.name == name)?;
        Some(AttrPath::whole(def.id))
    }

    fn of_schema(&self, schema: usize) -> impl Iterator<Item = &AttributeDef> {
        let belongs = move |def: &&AttributeDef| def.schema == Some(schema) || (schema == 0 && def.schema.is_none());
        self.header.schema.attributes().iter().filter(belongs)
    }

    fn find(&self, schema: usize, name: &str) -> Option<AttributeDef> {
        self.of_schema(schema).find(|def| def.attribute.name.eq_ignore_ascii_case(name)).cloned()
    }

    fn unknown_attribute(&self, schema: usize, node: &Node) -> Diagnostic {
        let owner = match schema {
            0 => self.header.name.clone(),
            _ => self.header.schema.urn_of(schema).to_owned(),
        };
        let finding =
            Diagnostic::error(&codes::UNKNOWN_ATTRIBUTE, format!("`{}` is no attribute of {owner}", node.key))
                .at(&node.key_span)
                .label("no such attribute");
        let meant = did_you_mean(&node.key, self.of_schema(schema).map(|def| def.attribute.name.as_str()));
        if meant.is_some() {
            return finding.suggest(meant);
        }
        let elsewhere = self
            .header
            .schema
            .attributes()
            .iter()
            .find(|def| def.schema != Some(schema) && def.attribute.name.eq_ignore_ascii_case(&node.key));
        match elsewhere.and_then(|def| def.schema) {
            Some(0) => finding
                .help(format!("it is one of the core schema: it stands under [resource.{}.attr]", self.header.name)),
            Some(index) => {
                let urn = self.header.schema.urn_of(index);
                finding.help(format!("it is one of the extension {urn}: it stands in a table of that name"))
            }
            None => finding,
        }
    }

    /// The sub-attribute that `node`'s key names.
    pub(super) fn sub(&mut self, def: &AttributeDef, node: &Node) -> Option<crate::scim::resource_schema::SubId> {
        let found = self.header.schema.sub(def.id, &node.key);
        if found.is_none() {
            let message = format!("`{}` is no sub-attribute of `{}`", node.key, def.attribute.name);
            let finding =
                Diagnostic::error(&codes::UNKNOWN_ATTRIBUTE, message).at(&node.key_span).label("no such sub-attribute");
            let known = def.attribute.sub_attributes.iter().map(|sub| sub.name.as_str());
            self.context.report.push(finding.suggest(did_you_mean(&node.key, known)));
        }
        found
    }
}

// === the schema that is published ===

impl Build<'_> {
    /// Notes a characteristic that the mapping sets.
    pub(super) fn change(&mut self, path: AttrPath, change: Change) {
        self.changes.push((path, change));
    }

    /// Notes what `returned` in `table` says.
    pub(super) fn change_returned(&mut self, path: AttrPath, table: &Table) {
        if let Some(returned) = table.get("returned").and_then(Node::as_str).and_then(schemas::returned) {
            self.change(path, Change::Returned(returned));
        }
    }

    /// An element without its `value` says nothing: how a `value` is returned, its whole attribute is.
    fn element_of(&mut self, definition: &mut Definition, path: AttrPath) -> AttrPath {
        let whole = AttrPath::whole(path.attr);
        let is_value = path.sub.is_some()
            && self.defined(definition, path).is_some_and(|sub| sub.name == "value")
            && self.defined(definition, whole).is_some_and(|attribute| attribute.multi_valued);
        if is_value { whole } else { path }
    }

    fn adjusted_schema(&mut self) -> Option<ResourceSchema> {
        let mut definition = self.header.definition.clone();
        for (path, change) in std::mem::take(&mut self.changes) {
            let path = match change {
                Change::Returned(_) => self.element_of(&mut definition, path),
                _ => path,
            };
            if let Some(attribute) = self.defined(&mut definition, path) {
                change.apply(attribute);
            }
        }
        match ResourceSchema::new(definition) {
            Ok(schema) => Some(schema),
            Err(error) => {
                let finding = Diagnostic::error(&codes::DEFINITION, error.to_string()).at(&self.header.node.key_span);
                self.context.report.push(finding);
                None
            }
        }
    }

    /// The definition of what `path` names.
    fn defined<'d>(&self, definition: &'d mut Definition, path: AttrPath) -> Option<&'d mut Attribute> {
        let def = self.header.schema.get(path.attr)?;
        let attributes = match def.schema {
            None => &mut definition.common,
            Some(0) => &mut definition.core.attributes,
            Some(index) => &mut definition.extensions.get_mut(index - 1)?.0.attributes,
        };
        let attribute = attributes.iter_mut().find(|attribute| attribute.name == def.attribute.name)?;
        match path.sub {
            None => Some(attribute),
            Some(sub) => attribute.sub_attributes.get_mut(usize::from(sub.0)),
        }
    }

    /// What `build` makes, without what it would say of who may write it: slots say that together.
    pub(super) fn without_mutability<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.changes.len();
        let made = build(self);
        let mut place = 0;
        self.changes.retain(|(_, change)| {
            place += 1;
            place <= before || !matches!(change, Change::Mutability(_))
        });
        made
    }

    fn warn_of_unmapped(&mut self, sources: &[Source]) {
        for (def, source) in self.header.schema.attributes().iter().zip(sources) {
            let wanted = match def.schema {
                Some(index) if index > 0 => {
                    self.header.schema.extensions().get(index - 1).is_some_and(|(_, required)| *required)
                }
                _ => true,
            };
            if wanted && def.attribute.required && matches!(source, Source::Unmapped) {
                let message = format!(
                    "`{}` is required by the schema of `{}`, and unmapped",
                    def.attribute.name, self.header.name
                );
                let span = self.header.table.get("attr").map_or(&self.header.node.key_span, |node| &node.key_span);
                self.context.report.push(Diagnostic::warning(&codes::UNMAPPED, message).at(span));
            }
        }
    }
}

impl Change {
    fn apply(self, attribute: &mut Attribute) {
        match self {
            Self::Returned(returned) => attribute.returned = returned,
            Self::Required(required) => attribute.required = required,
            Self::CaseExact(case_exact) => attribute.case_exact = case_exact,
            Self::Mutability(mutability) => attribute.mutability = mutability,
            Self::CanonicalValues(values) => attribute.canonical_values = values,
            Self::Uniqueness(uniqueness) => attribute.uniqueness = uniqueness,
        }
    }
}
