//! What tests of translation share: a mapping, a schema, entries.

use std::io;
use std::sync::{Arc, LazyLock};

use crate::ldap::{Entry, Subschema, ldif};
use crate::mapping;
use crate::mapping::model::TypeIndex;
use crate::scim::filter::typed::Filter as ScimFilter;
use crate::scim::filter::{Limits, compile};

use super::read::ReadPlan;
use super::view::View;

/// What locations start with.
pub(super) const BASE_URL: &str = "https://scim.example.com/v2";

/// The preset for OpenLDAP.
pub(super) const PRESET: &str = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";

/// Attributes and classes that no standard schema has, for what the presets don't use.
const EXTRA: &[(&str, &str)] = &[
    (
        "attributeTypes",
        "( 1.1.1 NAME 'exLogin' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
    ),
    (
        "attributeTypes",
        "( 1.1.2 NAME 'exColour' EQUALITY caseExactMatch SUBSTR caseExactSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    ),
    ("attributeTypes", "( 1.1.3 NAME 'exDarkColour' SUP exColour )"),
    (
        "attributeTypes",
        "( 1.1.4 NAME 'exLevel' EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
    ),
    ("attributeTypes", "( 1.1.5 NAME 'exScore' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )"),
    (
        "attributeTypes",
        "( 1.1.6 NAME 'exShade' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    ),
    ("attributeTypes", "( 1.1.7 NAME 'exBlob' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )"),
    (
        "attributeTypes",
        "( 1.1.8 NAME 'exBoss' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )",
    ),
    ("attributeTypes", "( 1.1.9 NAME 'exUnique' EQUALITY uniqueMemberMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.34 )"),
    ("objectClasses", "( 1.1.21 NAME 'exUniqueTeam' SUP top STRUCTURAL )"),
    ("objectClasses", "( 1.1.20 NAME 'exTeam' SUP groupOfNames STRUCTURAL )"),
    (
        "objectClasses",
        "( 1.1.22 NAME 'exAux' SUP top AUXILIARY MAY ( exColour $ exLevel $ exScore $ exShade $ exBlob $ exBoss ) )",
    ),
];

/// The standard schema, the optional one of this project, and the extra attributes.
pub(super) static FULL: LazyLock<Arc<Subschema>> = LazyLock::new(|| schema(|_| true));

/// The full schema without the descriptions that `keep` refuses.
pub(super) fn schema(keep: impl Fn(&str) -> bool) -> Arc<Subschema> {
    let texts = [include_str!("../ldap/subschema/standard.ldif"), include_str!("../../mappings/scim.ldif")];
    let records: Vec<ldif::Record> = texts.iter().flat_map(|text| ldif::read(text)).collect::<Result<_, _>>().unwrap();
    let read =
        records.iter().flat_map(|record| record.attributes.iter().map(|(name, value)| (name.as_str(), &value[..])));
    let all = read.chain(EXTRA.iter().map(|(name, value)| (*name, value.as_bytes())));
    let (schema, warnings) = Subschema::parse(all.filter(|(_, value)| keep(&String::from_utf8_lossy(value))));
    assert!(warnings.is_empty(), "{warnings:?}");
    Arc::new(schema)
}

/// The mapping in `text`, seen over a directory with `schema`.
pub(super) fn view(text: &str, schema: Arc<Subschema>) -> View {
    let loader = |_: &str| -> io::Result<String> { Ok(text.to_owned()) };
    let mapping = mapping::compile(loader, "test.toml").unwrap_or_else(|report| panic!("{report}"));
    View { mapping: Arc::new(mapping), schema }
}

/// The place of the type called `name`.
pub(super) fn kind(view: &View, name: &str) -> TypeIndex {
    view.mapping.resource(name).unwrap().0
}

/// The filter in `text` about resources of `kind`.
pub(super) fn scim_filter(view: &View, kind: TypeIndex, text: &str) -> ScimFilter {
    compile(text, &view.resource(kind).schema, &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// An entry with `values`, as the search for `plan` returns it.
pub(super) fn entry<N: AsRef<str>, V: AsRef<[u8]>>(plan: &ReadPlan, dn: &str, values: &[(N, V)]) -> Entry {
    let of = |name: &str| -> Vec<Vec<u8>> {
        let named = values.iter().filter(|(own, _)| own.as_ref().eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_ref().to_vec()).collect()
    };
    let attributes = plan.attributes.iter().map(|attribute| of(attribute.as_str())).collect();
    Entry { dn: dn.to_owned(), attributes, dereferenced: Vec::new(), origin: None }
}
