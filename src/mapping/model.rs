//! The compiled mapping: what a mapping file says, checked and typed.

use std::sync::Arc;

use super::atom::Atom;
use super::codec::{Also, Codec, Law};
use super::template::Template;
use super::writing::{Overflow, WritePolicy, Writing};
use crate::diagnostics::{Report, Span};
use crate::ldap::dn::{Dn, DnKey};
use crate::ldap::{AttributeDescription, Filter, Scope, Subschema};
use crate::scim::resource_schema::{AttrId, ResourceSchema, SubId};
use crate::scim::schema::Mutability;

/// A compiled mapping.
#[derive(Debug)]
pub struct Mapping {
    /// Identifies what the files said: part of versions, cursors and cache keys.
    pub fingerprint: u64,
    /// The resource types, in the order in which the file declares them.
    pub resources: Vec<Resource>,
    /// The LDAP attributes that any type shows and that are named with options (`cn;lang-de`), which few are; `;binary` alone is none.
    pub with_options: Vec<AttributeDescription>,
    /// What was found in the files that doesn't keep them from being used.
    pub warnings: Report,
}

/// A resource type's place in [`Mapping::resources`].
pub type TypeIndex = usize;

/// One resource type over its entries.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The type's name: `User`.
    pub name: String,
    /// Its SCIM schema, all attributes of it, mapped or not.
    pub schema: Arc<ResourceSchema>,
    /// Where its entries are.
    pub bases: Vec<Base>,
    /// Which entries below the bases are resources of this type.
    pub filter: Filter,
    /// Which of these a client is confined to; part of the filter. Nothing where it isn't.
    pub only: Option<Filter>,
    /// Where the mapping file gives the filter, if it does.
    pub filter_span: Option<Span>,
    /// What an entry is identified by.
    pub id: Identifier,
    /// What a resource's version is made of.
    pub version: Version,
    /// Where each attribute comes from, by [`AttrId`].
    pub sources: Vec<Source>,
    /// The SCIM attribute that names a resource to people, where another resource refers to it.
    pub display: Option<AttrId>,
    /// What locks an account, where setting its password would take that away: part of the type for those who don't see it, too.
    pub lock: Option<LdapScalar>,
    /// How its entries are made, changed and retired.
    pub writing: Writing,
}

/// A place in a directory below which entries are looked for.
#[derive(Debug, Clone)]
pub struct Base {
    /// The directory (partition) it is in: `main` unless said.
    pub directory: String,
    /// The base object.
    pub dn: Dn,
    /// Its name as it is sent.
    pub text: Box<str>,
    /// The base object's key, for confinement.
    pub key: DnKey,
    /// How far below.
    pub scope: Scope,
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

/// The attribute that identifies an entry for ever.
#[derive(Debug, Clone)]
pub struct Identifier {
    /// The LDAP attribute.
    pub attribute: AttributeDescription,
    /// How it becomes the `id`.
    pub codec: Arc<dyn Codec>,
    /// What the language calls the codec.
    pub codec_name: &'static str,
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

/// What a version (RFC 7643 section 3.1, RFC 7644 section 3.14) is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// A hash of the mapped stored values.
    Content,
    /// An attribute of the directory's own that moves with every change.
    Attribute(AttributeDescription),
}

/// Where an attribute of a resource comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Nowhere: the attribute is valid SCIM and always absent.
    Unmapped,
    /// The resource type's own machinery: `schemas`, `id`, `meta`.
    Builtin(Builtin),
    /// One LDAP attribute, a constant or a template.
    Scalar(Scalar),
    /// A singular complex attribute, by [`SubId`].
    Complex(Vec<Option<Scalar>>),
    /// A multi-valued complex attribute, partitioned over LDAP attributes.
    Slots(Vec<Slot>),
    /// References to other resources that the entry itself holds. A singular attribute has one kind.
    References(Vec<Reference>),
    /// References to resources that refer to this one.
    Backreference(Backreference),
    /// Written, never read.
    WriteOnly(Password),
}

impl Source {
    /// The LDAP attributes of the entry itself that it shows.
    pub fn stored(&self) -> Vec<&AttributeDescription> {
        fn of(scalar: &Scalar) -> Vec<&AttributeDescription> {
            match scalar {
                Scalar::Ldap(source) => vec![&source.attribute],
                Scalar::Template(template) => template.attributes().collect(),
                Scalar::Constant(_) => Vec::new(),
            }
        }
        match self {
            Self::Scalar(source) => of(source),
            Self::Complex(subs) => subs.iter().flatten().flat_map(of).collect(),
            Self::Slots(slots) => slots.iter().flat_map(|slot| slot.subs.iter().flatten()).flat_map(of).collect(),
            Self::References(references) => references.iter().map(|reference| &reference.attribute).collect(),
            Self::Unmapped | Self::Builtin(_) | Self::Backreference(_) | Self::WriteOnly(_) => Vec::new(),
        }
    }

