//! Simple values: an LDAP attribute through a codec, a constant, a template.

use std::sync::Arc;

use super::attributes::{Build, Change};
use super::context::inside;
use super::values;
use crate::diagnostics::toml::{Key, Node, Table};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::mapping::codec::{Also, Codec, CodecInfo, Law, registry};
use crate::mapping::model::{LdapScalar, Scalar};
use crate::mapping::template::Template;
use crate::mapping::writing::WritePolicy;
use crate::mapping::{codes, load, spec};
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::{Attribute, Mutability, Uniqueness};

impl Build<'_> {
    /// The simple value that `node` describes, for the attribute at `path`.
    pub(super) fn scalar(&mut self, node: &Node, path: AttrPath, attribute: &Attribute) -> Option<Scalar> {
        if node.as_str().is_some() {
            return self.bare(node, attribute);
        }
        let Some(table) = node.as_table() else {
            let message = format!("`{}` is a simple attribute: it has one source", attribute.name);
            let finding = node.error(&codes::SOURCE_KIND, message);
            self.context.report.push(finding.help("an LDAP attribute in quotes, or a table { ldap = … }"));
            return None;
        };
        if let Some(source) = table.get("ref").or_else(|| table.get("backref")) {
            let message = format!("`{}` is a simple attribute and can't hold references", attribute.name);
            self.context.report.push(Diagnostic::error(&codes::SOURCE_KIND, message).at(&source.key_span));
            return None;
        }
        let given: Vec<&Node> = load::SOURCES.iter().filter_map(|key| table.get(key)).collect();
        match given.as_slice() {
            [] => self.without_source(node, table, attribute),
            [source] => self.read_source(source, table, path, attribute),
            [first, second, ..] => {
                let message = format!("`{}` comes from several places", attribute.name);
                let finding = Diagnostic::error(&codes::TWO_SOURCES, message).at(&second.key_span);
                self.context.report.push(finding.also(&first.key_span, "and from here"));
                None
            }
        }
    }

    fn without_source(&mut self, node: &Node, table: &Table, attribute: &Attribute) -> Option<Scalar> {
        if self.check_keys(table, None, attribute) {
            let message = format!("nothing says where `{}` comes from", attribute.name);
            let finding = Diagnostic::error(&codes::NO_SOURCE, message).at(&node.key_span);
            self.context.report.push(finding.help("give `ldap`, `const` or `template`"));
        }
        None
    }

    fn read_source(&mut self, source: &Node, table: &Table, path: AttrPath, attribute: &Attribute) -> Option<Scalar> {
        let codec = self.codec_named(table);
        self.check_keys(table, codec, attribute);
        self.characteristics(table, path, codec);
        match source.key.as_str() {
            "ldap" => {
                let write = self.write_policy(table.get("write"));
                self.publish_policy(path, write);
                let scalar = self.ldap(source, table, codec, attribute)?;
                Some(Scalar::Ldap(LdapScalar { write, ..scalar }))
            }
            "const" => {
                self.refuse_write(table, attribute);
                self.change(path, Change::Mutability(Mutability::ReadOnly));
                values::atom(source, attribute, &mut self.context.report).map(Scalar::Constant)
            }
            "template" => {
                self.refuse_write(table, attribute);
                self.change(path, Change::Mutability(Mutability::ReadOnly));
                self.template(source, attribute).map(Scalar::Template)
            }
            _ => None, // references were reported
        }
    }

    /// Reports `write` and `unique` beside what is never written.
    fn refuse_write(&mut self, table: &Table, attribute: &Attribute) {
        if let Some(node) = table.get("write").filter(|node| node.as_str() != Some("never")) {
            let message = format!("`{}` is made, not held: nobody writes it", attribute.name);
            self.context.report.push(Diagnostic::error(&codes::WRITE, message).at(&node.span));
        }
        if let Some(node) = table.get("unique").filter(|node| node.as_bool() == Some(true)) {
            let message = format!("`{}` is made, not held: nothing keeps its values apart", attribute.name);
            self.context.report.push(Diagnostic::error(&codes::UNIQUE, message).at(&node.key_span));
        }
    }

    /// A bare string: an LDAP attribute, with the codec that its type says.
    fn bare(&mut self, node: &Node, attribute: &Attribute) -> Option<Scalar> {
        let name = node.as_str()?;
        let info = registry::natural(attribute.kind, name.split(';').next().unwrap_or(name));
        let described = self.context.attribute(node, Some(info.name))?;
        let codec = (info.build)(&Table::empty(node.path.clone(), node.span.clone()), &mut self.context.report)?;
        Some(Scalar::Ldap(LdapScalar {
            attribute: described,
            codec,
            default: None,
            law: Law::Scim,
            codec_name: info.name,
            write: WritePolicy::Always,
            also: Vec::new(),
            span: Some(node.span.clone()),
        }))
    }

    fn ldap(
        &mut self,
        source: &Node,
        table: &Table,
        codec: Result<Option<&'static CodecInfo>, UnknownCodec>,
        attribute: &Attribute,
    ) -> Option<LdapScalar> {
        let name = source.as_str().unwrap_or_default();
        let natural = || registry::natural(attribute.kind, name.split(';').next().unwrap_or(name));
        let info = codec.ok()?.unwrap_or_else(natural);
        let described = self.context.attribute(source, Some(info.name));
        let codec = self.build(info, table, attribute);
        let default = match table.get("default") {
            Some(node) => Some(values::atom(node, attribute, &mut self.context.report)?),
            None => None,
        };
        let law = match table.get("match").and_then(Node::as_str) {
            Some("directory") => Law::Directory,
            _ => Law::Scim,
        };
        Some(LdapScalar {
            attribute: described?,
            codec: codec?,
            default,
            law,
            codec_name: info.name,
            write: WritePolicy::Always,
            also: self.also(table),
            span: Some(source.span.clone()),
        })
    }

    /// `also`: the attributes that are written with this one.
    fn also(&mut self, table: &Table) -> Vec<Also> {
        let Some(table) = table.get("also").and_then(Node::as_table) else { return Vec::new() };
        let nodes = table.iter().filter_map(|node| Some((node, node.as_str()?)));
        nodes
            .filter_map(|(node, form)| {
                let attribute = self.context.description(&node.key, &node.key_span, None)?;
                Also::new(attribute, form)
            })
            .collect()
    }

    fn build(&mut self, info: &'static CodecInfo, table: &Table, attribute: &Attribute) -> Option<Arc<dyn Codec>> {
        if !info.types.contains(&attribute.kind) {
            let types: Vec<_> = info.types.iter().map(|kind| kind.name()).collect();
            let message = format!(
                "the codec `{}` makes values of type {}, and `{}` is of type {}",
                info.name,
                types.join(" or "),
                attribute.name,
                attribute.kind.name()
            );
            let span = table.get("codec").map_or(&table.span, |node| &node.span);
            let fitting: Vec<_> = registry::ALL
                .iter()
                .filter(|other| other.types.contains(&attribute.kind))
                .map(|other| other.name)
                .collect();
            let finding = Diagnostic::error(&codes::CODEC_TYPE, message).at(span);
            self.context.report.push(finding.help(format!("codecs for it: {}", fitting.join(", "))));
            return None;
        }
        (info.build)(table, &mut self.context.report)
    }

    fn template(&mut self, node: &Node, attribute: &Attribute) -> Option<Template> {
        use crate::scim::schema::AttributeKind;
        let text = node.string(&mut self.context.report)?;
        if !matches!(attribute.kind, AttributeKind::String | AttributeKind::Reference) {
            let message =
                format!("a template makes text, and `{}` is of type {}", attribute.name, attribute.kind.name());
            self.context.error(node, &codes::VALUE_TYPE, message);
            return None;
        }
        match Template::parse(text) {
            Ok(pieces) => {
                let mut template = Template { parts: Vec::new(), span: Some(node.span.clone()) };
                for piece in pieces {
                    template.parts.push(
                        piece.compile(&mut |name, range| self.context.description(name, &inside(node, range), None))?,
                    );
                }
                Some(template)
            }
            Err(error) => {
                let span = inside(node, error.offset..error.offset + 1);
                self.context.report.push(Diagnostic::error(&codes::TEMPLATE, error.reason).at(&span));
                None
            }
        }
    }

    /// The codec that `table` names, if it names one.
    fn codec_named(&mut self, table: &Table) -> Result<Option<&'static CodecInfo>, UnknownCodec> {
        let Some(node) = table.get("codec") else { return Ok(None) };
        let name = node.as_str().ok_or(UnknownCodec)?;
        if let Some(info) = registry::find(name) {
            return Ok(Some(info));
        }
        let finding = node.error(&codes::UNKNOWN_CODEC, format!("there is no codec `{name}`"));
        let names = || registry::ALL.iter().map(|info| info.name);
        self.context.report.push(match did_you_mean(name, names()) {
            None => finding.help(format!("codecs: {}", names().collect::<Vec<_>>().join(", "))),
            meant => finding.suggest(meant),
        });
        Err(UnknownCodec)
    }

    /// Whether every key of `table` is one of a simple value's or its codec's, with a value of the right type.
    fn check_keys(
        &mut self,
        table: &Table,
        codec: impl Into<Option<Result<Option<&'static CodecInfo>, UnknownCodec>>>,
        attribute: &Attribute,
    ) -> bool {
        let parameters: &[Key] = match codec.into() {
            Some(Err(UnknownCodec)) => return true, // which keys there are is not known
            Some(Ok(Some(info))) => info.parameters,
            Some(Ok(None)) | None => &[],
        };
        let known = || parameters.iter().chain(spec::SCALAR.keys);
        let mut fine = true;
        for node in table {
            match known().find(|key| key.name == node.key) {
                Some(key) => node.check(&key.kind, &mut self.context.report),
                None => {
                    fine = false;
                    let message = format!("unknown key `{}` in `{}`", node.key, table.path);
                    let finding =
                        Diagnostic::error(&crate::diagnostics::toml::codes::UNKNOWN_KEY, message).at(&node.key_span);
                    let names = known().map(|key| key.name);
                    self.context.report.push(match did_you_mean(&node.key, names) {
                        None if !attribute.name.is_empty() && registry::ALL.iter().any(|info| has(info, &node.key)) => {
                            finding.help(format!("it is a parameter of {}", owners(&node.key)))
                        }
                        meant => finding.suggest(meant),
                    });
                }
            }
        }
        fine
    }

    fn characteristics(
        &mut self,
        table: &Table,
        path: AttrPath,
        codec: Result<Option<&'static CodecInfo>, UnknownCodec>,
    ) {
        self.change_returned(path, table);
        if let Some(required) = table.get("required").and_then(Node::as_bool) {
            self.change(path, Change::Required(required));
        }
        let codecs_own = codec.is_ok_and(|codec| codec.is_some_and(|info| has(info, "case_exact")));
        if let Some(case_exact) = table.get("case_exact").and_then(Node::as_bool).filter(|_| !codecs_own) {
            self.change(path, Change::CaseExact(case_exact));
        }
        if let Some(node) = table.get("unique") {
            self.unique(node, path);
        }
    }

    fn unique(&mut self, node: &Node, path: AttrPath) {
        let attribute = self.header.schema.attribute(path);
        match node.as_bool() {
            Some(true) if path.sub.is_some() || attribute.is_some_and(|attribute| attribute.multi_valued) => {
                let message = "`unique` is for simple attributes of one value";
                self.context.report.push(Diagnostic::error(&codes::UNIQUE, message).at(&node.key_span));
            }
            Some(true) => self.change(path, Change::Uniqueness(Uniqueness::Server)),
            Some(false) => self.change(path, Change::Uniqueness(Uniqueness::None)),
            None => {}
        }
    }
}

/// The codec's name was reported already.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnknownCodec;

fn has(info: &CodecInfo, parameter: &str) -> bool {
    info.parameters.iter().any(|key| key.name == parameter)
}

fn owners(parameter: &str) -> String {
    let names: Vec<_> = registry::ALL
        .iter()
        .filter(|info| has(info, parameter))
        .map(|info| format!("codec = \"{}\"", info.name))
        .collect();
    names.join(" or ")
}
