use rstest::rstest;

use super::*;

const MAPPING: &str = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";

fn mapping() -> Mapping {
    crate::mapping::compile(|_| Ok(MAPPING.to_owned()), "m").unwrap()
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn user(confinement: &Confinement) -> Resource {
    confinement.of(&mapping()).unwrap().mapping.resource("User").unwrap().1.clone()
}

#[test]
fn an_attribute_that_is_hidden_has_no_name_and_no_source() {
    let user = user(&Confinement { hidden: texts(&["title", "User.nickName"]), ..Confinement::default() });
    for name in ["title", "TITLE", "urn:ietf:params:scim:schemas:core:2.0:User:title", "nickName"] {
        assert!(user.schema.find(name).is_none(), "{name}");
    }
    let shown = user.schema.resolve(&"displayName".into()).unwrap();
    assert!(!matches!(user.source(shown.attr), Source::Unmapped));
    let error = user.schema.resolve(&"titel".into()).unwrap_err();
    assert_eq!(error.suggestion, None);
}

#[test]
fn of_listed_attributes_alone_there_is_anything_but_id_and_meta() {
    let user = user(&Confinement { attributes: Some(texts(&["userName", "emails"])), ..Confinement::default() });
    for (name, there) in [("userName", true), ("emails", true), ("id", true), ("meta", true), ("name", false)] {
        assert_eq!(user.schema.find(name).is_some(), there, "{name}");
    }
}

#[test]
fn a_whole_extension_is_named_by_its_urn() {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let user = user(&Confinement { hidden: texts(&[enterprise]), ..Confinement::default() });
    assert!(user.schema.find("department").is_none() && user.schema.find("title").is_some());
}

#[rstest]
#[case(&["ou=berlin,ou=people,dc=example,dc=com"], &["ou=berlin,ou=people,dc=example,dc=com"])]
#[case(&["dc=example,dc=com"], &["ou=people,dc=example,dc=com"])]
#[case(&["OU=Berlin,ou=people,dc=example,dc=com", "ou=a,ou=berlin,ou=people,dc=example,dc=com"], &["OU=Berlin,ou=people,dc=example,dc=com"])]
#[case(&["ou=a,ou=people,dc=example,dc=com", "ou=people,dc=example,dc=com"], &["ou=people,dc=example,dc=com"])]
#[case(&["ou=groups,dc=example,dc=com"], &[])]
fn bases_are_narrowed_to_containers(#[case] within: &[&str], #[case] expected: &[&str]) {
    let user = user(&Confinement { within: texts(within), ..Confinement::default() });
    let bases: Vec<String> = user.bases.iter().map(|base| base.dn.to_string()).collect();
    assert_eq!(bases, expected);
}

#[rstest]
#[case(Confinement { types: Some(texts(&["Room"])), ..Confinement::default() }, "no resource type `Room`")]
#[case(Confinement { hidden: texts(&["shoeSize"]), ..Confinement::default() }, "no attribute `shoeSize`")]
#[case(Confinement { hidden: texts(&["name.givenName"]), ..Confinement::default() }, "no attribute `name.givenName`")]
#[case(Confinement { within: texts(&["ou=x,dc=example,dc=org"]), ..Confinement::default() }, "nowhere below")]
#[case(Confinement { within: texts(&["berlin"]), ..Confinement::default() }, "nowhere below")]
#[case(Confinement { only: Only::Every("shoeSize eq 5".into()), ..Confinement::default() }, "`only`: `shoeSize`")]
#[case(Confinement { only: Only::Some(vec![("Group".into(), "userType pr".into())]), ..Confinement::default() }, "`only`: `userType`")]
#[case(
    Confinement { types: Some(texts(&["User"])), within: texts(&["ou=groups,dc=example,dc=com"]), ..Confinement::default() },
    "nothing that it could see"
)]
fn what_means_nothing_is_refused(#[case] confinement: Confinement, #[case] why: &str) {
    let error = confinement.of(&mapping()).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn there_is_nothing_of_a_type_that_the_filter_cannot_be_said_of() {
    let only = Only::Every("userType eq \"contractor\"".into());
    let confined = Confinement { only, ..Confinement::default() }.of(&mapping()).unwrap();
    let kinds: Vec<(&str, bool, bool)> = (confined.mapping.resources.iter().zip(&confined.only))
        .map(|(resource, only)| (resource.name.as_str(), !resource.bases.is_empty(), only.is_some()))
        .collect();
    assert_eq!(kinds, [("User", true, true), ("Group", false, false)]);
}

#[test]
fn confinements_are_told_apart_and_never_taken_for_none() {
    let hidden = Confinement { hidden: texts(&["title"]), ..Confinement::default() };
    let listed = Confinement { attributes: Some(texts(&["title"])), ..Confinement::default() };
    assert_ne!(hidden.number(), listed.number());
    assert_ne!(hidden.number(), 0);
    let mapping = mapping();
    assert_ne!(hidden.of(&mapping).unwrap().mapping.fingerprint, mapping.fingerprint);
}
