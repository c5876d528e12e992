//! What can be wrong with a mapping file. What can be wrong with any TOML file stands in
//! [`diagnostics::toml::codes`](crate::diagnostics::toml::codes); what a live directory's schema says, in the M1xx family below.

crate::diagnostics::diagnostic_codes! {
    VERSION = "M001", "unsupported version", "A mapping file says which version of the language it is written in: `version = 1`.";
    EXTENDS = "M002", "can't be extended", "`extends` names a preset (`builtin:openldap@1`) or a file, relative to the one that \
        extends it.";
    CYCLE = "M003", "circle of files", "A mapping file can't extend itself, neither directly nor through others.";
    VARIABLE = "M004", "unknown variable", "In DNs and filters, `{suffix}` stands for the file's `suffix`. There are no other \
        variables; presets need `suffix` to be given.";
    DN = "M005", "not a DN", "The value is not a distinguished name (RFC 4514), such as `ou=people,dc=example,dc=com`.";
    FILTER = "M006", "not an LDAP filter", "The value is not a search filter (RFC 4515), such as `(objectClass=inetOrgPerson)`.";
    ATTRIBUTE_DESCRIPTION = "M007", "not an LDAP attribute", "The value is not an attribute description (RFC 4512 section 2.5), \
        such as `cn` or `userCertificate;binary`.";
    FORBIDDEN = "M008", "never mapped", "Passwords, their hashes, keys and what delegates rights are never read through SCIM. A \
        password is written with `password = { codec = \"passmod\" }` or `{ ldap = \"userPassword\" }`; userAccountControl is mapped through the codec `bit`.";
    UNKNOWN_ATTRIBUTE = "M009", "unknown SCIM attribute", "The resource type's schemas have no attribute or sub-attribute of this \
        name. Attributes of extensions stand in a table named for the extension's URN.";
    UNKNOWN_CODEC = "M010", "unknown codec", "There is no codec of this name; the reference lists them all.";
    CODEC_PARAMETER = "M011", "codec parameter", "A codec's parameter is missing or makes no sense.";
    CODEC_TYPE = "M012", "codec and type don't fit", "The codec doesn't make values of the attribute's type.";
    SOURCE_KIND = "M013", "wrong kind of source", "A simple attribute has one source, a complex one a table of its sub-attributes, \
        a multi-valued complex one slots or references.";
    NO_SOURCE = "M014", "no source", "The table doesn't say where values come from: `ldap`, `const`, `template`, `ref`, `backref` or \
        slots.";
    TWO_SOURCES = "M015", "several sources", "Values come from one place: `ldap`, `const`, `template`, `ref` or `backref`, not several.";
    VALUE_TYPE = "M016", "value of another type", "A constant or default is of another type than the SCIM attribute.";
    TEMPLATE = "M017", "template", "A template is text with LDAP attributes in braces, such as `{givenName} {sn}`; `{displayName ?? cn}` \
        takes the first that is there; `{{` and `}}` stand for braces. For writing the names are SCIM's: `{displayName ?? userName | max:64}`.";
    UNKNOWN_TYPE = "M018", "unknown resource type", "References name a resource type of this mapping: `[resource.NAME]`.";
    BACKREF = "M019", "not a reference", "`backref` names a resource type and an attribute of it that holds references, such as \
        `Group.members`.";
    ENDPOINT = "M020", "endpoint", "Each resource type has an endpoint of its own: a slash and a name, such as `/Users`. Discovery's \
        endpoints, `/Me`, `/Bulk` and `/.search` are taken.";
    NO_BASE = "M021", "no base", "A resource type says where its entries are: `base = \"ou=people,dc=example,dc=com\"`.";
    NO_ID = "M022", "no id", "A resource type says which LDAP attribute identifies an entry for ever: `id = \"entryUUID\"`.";
    SCHEMA = "M023", "unknown schema", "A resource type or extension names a schema that neither RFC 7643 nor this mapping \
        defines (`[schema.\"urn:…\"]`).";
    URN = "M024", "not a schema URN", "A schema's name is a URN (RFC 8141) such as `urn:example:params:scim:schemas:1.0:Device`, in \
        quotes; those that RFC 7643 defines are taken.";
    DEFINITION = "M025", "attribute definition", "An attribute is defined as in RFC 7643 section 7: complex ones have \
        sub-attributes that aren't complex themselves, others have none.";
    RESERVED = "M026", "reserved attribute", "`id` and `version` stand in the resource's table; `schemas` and the rest of `meta` are made, \
        not mapped. An own schema can't define an attribute of these names.";
    EMPTY_SLOT = "M027", "slot without value", "A slot names at least one LDAP attribute; constants alone make no element.";
    SAME_SLOT = "M028", "two slots alike", "Two slots take the same LDAP attribute with the same constants, so every element would be \
        there twice.";
    UNMAPPED = "M029", "required attribute unmapped", "The schema requires the attribute, but nothing is said about where it comes \
        from, so resources lack it.";
    TWICE = "M030", "mapped twice", "SCIM attribute names have no case: two that differ in it alone are the same attribute.";
    REFERENCE = "M031", "reference", "A reference says which LDAP attribute names entries and how: `as = \"dn\"`, `\"uid-dn\"`, \
        `\"url\"`, or `\"key\"` with `key` naming the attribute that holds the key.";
    NO_RESOURCE = "M032", "no resource type", "A mapping has at least one resource type.";
    SCOPE = "M033", "base", "A base is a DN, a list of them, or a table `{ dn, directory, scope }`.";

    CLASSES = "M034", "object class", "`classes` and `auxiliary` name object classes (RFC 4512 section 1.4), each once, such as `inetOrgPerson`.";
    NAMING = "M035", "naming", "`naming` says which LDAP attribute names an entry, `rdn = \"uid\"`, and where that isn't the attribute's own \
        value, what the name is made of.";
    ROUTE = "M036", "route", "A route says below which entry new entries go, `parent`, and which of them, `when`. The parent stands in one \
        of the type's bases, or the new entry would be no resource. What stands behind a route without condition is never reached.";
    ROUTE_FILTER = "M037", "route's condition", "`when` is a SCIM filter (RFC 7644 section 3.4.2.2) over the type's attributes, such as \
        `userType eq \"contractor\"`.";
    ON_ADD = "M038", "value of a new entry", "`on_add` gives LDAP attributes of new entries a value made of SCIM attributes that a client can \
        send. Object classes stand in `classes`; a password is never copied.";
    ON_DELETE = "M039", "on_delete", "A deleted entry that stays is disabled, which takes a writable `active`, or moves to where no resources \
        are. RFC 7644 section 3.6 wants it to be found no more, which disabling alone doesn't do.";
    ALLOCATION = "M040", "allocation", "An allocation has a range of two numbers, the smaller first, and perhaps a counter: an entry's `dn` and its \
        attribute `ldap`.";
    UNIQUE = "M041", "unique", "`unique` goes with simple, single-valued attributes that are held in one LDAP attribute.";
    WRITE = "M042", "write", "`write` goes with what is held in an LDAP attribute; constants, templates and members found by an LDAP URL \
        are never written.";
    ACCEPTS = "M043", "what slots take", "On writing, an element goes to the slot of its type, else to the first one that accepts its type; \
        elements without a type go to the one slot that is `untyped`.";

    UNKNOWN_LDAP = "M101", "unknown to the directory", "The directory's schema lacks the LDAP attribute. It is read as absent, and \
        filters on it find nothing.";
    SEVERAL_VALUES = "M102", "several values", "The LDAP attribute can have several values where SCIM takes one: the first that the \
        directory returns is served, and filters look at entries again.";
    SCAN = "M103", "filters look at every entry", "The LDAP attribute lacks a matching rule, so the directory can't decide a filter: \
        each entry with a value is read and looked at.";
    UNKNOWN_CLASS = "M104", "unknown object class", "The directory's schema lacks the object class: no entry can be of it.";
    SYNTAX = "M105", "codec and syntax don't fit", "The directory holds the attribute in a syntax that the codec doesn't read.";
    NOT_DN = "M106", "not DN-valued", "References by DN want an attribute whose syntax is DN.";
    CLASS_KIND = "M107", "wrong kind of class", "An entry is of one chain of structural classes, and of auxiliary ones beside it (RFC 4512 \
        section 2.4). `classes` names one structural class, `auxiliary` only auxiliary ones.";
    NO_PLACE = "M108", "no place for it", "None of the classes of a new entry allows the attribute, so the directory refuses an entry that has \
        it. Name a class that allows it in `classes` or `auxiliary`.";
    MISSING = "M109", "wanted by the class", "An entry of the class must have the attribute, and neither the mapping nor `naming`, `on_add` or \
        `allocate` gives it one: the directory refuses every new entry. Give it a value in `on_add`.";
    SOMETIMES_MISSING = "M110", "wanted by the class, but not of clients", "An entry of the class must have the attribute, which clients may leave \
        out: such a resource is refused. Give it a value in `on_add`.";
    USELESS_CLASS = "M111", "class without use", "The auxiliary class allows none of the attributes that are written, so no entry will get it.";
    DIRECTORYS_OWN = "M112", "the directory's own", "Only the directory itself writes the attribute (NO-USER-MODIFICATION), so what is mapped to \
        it is published as read-only.";
    ONE_ELEMENT = "M113", "room for one", "The LDAP attribute has one value, so the slot takes one element; more are refused, or dropped with \
        `overflow = \"discard\"`.";
    OTHER_TYPE = "M114", "comes back otherwise", "The slot accepts elements of a type that no slot keeps: they are served as of the slot's own type.";
    NOT_CREATED = "M115", "can't be created", "Resources of the type can be read, changed and deleted, but not created, because the mapping \
        doesn't say the object classes of a new entry, or how it is named. `write = \"never\"` says that this is meant.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        assert_eq!(crate::diagnostics::duplicate_id(ALL), None);
    }
}