    /// Whether these are references by names behind which an identifier may stand (RFC 4517 section 3.3.21): no directory finds such
    /// a name, or takes it out, by the name alone.
    pub fn names_are_marked(&self) -> bool {
        match self {
            Self::References(all) => all.iter().any(|one| one.form == ReferenceForm::NameAndOptionalUid),
            _ => false,
        }
    }
}

/// How a password is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// By the password modify operation (RFC 3062).
    PasswordModify,
    /// As the value of an attribute, which the server hashes.
    Attribute(AttributeDescription),
    /// As Active Directory's unicodePwd: between quotes, in UTF-16. What becomes of new users without one is said, too, as they
    /// can't be enabled.
    UnicodePwd(WithoutPassword),
}

/// What becomes of a new user without a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WithoutPassword {
    /// A password is made that nobody knows.
    #[default]
    Random,
    /// The user stays disabled.
    Disabled,
    /// The request is refused.
    Reject,
}

impl Password {
    /// The attribute that it is written to and the value that it has there; none for an operation of its own.
    pub fn stored(&self, text: &str) -> Option<(AttributeDescription, Vec<u8>)> {
        match self {
            Self::PasswordModify => None,
            Self::Attribute(attribute) => Some((attribute.clone(), text.as_bytes().to_vec())),
            Self::UnicodePwd(_) => {
                let quoted = format!("\"{text}\"");
                Some(("unicodePwd".parse().ok()?, quoted.encode_utf16().flat_map(u16::to_le_bytes).collect()))
            }
        }
    }
}

/// An attribute that every resource has.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of each in a resource type")]
pub enum Builtin {
    /// `schemas`: the core schema and those extensions that have a value.
    Schemas,
    /// `id`
    Id,
    /// `meta`, with its times.
    Meta {
        /// `meta.created`
        created: Option<Scalar>,
        /// `meta.lastModified`
        last_modified: Option<Scalar>,
    },
}

/// A simple value's origin.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// An LDAP attribute through a codec.
    Ldap(LdapScalar),
    /// Always the same.
    Constant(Atom<'static>),
    /// Computed from other LDAP attributes, read-only.
    Template(Template),
}

/// A simple value held in an LDAP attribute.
#[derive(Debug, Clone)]
pub struct LdapScalar {
    /// The attribute.
    pub attribute: AttributeDescription,
    /// How a value is held.
    pub codec: Arc<dyn Codec>,
    /// What stands in for an absent attribute on reading.
    pub default: Option<Atom<'static>>,
    /// Whose equality decides in filters.
    pub law: Law,
    /// What the language calls the codec.
    pub codec_name: &'static str,
    /// Who may write it, beside what the schema says.
    pub write: WritePolicy,
    /// Attributes that are written with it.
    pub also: Vec<Also>,
    /// Where the mapping file names the LDAP attribute.
    pub span: Option<Span>,
}

/// One part of a multi-valued complex attribute: constants, and the LDAP attributes that hold the rest.
///
/// With one LDAP attribute a slot has an element for each of its values; with several it has one element, made of the
/// first value of each.
#[derive(Debug, Clone)]
pub struct Slot {
    /// By [`SubId`].
    pub subs: Vec<Option<Scalar>>,
    /// Whether an element is the primary one.
    pub primary: Primary,
    /// `take = "one"`: the first value alone is an element.
    pub take_one: bool,
    /// Types of elements that it takes on writing, besides its own.
    pub accepts: Vec<String>,
    /// Whether it takes elements without a type on writing. Without any such slot the first does.
    pub takes_untyped: bool,
    /// What becomes of elements that it has no room for on writing.
    pub overflow: Overflow,
}

/// Which elements of a slot carry `primary: true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primary {
    /// None does.
    Never,
    /// Each element (of which there should be one) does.
    Always,
    /// The element does when it is its slot's only one.
    IfSingle,
}

