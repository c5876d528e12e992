//! The subschema: read from its published values, looked up by name or OID.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::parse;
use super::types::{AttributeType, MatchingRuleDescription, ObjectClass, Oid, ResolvedAttribute, Usage};
use crate::ldap::ldif;
use crate::ldap::matching::{MatchingRule, Syntax};

/// How long a chain of supertypes or superclasses may be before it is taken for a circle.
const MAX_ANCESTORS: usize = 32;

/// A description that couldn't be read and was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {reason}: {text}")]
pub struct SchemaWarning {
    /// The subschema attribute that holds it.
    pub attribute: String,
    /// What is wrong.
    pub reason: &'static str,
    /// The description, shortened.
    pub text: String,
}

/// The schema of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subschema {
    attributes: Vec<ResolvedAttribute>,
    attribute_index: HashMap<String, usize>,
    classes: Vec<ObjectClass>,
    class_index: HashMap<String, usize>,
    rules: Vec<MatchingRuleDescription>,
    rule_index: HashMap<String, usize>,
    syntaxes: HashSet<Oid>,
    /// Whether values are compared as they stand, but for case and blanks.
    literal: bool,
}

impl Subschema {
    /// The attributes of a subschema subentry that are to be read for [`Subschema::parse`].
    pub const ATTRIBUTES: [&'static str; 6] =
        ["attributeTypes", "objectClasses", "dITContentRules", "matchingRules", "matchingRuleUse", "ldapSyntaxes"];

    /// The schema that these pairs of a subschema attribute and a value describe; unknown attributes are passed over.
    ///
    /// What can't be read is left out and told in the warnings. Values of `cn=config` (`olcAttributeTypes`, with `{n}` in
    /// front) are read too.
    pub fn parse<N: AsRef<str>, V: AsRef<[u8]>>(
        values: impl IntoIterator<Item = (N, V)>,
    ) -> (Self, Vec<SchemaWarning>) {
        let (mut raw, mut warnings) = (Raw::default(), Vec::new());
        for (attribute, value) in values {
            let (attribute, value) = (attribute.as_ref(), value.as_ref());
            let read = std::str::from_utf8(value).map_err(|_| "not UTF-8").and_then(|text| raw.add(attribute, text));
            if let Err(reason) = read {
                let text = String::from_utf8_lossy(value).chars().take(200).collect();
                warnings.push(SchemaWarning { attribute: attribute.to_owned(), reason, text });
            }
        }
        (raw.resolve(), warnings)
    }

    /// The schema in an LDIF text: a copy of a subschema subentry, or schema entries of `cn=config`.
    pub fn from_ldif(text: &str) -> Result<(Self, Vec<SchemaWarning>), ldif::InvalidLdif> {
        let records: Vec<ldif::Record> = ldif::read(text).collect::<Result<_, _>>()?;
        Ok(Self::parse(records.iter().flat_map(|record| record.attributes.iter().map(|(name, value)| (name, value)))))
    }

    /// The attribute type with this name or OID; options are passed over.
    pub fn attribute(&self, description: &str) -> Option<&ResolvedAttribute> {
        let name = description.split(';').next().unwrap_or(description);
        self.attribute_index.get(&*key(name)).and_then(|&place| self.attributes.get(place))
    }

    /// Every attribute type.
    pub fn attributes(&self) -> impl Iterator<Item = &ResolvedAttribute> {
        self.attributes.iter()
    }

    /// Whether two names mean the same attribute type: equal in any case, or both known as one type.
    pub fn same_attribute(&self, left: &str, right: &str) -> bool {
        left.eq_ignore_ascii_case(right)
            || matches!((self.attribute(left), self.attribute(right)), (Some(l), Some(r)) if std::ptr::eq(l, r))
    }

    /// Whether `name` is `ancestor` or a subtype of it, as `cn` is of `name`: a search for the ancestor returns it too.
    pub fn is_subtype(&self, name: &str, ancestor: &str) -> bool {
        self.same_attribute(name, ancestor)
            || matches!((self.attribute(name), self.attribute(ancestor)),
                (Some(own), Some(above)) if own.supertypes.contains(&above.definition.oid))
    }

    /// The object class with this name or OID.
    pub fn class(&self, name: &str) -> Option<&ObjectClass> {
        self.class_index.get(&*key(name)).and_then(|&place| self.classes.get(place))
    }

    /// Every object class.
    pub fn classes(&self) -> impl Iterator<Item = &ObjectClass> {
        self.classes.iter()
    }

    /// The matching rule that the server publishes by this name or OID.
    pub fn rule(&self, name: &str) -> Option<&MatchingRuleDescription> {
        self.rule_index.get(&*key(name)).and_then(|&place| self.rules.get(place))
    }

    /// Whether the server says that extensible matches may use `rule` on `attribute` (RFC 4512 section 4.1.4); none when
    /// it publishes nothing about the rule.
    pub fn rule_applies(&self, rule: &str, attribute: &str) -> Option<bool> {
        let applies = self.rule(rule)?.applies.as_ref()?;
        Some(applies.iter().any(|name| self.same_attribute(name, attribute)))
    }

    /// Whether the server publishes the syntax with this OID.
    pub fn has_syntax(&self, oid: &str) -> bool {
        self.syntaxes.contains(oid)
    }

    /// Whether the rules take a letter and its mark for the one character that is both (RFC 4518 section 2.3).
    pub fn composes(&self) -> bool {
        self.names_rules() && !self.literal
    }

    /// Whether text is compared as it stands, but for case and blanks: [`Subschema::literal_rules`].
    pub fn is_literal(&self) -> bool {
        self.literal
    }

    /// Whether any attribute type names a matching rule: Active Directory's don't.
    pub fn names_rules(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.definition.equality.is_some())
    }

