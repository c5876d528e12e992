//! What directories keep on entries by themselves when others change: which groups an entry is in.
//!
//! Nobody tells of that. Changing a group moves no stamp of its members, no feed names them, and slapd's overlay works on them when the
//! group's change has been told and stamped already. Where groups are shown, what was read leans on the groups, which do tell
//! ([`Leaning`](crate::cache::changes::Leaning)). Where such an attribute decides who is a resource, any group may, one that is none
//! of ours too, and there is nothing to lean on: then nothing is remembered at all.

use super::service::Bridge;
use crate::ldap::AttributeDescription;
use crate::mapping::model::{Mapping, Resource, Source};

/// What directories that have it are known to keep (by name and, for the one that everybody has, by OID).
const USUAL: [&str; 5] = ["memberOf", "1.2.840.113556.1.2.102", "msDS-MemberOfTransitive", "isMemberOf", "nsRole"];

impl Bridge {
    /// The first type whose resources, or what is shown of them otherwise than as groups, hang on what the directory keeps of groups
    /// on entries, and the attribute: what was read of such resources is never known to be true still.
    pub(super) fn hangs_on_groups(&self) -> Option<(&Resource, &AttributeDescription)> {
        hanging(&self.mapping, self.whole_mapping())
    }
}

/// The same of `mapping`, a part of `whole`.
fn hanging<'m>(mapping: &'m Mapping, whole: &Mapping) -> Option<(&'m Resource, &'m AttributeDescription)> {
    mapping.resources.iter().find_map(|resource| {
        let shown = resource.sources.iter().flat_map(Source::stored);
        let mut all = resource.filter.attributes().into_iter().chain(shown);
        Some((resource, all.find(|attribute| is_kept(whole, attribute.type_name()))?))
    })
}

/// Whether directories keep the groups that an entry is in at `attribute`.
fn is_kept(mapping: &Mapping, attribute: &str) -> bool {
    let mut sources = mapping.resources.iter().flat_map(|resource| &resource.sources);
    USUAL.iter().any(|usual| usual.eq_ignore_ascii_case(attribute))
        || sources.any(|source| match source {
            Source::Backreference(back) => {
                back.via.as_ref().is_some_and(|via| via.type_name().eq_ignore_ascii_case(attribute))
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_preset("", None)]
    #[case::a_filter(
        "[resource.User]\nfilter = \"(&(objectClass=inetOrgPerson)(memberOf=cn=scim,dc=example,dc=com))\"",
        Some("memberOf")
    )]
    #[case::turned_round("[resource.Group]\nfilter = \"(&(cn=*)(!(MEMBEROF=cn=x)))\"", Some("MEMBEROF"))]
    #[case::a_chain("[resource.User]\nfilter = \"(memberOf:1.2.840.113556.1.4.1941:=cn=x)\"", Some("memberOf"))]
    #[case::by_what_is_called_so_here(
        "[resource.User]\nfilter = \"(inGroup=cn=x)\"\n[resource.User.attr]\ngroups = { backref = \"Group.members\", via = \"inGroup\" }",
        Some("inGroup")
    )]
    #[case::what_is_shown("[resource.User.attr]\nnickName = \"memberOf\"", Some("memberOf"))]
    #[case::another_filter("[resource.User]\nfilter = \"(&(objectClass=inetOrgPerson)(title=x))\"", None)]
    fn what_hangs_on_groups_is_told_by_its_attributes(#[case] lines: &str, #[case] expected: Option<&str>) {
        let text = format!("version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n{lines}\n");
        let loader = |_: &str| -> std::io::Result<String> { Ok(text.clone()) };
        let mapping = crate::mapping::compile(loader, "test.toml").unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(hanging(&mapping, &mapping).map(|(_, attribute)| attribute.as_str()), expected);
    }

    #[rstest]
    #[case("openldap")]
    #[case("rfc2307")]
    #[case("389ds")]
    #[case("freeipa")]
    #[case("ad")]
    fn no_preset_hangs_on_groups(#[case] preset: &str) {
        let text = format!("version = 1\nextends = \"builtin:{preset}@1\"\nsuffix = \"dc=example,dc=com\"\n");
        let loader = |_: &str| -> std::io::Result<String> { Ok(text.clone()) };
        let mapping = crate::mapping::compile(loader, "test.toml").unwrap_or_else(|report| panic!("{report}"));
        assert!(hanging(&mapping, &mapping).is_none());
    }
}
