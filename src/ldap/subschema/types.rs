//! What a subschema is made of.

use crate::ldap::matching::{MatchingRule, Syntax};

/// A numeric object identifier as text, or what a careless server writes in its place.
pub type Oid = String;

/// What an attribute is used for (RFC 4512 section 2.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Usage {
    /// Holds what users keep in the directory.
    #[default]
    UserApplications,
    /// Operational.
    DirectoryOperation,
    /// Operational, shared by servers.
    DistributedOperation,
    /// Operational, of one server.
    DsaOperation,
}

/// An attribute type description (RFC 4512 section 4.1.2) as published: nothing inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeType {
    /// The numeric OID.
    pub oid: Oid,
    /// The short names, the preferred one first.
    pub names: Vec<String>,
    /// The description.
    pub description: Option<String>,
    /// Whether the type is obsolete.
    pub obsolete: bool,
    /// The supertype's name or OID.
    pub sup: Option<String>,
    /// The equality rule's name or OID.
    pub equality: Option<String>,
    /// The ordering rule's name or OID.
    pub ordering: Option<String>,
    /// The substrings rule's name or OID.
    pub substring: Option<String>,
    /// The syntax's OID.
    pub syntax: Option<Oid>,
    /// How many characters a server at least takes.
    pub syntax_len: Option<u32>,
    /// Whether there is at most one value.
    pub single_value: bool,
    /// Whether the values are shared by a collection of entries.
    pub collective: bool,
    /// Whether users may not modify the values.
    pub no_user_modification: bool,
    /// What the attribute is used for.
    pub usage: Usage,
}

/// An attribute type with what it inherits from its supertypes filled in, and its rules and syntax where they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAttribute {
    /// The description, with rules, syntax and usage inherited.
    pub definition: AttributeType,
    /// The equality rule, if the type has one and it is known here.
    pub equality: Option<MatchingRule>,
    /// The ordering rule, if the type has one and it is known here.
    pub ordering: Option<MatchingRule>,
    /// The substrings rule, if the type has one and it is known here.
    pub substring: Option<MatchingRule>,
    /// The syntax, if it is known here.
    pub syntax: Option<Syntax>,
    /// The OIDs of the supertypes, the nearest first.
    pub supertypes: Vec<Oid>,
    /// Whether other types are subtypes of this one: a search for it returns and matches them too.
    pub has_subtypes: bool,
}

impl ResolvedAttribute {
    /// The preferred name, or the OID of a nameless type.
    pub fn name(&self) -> &str {
        self.definition.names.first().unwrap_or(&self.definition.oid)
    }

    /// Whether the directory keeps the attribute for its own purposes, so that it must be asked for by name.
    pub fn is_operational(&self) -> bool {
        self.definition.usage != Usage::UserApplications
    }
}

/// What entries a class is for (RFC 4512 section 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClassKind {
    /// Others inherit from it.
    Abstract,
    /// An entry is of one chain of these.
    #[default]
    Structural,
    /// An entry may have any of these too.
    Auxiliary,
}

/// An object class description (RFC 4512 section 4.1.1) as published: nothing inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectClass {
    /// The numeric OID.
    pub oid: Oid,
    /// The short names, the preferred one first.
    pub names: Vec<String>,
    /// The description.
    pub description: Option<String>,
    /// Whether the class is obsolete.
    pub obsolete: bool,
    /// The superclasses' names or OIDs.
    pub sup: Vec<String>,
    /// What entries it is for.
    pub kind: ClassKind,
    /// The attributes that an entry must have.
    pub must: Vec<String>,
    /// The attributes that an entry may have.
    pub may: Vec<String>,
}

impl ObjectClass {
    /// The preferred name, or the OID of a nameless class.
    pub fn name(&self) -> &str {
        self.names.first().unwrap_or(&self.oid)
    }
}

/// A matching rule description (RFC 4512 section 4.1.3) and what it may be used on (section 4.1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchingRuleDescription {
    /// The numeric OID.
    pub oid: Oid,
    /// The short names.
    pub names: Vec<String>,
    /// The assertion syntax's OID.
    pub syntax: Option<Oid>,
    /// The attributes that extensible matches may use the rule on; none when the server doesn't say.
    pub applies: Option<Vec<String>>,
}