    /// Whether nothing is known: no attribute type and no class.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.classes.is_empty()
    }

    /// Gives every attribute type the rules that Active Directory applies to its syntax, for schemas that name none, and the
    /// schema the rules that it has for extensible matches without publishing them (MS-ADTS 3.1.1.3.4.4).
    pub fn infer_rules(&mut self) {
        for rule in [MatchingRule::BitAnd, MatchingRule::BitOr, MatchingRule::InChain] {
            if self.rule(rule.oid()).is_none() {
                let names = vec![rule.name().to_owned()];
                for name in names.iter().map(String::as_str).chain([rule.oid()]) {
                    self.rule_index.insert(key(name).into_owned(), self.rules.len());
                }
                let oid = rule.oid().to_owned();
                self.rules.push(MatchingRuleDescription { oid, names, syntax: None, applies: None });
            }
        }
        for attribute in &mut self.attributes {
            if let Some(syntax) = attribute.syntax {
                (attribute.equality, attribute.ordering, attribute.substring) = MatchingRule::for_syntax(syntax);
            }
        }
    }
}

impl Subschema {
    /// Makes the rules what they are in 389 Directory Server. Attribute types without an equality rule have that of their syntax. Text
    /// isn't prepared as RFC 4518 has it, and moments are compared as text: only those that the directory itself writes, all in
    /// one form, have rules then.
    pub fn literal_rules(&mut self) {
        self.literal = true;
        for attribute in &mut self.attributes {
            if attribute.syntax == Some(Syntax::GeneralizedTime) && !attribute.is_operational() {
                (attribute.equality, attribute.ordering) = (None, None);
            }
        }
        for attribute in self.attributes.iter_mut().filter(|attribute| attribute.definition.equality.is_none()) {
            let Some(syntax) = attribute.syntax else { continue };
            let (equality, ordering, substring) = MatchingRule::of_syntax(syntax);
            attribute.equality = equality;
            attribute.ordering = attribute.ordering.or(ordering);
            attribute.substring = attribute.substring.or(substring);
        }
    }
}

