//! The model's half of writing: how entries of a type are made, named, changed and retired.

use super::value_template::ValueTemplate;
use crate::diagnostics::Span;
use crate::ldap::dn::{Dn, DnKey};
use crate::ldap::{AttributeDescription, Filter};
use crate::scim::filter::typed::Filter as ScimFilter;
use crate::scim::resource_schema::AttrId;

/// How entries of one type are written.
#[derive(Debug, Clone, Default)]
pub struct Writing {
    /// `write = "never"`: the type is read only; POST, PUT, PATCH and DELETE are refused with 403.
    pub never: bool,
    /// The object classes of a new entry; a kind of group adds its own. Empty: none can be made.
    pub classes: Vec<String>,
    /// Where the mapping file names them.
    pub classes_span: Option<Span>,
    /// Auxiliary classes that an entry gets when an attribute that is written needs one; which do is the subschema's to say.
    pub auxiliary: Vec<String>,
    /// Where the mapping file names them.
    pub auxiliary_span: Option<Span>,
    /// How a new entry is named, and what becomes of the name later. `None`: none can be made, and names stay.
    pub naming: Option<Naming>,
    /// Where new entries go: the first whose condition holds. Without any it is the first base.
    pub routes: Vec<Route>,
    /// Whether an entry moves when a change makes another route right for it.
    pub reroute: bool,
    /// LDAP attributes of new entries that no SCIM attribute gives a value to.
    pub on_add: Vec<(AttributeDescription, ValueTemplate)>,
    /// Other values for attributes among these, in order: tried where the directory says that a name is taken.
    pub on_add_else: Vec<(AttributeDescription, Vec<ValueTemplate>)>,
    /// What DELETE does.
    pub on_delete: Retirement,
    /// What PUT does with attributes that it doesn't mention.
    pub put_omitted: PutOmitted,
    /// Entries that are readable, but never written and never made a member (decisions 5).
    pub protected: Option<Filter>,
    /// Where the mapping file says so.
    pub protected_span: Option<Span>,
    /// An attribute of one value, nothing else's, that every write replaces: by it bridges notice each other where the directory can't
    /// assert (decisions 12).
    pub cas_attribute: Option<AttributeDescription>,
    /// Where the mapping file names it.
    pub cas_span: Option<Span>,
    /// Attributes whose values no two resources of the type share; asked for before POST and where they change.
    pub unique: Vec<AttrId>,
    /// Numbers that new entries are given.
    pub allocations: Vec<Allocation>,
    /// Whether references to an entry that is deleted are removed by the bridge, where the directory doesn't (refint).
    pub clean_references: bool,
}

/// How entries are named.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The attribute of the RDN.
    pub attribute: AttributeDescription,
    /// The RDN's value: one after the other is tried while the name is taken. Empty: what the entry's own attribute of that name
    /// holds.
    pub candidates: Vec<ValueTemplate>,
    /// What happens when the value changes.
    pub on_change: OnChange,
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

/// What becomes of an entry's name when what it is made of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnChange {
    /// The entry is renamed.
    #[default]
    Rename,
    /// The name stays. An attribute that is the RDN itself can't be changed then.
    Keep,
}

/// Where new entries go.
#[derive(Debug, Clone)]
pub struct Route {
    /// Which resources; all of them where it isn't given.
    pub when: Option<ScimFilter>,
    /// The entry above.
    pub parent: Dn,
    /// Its key.
    pub parent_key: DnKey,
    /// The directory it is in.
    pub directory: String,
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

/// What DELETE does.
#[derive(Debug, Clone, Default)]
pub enum Retirement {
    /// The entry is deleted.
    #[default]
    Delete,
    /// The entry stays, but is no resource any more (RFC 7644 section 3.6).
    Keep(Retired),
}

/// How an entry that stays is marked as deleted.
#[derive(Debug, Clone, Default)]
pub struct Retired {
    /// Whether `active` is set to false.
    pub disable: bool,
    /// Where it moves. Entries below it are no resources.
    pub parent: Option<(Dn, DnKey)>,
    /// Whether it leaves all groups.
    pub strip_groups: bool,
    /// Whether creating the same resource again brings it back.
    pub adopt: bool,
}

/// What PUT does with attributes that it doesn't mention (decisions 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PutOmitted {
    /// They are cleared.
    #[default]
    Clear,
    /// They stay.
    Keep,
}

/// A number that a new entry is given (uidNumber).
#[derive(Debug, Clone)]
pub struct Allocation {
    /// The LDAP attribute that gets it, unless the client gives a value.
    pub attribute: AttributeDescription,
    /// The entry that counts, and its attribute, which holds the next number. `None`: the lowest free above those in use.
    pub counter: Option<(Dn, AttributeDescription)>,
    /// The first and last number allowed.
    pub range: (i64, i64),
    /// Where the mapping file says so.
    pub span: Option<Span>,
}

/// Who may write a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WritePolicy {
    /// Clients may.
    #[default]
    Always,
    /// Clients may give it when they create; after that changing it is `mutability`.
    Create,
    /// Nobody may: it is read only.
    Never,
    /// Values are accepted and dropped: what identity providers send all the same.
    Discard,
    /// Values are taken when a resource is created, and later ones dropped.
    CreateDiscard,
}

/// What becomes of values for which a slot has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The request is refused: 400 `invalidValue`.
    #[default]
    Reject,
    /// They are dropped.
    Discard,
}