/// An LDAP attribute that names other entries.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The object class whose entries hold it: a group's kind. `None`: any entry.
    pub class: Option<String>,
    /// The attribute.
    pub attribute: AttributeDescription,
    /// How a value names an entry.
    pub form: ReferenceForm,
    /// The types that may be referred to, by place; anything else is not shown.
    pub targets: Vec<TypeIndex>,
    /// A DN that stands for "no member" where the schema wants one; never shown.
    pub placeholder: Option<DnKey>,
    /// The same as it is stored.
    pub placeholder_value: Option<Vec<u8>>,
    /// Whether the directory keeps the back-reference attribute for this kind (memberOf).
    pub back_reference_kept: bool,
    /// Whether clients may write it.
    pub writable: bool,
    /// Where the mapping file names the LDAP attribute.
    pub span: Option<Span>,
}

/// How a value names another entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceForm {
    /// By DN.
    Dn,
    /// By DN with an optional unique identifier (RFC 4517 section 3.3.21).
    NameAndOptionalUid,
    /// By the value of an attribute of the entry, such as `uid`.
    Key(AttributeDescription),
    /// By an LDAP URL whose search finds the entries (RFC 4516); read-only.
    Url,
    /// As the primary group of those entries that hold the last part of the value, a SID, in this attribute; read-only.
    PrimaryGroup(AttributeDescription),
}

/// References that the referring entries hold: `groups` of a User.
#[derive(Debug, Clone)]
pub struct Backreference {
    /// The referring type.
    pub referrer: TypeIndex,
    /// Its attribute, a [`Source::References`].
    pub attribute: AttrId,
    /// The attribute of this entry in which the directory keeps the referrers' DNs.
    pub via: Option<AttributeDescription>,
    /// Whether `via` holds the referrers of referrers too: then it bounds what refers to the entry, and doesn't say it.
    pub via_nested: bool,
    /// Whether referrers of referrers count.
    pub nested: bool,
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

impl Mapping {
    /// The type called `name`, in any case.
    pub fn resource(&self, name: &str) -> Option<(TypeIndex, &Resource)> {
        self.resources.iter().enumerate().find(|(_, resource)| resource.name.eq_ignore_ascii_case(name))
    }

    /// The type served at `endpoint` (`/Users`), in any case.
    pub fn endpoint(&self, endpoint: &str) -> Option<(TypeIndex, &Resource)> {
        self.resources.iter().enumerate().find(|(_, resource)| {
            resource.schema.endpoint().trim_start_matches('/').eq_ignore_ascii_case(endpoint.trim_matches('/'))
        })
    }

    /// Whether resources of type `kind` may be named in another directory than their own by those of type `referrer`: no server
    /// keeps on an entry who names it elsewhere.
    pub fn is_named_elsewhere(&self, kind: TypeIndex, referrer: TypeIndex) -> bool {
        let bases = |kind: TypeIndex| self.resources.get(kind).map_or(&[][..], |resource| &resource.bases);
        bases(kind).iter().any(|own| bases(referrer).iter().any(|other| other.directory != own.directory))
    }
}

impl Resource {
    /// Where `attribute` comes from.
    pub fn source(&self, attribute: AttrId) -> &Source {
        self.sources.get(usize::from(attribute.0)).unwrap_or(&Source::Unmapped)
    }

    /// Whether an entry called `dn` stands where entries of this type may be, in `directory`.
    pub fn confines(&self, directory: &str, dn: &DnKey) -> bool {
        self.bases.iter().any(|base| {
            base.directory == directory
                && match base.scope {
                    Scope::Base => *dn == base.key,
                    Scope::One => dn.is_child_of(&base.key),
                    Scope::Subtree => dn.is_under(&base.key),
                }
        })
    }
}

impl Scalar {
    /// Who may write the value in a directory with this schema, where the type's own schema says `declared`: what is made rather than
    /// held, what the directory doesn't know and what it alone writes (NO-USER-MODIFICATION) is read-only.
    pub fn mutability(&self, declared: Mutability, schema: &Subschema) -> Mutability {
        let Self::Ldap(scalar) = self else { return Mutability::ReadOnly };
        let known = schema.attribute(scalar.attribute.type_name());
        let writable = known.is_some_and(|known| !known.definition.no_user_modification);
        if writable && scalar.write != WritePolicy::Never { declared } else { Mutability::ReadOnly }
    }
}

impl Slot {
    /// The LDAP attributes that hold this slot's values, with the sub-attributes they hold.
    pub fn attributes(&self) -> impl Iterator<Item = (SubId, &LdapScalar)> {
        self.subs.iter().zip(0u16..).filter_map(|(sub, place)| match sub {
            Some(Scalar::Ldap(scalar)) => Some((SubId(place), scalar)),
            _ => None,
        })
    }
}
