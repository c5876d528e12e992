//! The keys of the mapping language: one declaration, from which files are checked and the reference and JSON schema are made.
//!
//! Below `attr` stand SCIM names, which depend on the schema; [`compile`](super::compile) checks those itself.

use crate::diagnostics::toml::{Key, Kind, TableSpec};

/// A mapping file.
pub static ROOT: TableSpec = TableSpec {
    name: "mapping",
    doc: "A mapping file: where the attributes of SCIM resources are in LDAP. SCIM stands on the left, LDAP on the right.",
    keys: &[
        Key::new("version", Kind::Integer, "The version of the language: 1.").example("1"),
        Key::new(
            "extends",
            Kind::Text,
            "A preset (`builtin:openldap@1`) or a file, relative to this one, whose keys hold unless they are given here. Tables are \
             merged key by key, `false` takes an attribute, slot, kind or resource type out.",
        )
        .example(r#""builtin:openldap@1""#),
        Key::new("suffix", Kind::Text, "What `{suffix}` stands for in DNs and filters: the directory's naming context.")
            .example(r#""dc=example,dc=com""#),
        Key::new("resource", Kind::Map(&RESOURCE_OR_OFF), "The resource types by name: `[resource.User]`."),
        Key::new("schema", Kind::Map(&Kind::Table(&SCHEMA)), r#"Own schemas by URN: `[schema."urn:example:…"]`."#),
    ],
    free: false,
};

const RESOURCE_OR_OFF: Kind = Kind::AnyOf(&[Kind::Table(&RESOURCE), Kind::Bool]);

/// A resource type.
pub static RESOURCE: TableSpec = TableSpec {
    name: "resource.NAME",
    doc: "A resource type: which entries are resources of it, and where their attributes come from.",
    keys: &[
        Key::new("endpoint", Kind::Text, "Where it is served, with a slash.").default("\"/\" NAME \"s\"").example(r#""/Users""#),
        Key::new("description", Kind::Text, "What it is, for discovery."),
        Key::new("schema", Kind::Text, "The URN of its core schema. `User` and `Group` have RFC 7643's unless given.")
            .example(r#""urn:example:params:scim:schemas:1.0:Device""#),
        Key::new(
            "extensions",
            Kind::Map(&Kind::AnyOf(&[Kind::Table(&EXTENSION), Kind::Bool])),
            "Schema extensions by URN. Those that `attr` maps need no mention, unless they are required.",
        ),
        Key::new("base", BASES, "Where its entries are: a DN, a table, or a list of them.").example(r#""ou=people,{suffix}""#),
        Key::new("scope", SCOPE, "How far below the bases.").default(r#""sub""#),
        Key::new("filter", Kind::Text, "Which entries below the bases are resources. Without one, those of the kinds' classes, or all.")
            .example(r#""(objectClass=inetOrgPerson)""#),
        Key::new(
            "id",
            Kind::AnyOf(&[Kind::Text, Kind::Table(&IDENTIFIER)]),
            "The LDAP attribute that identifies an entry for ever, through renames too.",
        )
        .example(r#""entryUUID""#),
        Key::new(
            "version",
            Kind::AnyOf(&[Kind::OneOf(&["content"]), Kind::Table(&VERSION)]),
            "What `meta.version` is made of: a hash of the mapped values, or an LDAP attribute that moves with every change.",
        )
        .default(r#""content""#)
        .example(r#"{ ldap = "entryCSN" }"#),
        Key::new("display", Kind::Text, "The attribute that names a resource where another refers to it.")
            .default(r#""displayName", else "userName""#),
        Key::new("attr", Kind::Map(&ATTRIBUTE), "The attributes by SCIM path; extensions' in a table named for their URN or `enterprise`."),
        Key::new("write", Kind::OneOf(&["always", "never"]), "Whether clients may create, change and delete resources of this type.")
            .default(r#""always""#),
        Key::new("classes", Kind::Texts, "The object classes of a new entry; a kind adds its own. Without any, no resource can be created.")
            .example(r#"["inetOrgPerson"]"#),
        Key::new("auxiliary", Kind::Texts, "Auxiliary classes that an entry is given as soon as an attribute is written that needs one.")
            .example(r#"["scimAux"]"#),
        Key::new(
            "naming",
            Kind::AnyOf(&[Kind::Table(&NAMING), Kind::Bool]),
            "How a new entry is named. Without it no resource can be created, and names stay.",
        ),
        Key::new("routes", Kind::List(&Kind::Table(&ROUTE)), "Below which entry a new entry goes: the first route whose condition holds.")
            .default("the first base"),
        Key::new("reroute", Kind::Bool, "Whether an entry moves when a change makes another route right for it.").default("false"),
        Key::new(
            "on_add",
            Kind::Map(&Kind::AnyOf(&[Kind::Texts, Kind::Bool])),
            "LDAP attributes that a new entry is given where the client's values give it none, each with its value: text with SCIM \
             attributes in braces, the first of several that has a value (`{displayName ?? userName}`), through functions \
             (`{userName | localpart | max:20}`; also `lower`, `ascii` and `account`, which drops what sAMAccountName can't hold). \
             `{suffix}` is the file's `suffix`. Of a list the next value is tried where the directory says that the one before is taken.",
        )
        .example(r#"{ sn = "{name.familyName ?? userName}", loginShell = "/bin/bash" }"#),
        Key::new(
            "on_delete",
            Kind::AnyOf(&[Kind::OneOf(&["delete", "disable"]), Kind::Table(&RETIREMENT)]),
            "What DELETE does with the entry: `delete` it, `disable` it (short for `{ disable = true }`), or what the table says.",
        )
        .default(r#""delete""#),
        Key::new("put_omitted", Kind::OneOf(&["clear", "keep"]), "What PUT does with attributes that the request leaves out.")
            .default(r#""clear""#),
        Key::new("protected", Kind::Text, "Which entries are served, but never changed and never made a member: an LDAP filter.")
            .example(r#""(employeeType=robot)""#),
        Key::new(
            "cas_attribute",
            Kind::AnyOf(&[Kind::Text, Kind::Bool]),
            "An LDAP attribute of one value that nothing else uses, for directories without assertions (Active Directory, 389 Directory \
             Server). Every write of a bridge puts a new value there, and one that depends on what was read goes only while the old one is \
             there: no two bridges lose each other's changes then, also to different attributes of one entry. `false` takes an inherited \
             one out.",
        )
        .example(r#""extensionAttribute15""#),
        Key::new(
            "allocate",
            Kind::Map(&Kind::AnyOf(&[Kind::Table(&ALLOCATION), Kind::Bool])),
            "Numbers that new entries are given, by LDAP attribute, unless the client gives one.",
        ),
        Key::new(
            "clean_references",
            Kind::Bool,
            "Whether references to a deleted entry are removed from the entries that hold them, for directories that don't do it themselves (refint).",
        )
        .default("false"),
    ],
    free: false,
};

/// A `naming`.
pub static NAMING: TableSpec = TableSpec {
    name: "naming",
    doc: "How entries are named. `false` takes an inherited one out.",
    keys: &[
        Key::new("rdn", Kind::Text, "The LDAP attribute that names an entry among its siblings.").example(r#""uid""#),
        Key::new(
            "value",
            Kind::Texts,
            "What a new entry is named, as in `on_add`: one after the other is tried while the name is taken. Without it the name is the \
             attribute's own value.",
        )
        .example(r#"["{displayName}", "{displayName} ({userName})"]"#),
        Key::new(
            "on_change",
            Kind::OneOf(&["rename", "keep"]),
            "What happens when what the name is made of changes: the entry is renamed, or keeps its name.",
        )
        .default(r#""rename""#),
    ],
    free: false,
};

/// One of `routes`.
pub static ROUTE: TableSpec = TableSpec {
    name: "route",
    doc: "Where new entries of one sort go.",
    keys: &[
        Key::new("when", Kind::Text, "Which resources: a SCIM filter over this type's attributes.")
            .default("all of them")
            .example(r#"'userType eq "contractor"'"#),
        Key::new("parent", Kind::Text, "The DN of the entry below which they go; it stands in one of the bases.")
            .example(r#""ou=ext,ou=people,{suffix}""#),
        Key::new("directory", Kind::Text, "The directory's name in the settings.").default("that of the base"),
    ],
    free: false,
};

/// An `on_delete`.
pub static RETIREMENT: TableSpec = TableSpec {
    name: "on_delete",
    doc: "What DELETE does with an entry that stays.",
    keys: &[
        Key::new(
            "disable",
            Kind::Bool,
            "Whether `active` is set to false. Alone it leaves the resource visible, as one that isn't active.",
        )
        .default("false"),
        Key::new("move", Kind::Text, "The DN of the entry below which it moves. Entries there are no resources.")
            .example(r#""ou=retired,{suffix}""#),
        Key::new("strip_groups", Kind::Bool, "Whether it leaves all groups.").default("false"),
        Key::new("adopt", Kind::Bool, "Whether creating a resource of the same name brings the entry back.")
            .default("false"),
    ],
    free: false,
};

/// One of `allocate`.
pub static ALLOCATION: TableSpec = TableSpec {
    name: "allocate.ATTRIBUTE",
    doc: "A number that a new entry is given. `false` takes an inherited one out.",
    keys: &[
        Key::new("range", Kind::List(&Kind::Integer), "The first and the last number that may be given.")
            .example("[10000, 59999]"),
        Key::new(
            "counter",
            Kind::Table(&COUNTER),
            "The entry that holds the next number, counted up with every one that is given.",
        )
        .default("none: the number above the highest in use"),
    ],
    free: false,
};

/// An allocation's `counter`.
pub static COUNTER: TableSpec = TableSpec {
    name: "counter",
    doc: "Where the next number is kept.",
    keys: &[
        Key::new("dn", Kind::Text, "The entry's DN.").example(r#""cn=uidNext,{suffix}""#),
        Key::new("ldap", Kind::Text, "Its attribute that holds the next number.").example(r#""uidNumber""#),
    ],
    free: false,
};

/// Who may write a value.
pub(super) const WRITE: Kind = Kind::OneOf(&["always", "create", "never", "discard", "create-discard"]);

const SCOPE: Kind = Kind::OneOf(&["base", "one", "sub"]);
const BASES: Kind =
    Kind::AnyOf(&[Kind::Text, Kind::Table(&BASE), Kind::List(&Kind::AnyOf(&[Kind::Text, Kind::Table(&BASE)]))]);

/// What stands under a SCIM name. `Any` stands first: names below are SCIM's, and checked against the schema.
const ATTRIBUTE: Kind = Kind::AnyOf(&[
    Kind::Any,
    Kind::Text,
    Kind::Bool,
    Kind::Table(&SCALAR),
    Kind::Table(&REFERENCE),
    Kind::Table(&BACKREFERENCE),
    Kind::Table(&PASSWORD),
    Kind::List(&Kind::Table(&SLOT)),
]);

/// A base.
pub static BASE: TableSpec = TableSpec {
    name: "base",
    doc: "A place in a directory below which entries are looked for.",
    keys: &[
        Key::new("dn", Kind::Text, "The base object's DN.").example(r#""ou=people,{suffix}""#),
        Key::new("directory", Kind::Text, "The directory's name in the settings (`[bridge.NAME.directory.NAME]`).")
            .default(r#""main""#),
        Key::new("scope", SCOPE, "How far below the base."),
    ],
    free: false,
};

/// An `id`.
pub static IDENTIFIER: TableSpec = TableSpec {
    name: "id",
    doc: "The attribute that identifies an entry. The codec's parameters stand beside it.",
    keys: &[
        Key::new("ldap", Kind::Text, "The LDAP attribute.").example(r#""entryUUID""#),
        Key::new("codec", Kind::Text, "How its value is held; see the codecs."),
    ],
    free: true,
};

/// A `version`.
pub static VERSION: TableSpec = TableSpec {
    name: "version",
    doc: "A version taken from the directory.",
    keys: &[Key::new("ldap", Kind::Text, "The LDAP attribute.").example(r#""entryCSN""#)],
    free: false,
};

/// An extension.
pub static EXTENSION: TableSpec = TableSpec {
    name: "extension",
    doc: "How a resource type uses an extension.",
    keys: &[Key::new("required", Kind::Bool, "Whether every resource must have it.").default("false")],
    free: false,
};

/// A simple value.
pub static SCALAR: TableSpec = TableSpec {
    name: "value",
    doc: "Where a simple value comes from. A bare string is short for `{ ldap = \"…\" }`, `false` takes an inherited one out. The codec's \
          parameters stand beside it.",
    keys: &[
        Key::new("ldap", Kind::Text, "The LDAP attribute.").example(r#""mail""#),
        Key::new("codec", Kind::Text, "How the value is held; without one what the attribute's type says."),
        Key::new("default", Kind::Any, "What is served where the LDAP attribute is absent."),
        Key::new(
            "match",
            Kind::OneOf(&["scim", "directory"]),
            "Whose equality decides in filters: SCIM's, or the directory's matching rule, which is faster and right for keys.",
        )
        .default(r#""scim""#),
        Key::new(
            "also",
            Kind::Map(&Kind::OneOf(crate::mapping::codec::FORMS)),
            "LDAP attributes that are written with this one and never read: `copy` is the value itself, `smtp-primary` the one behind `SMTP:` \
             in proxyAddresses, `country-name` and `country-number` what goes with a country's code of two letters.",
        )
        .example(r#"{ co = "country-name", countryCode = "country-number" }"#),
        Key::new("const", Kind::Any, "The value itself, always the same; read-only."),
        Key::new("template", Kind::Text, "The value computed from LDAP attributes; read-only.").example(r#""{givenName} {sn}""#),
        Key::new("returned", Kind::OneOf(&["always", "default", "request", "never"]), "When it is part of a response, instead of what the schema says."),
        Key::new("required", Kind::Bool, "Whether resources must have it, instead of what the schema says."),
        Key::new("case_exact", Kind::Bool, "Whether its case matters in filters, instead of what the schema says. (For codecs with a parameter of that name, theirs.)"),
        Key::new(
            "unique",
            Kind::Bool,
            "Whether no two resources of the type may have the same value: the bridge asks the directory before it writes one.",
        )
        .default("what the schema says"),
        Key::new(
            "write",
            WRITE,
            "Whether clients may write it: `always`; when they `create` a resource, and never after; `never`. With `discard` what they send \
             is accepted and dropped, with `create-discard` after the resource was created.",
        )
        .default(r#""always""#),
    ],
    free: true,
};

/// References that the entry holds.
pub static REFERENCE: TableSpec = TableSpec {
    name: "reference",
    doc: "References to other resources that the entry itself holds: `manager`, `members`. Kinds of groups stand in tables by name: \
          `members.groupOfNames = { ldap = \"member\" }`; the name is the object class unless `class` is given.",
    keys: &[
        Key::new("ref", Kind::Texts, "The resource types that may be referred to. In kinds it may be left out: those that the schema names.")
            .example(r#""User""#),
        Key::new("of", Kind::Texts, "The same."),
        Key::new("ldap", Kind::Text, "The LDAP attribute.").example(r#""manager""#),
        Key::new(
            "as",
            Kind::OneOf(&["dn", "uid-dn", "key", "url", "primary-group"]),
            "How a value names an entry: by DN, by DN with an optional unique identifier, by a key, by an LDAP URL to search. With \
             `primary-group` the value is a SID, whose last part those that it names hold in primaryGroupID.",
        )
        .default(r#""dn""#),
        Key::new("key", Kind::Text, "For `as = \"key\"`: the attribute of the entry that the value is.").example(r#""uid""#),
        Key::new("class", Kind::Text, "The object class of the entries that hold it: a group's kind.").default("the kind's name"),
        Key::new("placeholder", Kind::Text, "A DN that stands for \"no member\" where the class wants one; never shown.")
            .example(r#""cn=scim-placeholder""#),
        Key::new("memberof", Kind::Bool, "Whether the directory keeps `via` of a back-reference for this kind.").default("false"),
        Key::new("write", Kind::OneOf(&["always", "never"]), "Whether clients may write it.").default(r#""always"; "never" for as = "url""#),
        Key::new("returned", Kind::OneOf(&["always", "default", "request", "never"]), "When it is part of a response, instead of what the schema says."),
    ],
    free: false,
};

/// References that other entries hold.
pub static BACKREFERENCE: TableSpec = TableSpec {
    name: "back-reference",
    doc: "References that the referring entries hold: `groups` of a User.",
    keys: &[
        Key::new("backref", Kind::Text, "The referring resource type and its attribute.").example(r#""Group.members""#),
        Key::new(
            "via",
            Kind::Text,
            "The LDAP attribute in which the directory keeps the referrers' DNs, where it does.",
        )
        .example(r#""memberOf""#),
        Key::new(
            "via_nested",
            Kind::Bool,
            "Whether `via` holds referrers of referrers too, as 389 Directory Server's and FreeIPA's memberOf does.",
        )
        .default("false"),
        Key::new("nested", Kind::OneOf(&["direct", "all"]), "Whether referrers of referrers count.")
            .default(r#""direct""#),
        Key::new(
            "returned",
            Kind::OneOf(&["always", "default", "request", "never"]),
            "When it is part of a response, instead of what the schema says.",
        ),
    ],
    free: false,
};

/// A password.
pub static PASSWORD: TableSpec = TableSpec {
    name: "password",
    doc: "What is written and never read.",
    keys: &[
        Key::new(
            "codec",
            Kind::OneOf(&["passmod", "unicode-pwd"]),
            "How it is written: `passmod` by the password modify operation (RFC 3062), so that the directory hashes it; `unicode-pwd` to \
             Active Directory's unicodePwd, which takes it over TLS alone. There new users are added disabled, and enabled when they \
             have their password.",
        ),
        Key::new(
            "absent",
            Kind::OneOf(&["random", "disabled", "reject"]),
            "With `unicode-pwd`: what becomes of a new user without a password, who can't be enabled. It is given a random one that nobody \
             sees, stays disabled, or is refused.",
        )
        .default(r#""random""#),
        Key::new(
            "ldap",
            Kind::OneOf(&["userPassword"]),
            "The attribute that it is written to instead, for directories that hash what is written there.",
        ),
    ],
    free: false,
};

/// A slot.
pub static SLOT: TableSpec = TableSpec {
    name: "slot",
    doc: "One part of a multi-valued complex attribute, such as the work addresses among `emails`. Slots stand in tables by name \
          (`emails.work = { value = \"mail\" }`; the name is the `type` unless that is given) or in a list. A sub-attribute is a bare \
          string (the LDAP attribute; for `type` the constant itself) or a table as for a simple value. With one LDAP attribute \
          each of its values is an element; with several there is one element.",
    keys: &[
        Key::new("type", Kind::Any, "The constant `type` of the elements; `false` for none.")
            .default("the slot's name"),
        Key::new(
            "primary",
            Kind::AnyOf(&[Kind::Bool, Kind::OneOf(&["if-single"])]),
            "Whether the elements are primary: always, or when there is just one.",
        )
        .default("false"),
        Key::new("take", Kind::OneOf(&["one", "all"]), "Whether the first value alone is an element.")
            .default(r#""all""#),
        Key::new("value", Kind::Any, "Where the value comes from.").example(r#""mail""#),
        Key::new(
            "accepts",
            Kind::Texts,
            "Types of elements that it takes on writing where no slot of their own can. They come back as of its own type.",
        )
        .example(r#"["other"]"#),
        Key::new("untyped", Kind::Bool, "Whether it takes elements without a type on writing. Without any such slot the first does.")
            .default("false"),
        Key::new("overflow", Kind::OneOf(&["reject", "discard"]), "What becomes of elements for which it has no room: the request is refused, or they are dropped.")
            .default(r#""reject""#),
        Key::new("write", WRITE, "Whether clients may write its values; see the values' `write`.").default(r#""always""#),
    ],
    free: true,
};

/// An own schema.
pub static SCHEMA: TableSpec = TableSpec {
    name: "schema.\"URN\"",
    doc: "A schema of one's own (RFC 7643 section 7): the core of a resource type, or an extension.",
    keys: &[
        Key::new("name", Kind::Text, "What it is called.").default("the URN's last part"),
        Key::new("description", Kind::Text, "What it is for."),
        Key::new("attributes", Kind::Map(&DEFINITION), "Its attributes by name."),
    ],
    free: false,
};

static DEFINITION: Kind = Kind::AnyOf(&[TYPE, Kind::Table(&ATTRIBUTE_DEFINITION)]);
const TYPE: Kind =
    Kind::OneOf(&["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]);

/// An attribute of an own schema.
pub static ATTRIBUTE_DEFINITION: TableSpec = TableSpec {
    name: "attribute",
    doc: "An attribute's characteristics (RFC 7643 sections 2.2 and 7). A bare string is its type.",
    keys: &[
        Key::new("type", TYPE, "Its data type.").default(r#""string""#),
        Key::new("multi", Kind::Bool, "Whether it is multi-valued.").default("false"),
        Key::new("description", Kind::Text, "What it means."),
        Key::new("required", Kind::Bool, "Whether a resource must have it.").default("false"),
        Key::new("case_exact", Kind::Bool, "Whether case matters when values are compared.")
            .default("false; true for reference and binary"),
        Key::new("mutability", Kind::OneOf(&["readOnly", "readWrite", "immutable", "writeOnly"]), "Who may write it.")
            .default(r#""readWrite""#),
        Key::new("returned", Kind::OneOf(&["always", "never", "default", "request"]), "When it is part of a response.")
            .default(r#""default""#),
        Key::new("uniqueness", Kind::OneOf(&["none", "server", "global"]), "Among what its values are unique.")
            .default(r#""none""#),
        Key::new("canonical_values", Kind::List(&Kind::Text), "Suggested values."),
        Key::new("reference_types", Kind::List(&Kind::Text), "For references: resource types, `external` or `uri`."),
        Key::new("sub", Kind::Map(&DEFINITION), "The sub-attributes of a complex attribute by name."),
    ],
    free: false,
};