/// Names and OIDs are looked up in lower case.
fn key(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Descriptions as read, before anything is inherited.
#[derive(Default)]
struct Raw {
    attributes: Vec<AttributeType>,
    classes: Vec<ObjectClass>,
    /// DIT content rules (RFC 4512 section 4.1.6): what entries of a structural class hold beside what the class says.
    content: Vec<ObjectClass>,
    rules: Vec<MatchingRuleDescription>,
    syntaxes: HashSet<Oid>,
}

impl Raw {
    fn add(&mut self, attribute: &str, text: &str) -> Result<(), &'static str> {
        let text = without_order(text);
        match attribute.to_ascii_lowercase().as_str() {
            "attributetypes" | "olcattributetypes" => self.attributes.push(parse::attribute_type(text)?),
            "objectclasses" | "olcobjectclasses" => self.classes.push(parse::object_class(text)?),
            // Their MUST and MAY stand as in a class.
            "ditcontentrules" | "olcditcontentrules" => self.content.push(parse::object_class(text)?),
            "matchingrules" | "matchingruleuse" => self.add_rule(parse::matching_rule(text)?),
            "ldapsyntaxes" | "olcldapsyntaxes" => {
                self.syntaxes.insert(parse::syntax(text)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// A rule and its use are published apart.
    fn add_rule(&mut self, rule: MatchingRuleDescription) {
        match self.rules.iter_mut().find(|known| known.oid == rule.oid) {
            Some(known) => {
                known.applies = known.applies.take().or(rule.applies);
                known.syntax = known.syntax.take().or(rule.syntax);
                if known.names.is_empty() {
                    known.names = rule.names;
                }
            }
            None => self.rules.push(rule),
        }
    }

    fn resolve(mut self) -> Subschema {
        for rule in std::mem::take(&mut self.content) {
            for class in self.classes.iter_mut().filter(|class| class.oid == rule.oid) {
                class.must.extend(rule.must.iter().cloned());
                class.may.extend(rule.may.iter().cloned());
            }
        }
        let by_name = index(self.attributes.iter().map(|attribute| (&attribute.oid, &attribute.names)));
        let mut attributes: Vec<ResolvedAttribute> =
            self.attributes.iter().map(|attribute| resolve(attribute, &self.attributes, &by_name)).collect();
        let above: HashSet<Oid> =
            attributes.iter().flat_map(|attribute| attribute.supertypes.iter().cloned()).collect();
        for attribute in &mut attributes {
            attribute.has_subtypes = above.contains(&attribute.definition.oid);
        }
        Subschema {
            attributes,
            attribute_index: by_name,
            class_index: index(self.classes.iter().map(|class| (&class.oid, &class.names))),
            classes: self.classes,
            rule_index: index(self.rules.iter().map(|rule| (&rule.oid, &rule.names))),
            rules: self.rules,
            syntaxes: self.syntaxes,
            literal: false,
        }
    }
}

/// `{12}( 1.2.3 … )`: cn=config keeps values in order by a number in front.
fn without_order(text: &str) -> &str {
    match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// The places of things by their names and OIDs; of two with one name the first wins.
fn index<'a>(things: impl Iterator<Item = (&'a Oid, &'a Vec<String>)>) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (place, (oid, names)) in things.enumerate() {
        for name in std::iter::once(oid).chain(names) {
            index.entry(key(name).into_owned()).or_insert(place);
        }
    }
    index
}

fn resolve(own: &AttributeType, all: &[AttributeType], by_name: &HashMap<String, usize>) -> ResolvedAttribute {
    let mut definition = own.clone();
    let mut supertypes = Vec::new();
    let mut above = own.sup.as_deref();
    while let Some(sup) = above.and_then(|name| by_name.get(&*key(name))).and_then(|&place| all.get(place)) {
        if supertypes.len() >= MAX_ANCESTORS || sup.oid == own.oid || supertypes.contains(&sup.oid) {
            break;
        }
        inherit(&mut definition, sup);
        supertypes.push(sup.oid.clone());
        above = sup.sup.as_deref();
    }
    let rule = |name: &Option<String>| name.as_deref().and_then(MatchingRule::find);
    ResolvedAttribute {
        equality: rule(&definition.equality),
        ordering: rule(&definition.ordering),
        substring: rule(&definition.substring),
        syntax: definition.syntax.as_deref().and_then(Syntax::find),
        definition,
        supertypes,
        has_subtypes: false,
    }
}

/// Fills in what a type leaves to its supertype (RFC 4512 section 2.5.1).
fn inherit(own: &mut AttributeType, sup: &AttributeType) {
    let or = |own: &mut Option<String>, sup: &Option<String>| {
        if own.is_none() {
            own.clone_from(sup);
        }
    };
    or(&mut own.equality, &sup.equality);
    or(&mut own.ordering, &sup.ordering);
    or(&mut own.substring, &sup.substring);
    if own.syntax.is_none() {
        own.syntax.clone_from(&sup.syntax);
        own.syntax_len = sup.syntax_len;
    }
    if own.usage == Usage::UserApplications {
        own.usage = sup.usage;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(values: &[(&str, &str)]) -> (Subschema, Vec<SchemaWarning>) {
        Subschema::parse(values.iter().copied())
    }

    #[test]
    fn attributes_inherit_from_their_supertypes() {
        let (schema, warnings) = parsed(&[
            ("attributeTypes", "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )"),
            (
                "attributeTypes",
                "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
            ),
        ]);
        assert!(warnings.is_empty());
        let cn = schema.attribute("CommonName;lang-de").unwrap();
        assert_eq!(cn.equality, Some(MatchingRule::CaseIgnore));
        assert_eq!(cn.ordering, None);
        assert_eq!((cn.syntax, cn.definition.syntax_len), (Some(Syntax::DirectoryString), Some(32768)));
        assert!(std::ptr::eq(cn, schema.attribute("2.5.4.3").unwrap()));
        assert!(schema.attribute("name").unwrap().has_subtypes && !cn.has_subtypes);
        assert!(schema.is_subtype("cn", "NAME") && !schema.is_subtype("name", "cn"));
        assert!(schema.same_attribute("cn", "2.5.4.3") && !schema.same_attribute("cn", "name"));
        assert!(schema.same_attribute("unknown", "UNKNOWN"));
    }

    #[test]
    fn a_circle_of_supertypes_ends() {
        let (schema, _) = parsed(&[
            ("attributeTypes", "( 1.1 NAME 'a' SUP b )"),
            ("attributeTypes", "( 1.2 NAME 'b' SUP a )"),
            ("attributeTypes", "( 1.3 NAME 'c' SUP c )"),
            ("attributeTypes", "( 1.4 NAME 'd' SUP nowhere )"),
        ]);
        assert_eq!(schema.attribute("a").unwrap().supertypes, ["1.2"]);
        assert!(schema.attribute("c").unwrap().supertypes.is_empty());
        assert!(schema.attribute("d").unwrap().supertypes.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_and_left_out() {
        let (schema, warnings) =
            parsed(&[("attributeTypes", "( 1.1 NAME 'a"), ("objectClasses", "( 1.2 NAME 'b' )"), ("cn", "x")]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].attribute, "attributeTypes");
        assert!(schema.attribute("a").is_none() && schema.class("B").is_some());
    }

    #[test]
    fn rules_and_their_use_come_together() {
        let (schema, _) = parsed(&[
            ("matchingRules", "( 2.5.13.3 NAME 'caseIgnoreOrderingMatch' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"),
            ("matchingRules", "( 2.5.13.9 NAME 'other' SYNTAX 1.2 )"),
            ("matchingRuleUse", "( 2.5.13.3 NAME 'caseIgnoreOrderingMatch' APPLIES ( sn $ cn ) )"),
            ("ldapSyntaxes", "( 1.2.3 DESC 'x' )"),
        ]);
        assert_eq!(schema.rule_applies("CASEIGNOREORDERINGMATCH", "CN"), Some(true));
        assert_eq!(schema.rule_applies("2.5.13.3", "mail"), Some(false));
        assert_eq!(schema.rule_applies("other", "cn"), None);
        assert_eq!(schema.rule_applies("nowhere", "cn"), None);
        assert!(schema.has_syntax("1.2.3") && !schema.has_syntax("1.2.4"));
    }

    #[test]
    fn schemas_without_rules_get_them_by_syntax() {
        let (mut schema, _) = parsed(&[("attributeTypes", "( 1.1 NAME 'a' SYNTAX '1.2.840.113556.1.4.906' )")]);
        assert!(!schema.names_rules() && schema.attribute("a").unwrap().equality.is_none());
        schema.infer_rules();
        assert_eq!(schema.attribute("a").unwrap().ordering, Some(MatchingRule::IntegerOrdering));
        assert!(schema.rule("1.2.840.113556.1.4.803").is_some() && schema.rule("INTEGERBITANDMATCH").is_some());
    }

    #[test]
    fn content_rules_add_to_their_class() {
        let (schema, warnings) = parsed(&[
            ("dITContentRules", "( 1.2 NAME 'user' AUX ( x $ y ) MUST (account ) MAY (mail $ b ) )"),
            ("objectClasses", "( 1.2 NAME 'user' SUP person MUST (cn ) )"),
        ]);
        assert_eq!(warnings, []);
        assert_eq!((schema.must(&["user"]), schema.may(&["user"])), (vec!["cn", "account"], vec!["mail", "b"]));
    }

    #[test]
    fn reads_ldif_of_both_kinds() {
        let text = "dn: cn=Subschema\nattributeTypes: ( 1.1 NAME 'a' SYNTAX\n  1.3.6.1.4.1.1466.115.121.1.26 )\n\n\
                    dn: cn={4}x,cn=schema,cn=config\nolcAttributeTypes: {0}( 1.2 NAME 'b' SUP a )\nolcObjectClasses: {0}( 1.3 NAME 'c' )\n";
        let (schema, warnings) = Subschema::from_ldif(text).unwrap();
        assert!(warnings.is_empty());
        assert_eq!(schema.attribute("b").unwrap().syntax, Some(Syntax::Ia5String));
        assert!(schema.class("c").is_some());
        assert!(Subschema::from_ldif("nonsense").is_err());
    }
}
