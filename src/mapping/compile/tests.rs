//! What the presets and small mappings compile to.

use std::io;

use super::compile;
use crate::ldap::Filter;
use crate::mapping::model::{Builtin, Mapping, Password, Primary, ReferenceForm, Resource, Scalar, Source, Version};
use crate::mapping::writing::{OnChange, PutOmitted, Retirement, WritePolicy};
use crate::scim::schema::{Attribute, Mutability, Returned, Uniqueness};

/// Compiles `text`, which may extend presets alone.
fn mapping(text: &str) -> Mapping {
    let loader = |name: &str| match name {
        "main.toml" => Ok(text.to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    compile(loader, "main.toml").unwrap_or_else(|report| panic!("{}", report.render(false)))
}

fn extending(preset: &str, rest: &str) -> Mapping {
    mapping(&format!("version = 1\nextends = \"{preset}\"\nsuffix = \"dc=example,dc=com\"\n{rest}"))
}

fn source<'a>(resource: &'a Resource, path: &str) -> &'a Source {
    resource.source(resource.schema.resolve(&path.into()).unwrap().attr)
}

fn scalar<'a>(resource: &'a Resource, path: &str) -> &'a Scalar {
    let found = resource.schema.resolve(&path.into()).unwrap();
    match (resource.source(found.attr), found.sub) {
        (Source::Scalar(scalar), None) => scalar,
        (Source::Complex(subs), Some(sub)) => subs[usize::from(sub.0)].as_ref().unwrap(),
        (other, _) => panic!("{path}: {other:?}"),
    }
}

fn ldap_of<'a>(resource: &'a Resource, path: &str) -> (&'a str, &'a str) {
    match scalar(resource, path) {
        Scalar::Ldap(scalar) => (scalar.attribute.as_str(), scalar.codec_name),
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn the_openldap_preset_compiles() {
    let mapping = extending("builtin:openldap@1", "");
    assert!(mapping.warnings.is_empty(), "{}", mapping.warnings);
    let (_, user) = mapping.resource("user").unwrap();
    assert_eq!(user.bases[0].dn.to_string(), "ou=people,dc=example,dc=com");
    assert_eq!(user.filter.to_string(), "(objectClass=inetOrgPerson)");
    assert_eq!((user.id.attribute.as_str(), user.id.codec_name), ("entryUUID", "uuid"));
    assert_eq!(user.version, Version::Content);
    assert_eq!(ldap_of(user, "userName"), ("uid", "string"));
    assert_eq!(ldap_of(user, "active"), ("pwdAccountLockedTime", "switch"));
    assert_eq!(ldap_of(user, "name.familyName"), ("sn", "string"));
    assert!(matches!(source(user, "password"), Source::WriteOnly(_)));
    assert!(matches!(
        source(user, "meta"),
        Source::Builtin(Builtin::Meta { created: Some(_), last_modified: Some(_) })
    ));
    let Source::Slots(emails) = source(user, "emails") else { panic!() };
    assert_eq!((emails.len(), emails[0].primary), (3, Primary::IfSingle));
    let Source::References(managers) = source(user, "manager") else { panic!() };
    assert_eq!((managers[0].targets.as_slice(), &managers[0].form), ([0].as_slice(), &ReferenceForm::Dn));
    let Source::Backreference(groups) = source(user, "groups") else { panic!() };
    assert_eq!((groups.referrer, groups.nested), (1, false));
    assert_eq!(user.display, Some(user.schema.resolve(&"displayName".into()).unwrap().attr));
}

#[test]
fn groups_are_of_every_kind() {
    let mapping = extending("builtin:openldap@1", "");
    let (_, group) = mapping.resource("Group").unwrap();
    let kinds = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=groupOfURLs))";
    assert_eq!(group.filter.to_string(), kinds);
    let Source::References(members) = source(group, "members") else { panic!() };
    let forms: Vec<_> = members.iter().map(|kind| (kind.class.as_deref().unwrap(), &kind.form)).collect();
    assert_eq!(forms[0], ("groupOfNames", &ReferenceForm::Dn));
    assert_eq!(forms[1], ("groupOfUniqueNames", &ReferenceForm::Dn));
    assert_eq!(forms[2], ("posixGroup", &ReferenceForm::Key("uid".parse().unwrap())));
    assert_eq!(forms[3], ("groupOfURLs", &ReferenceForm::Url));
    assert!(members[0].back_reference_kept && !members[2].back_reference_kept);
    assert!(members[0].placeholder.is_some());
}

#[test]
fn the_rfc2307_preset_compiles() {
    let mapping = extending("builtin:rfc2307", "");
    assert!(mapping.warnings.is_empty(), "{}", mapping.warnings);
    let (_, user) = mapping.endpoint("users").unwrap();
    assert_eq!(ldap_of(user, "urn:scimfront:params:scim:schemas:posix:1.0:User:uidNumber"), ("uidNumber", "int"));
    assert_eq!(ldap_of(user, "active"), ("loginShell", "switch"));
}

#[test]
fn keys_are_overridden_one_by_one() {
    let mapping = extending(
        "builtin:openldap@1",
        r#"
        [resource.User]
        base = ["ou=staff,{suffix}", { dn = "ou=ext,{suffix}", directory = "second", scope = "one" }]
        [resource.User.attr]
        active.off = ["000001010000Z", "19700101000000Z"]
        displayName = "cn"
        title = false
        emails.other = false
        emails.home.value = "mailHome"
        userName.ldap = "mail"
        name.formatted = { template = "{givenName} {sn}" }
        phoneNumbers = [{ type = "work", value = "telephoneNumber" }]
        [resource.User.attr."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
        department = "ou"
        division = { const = "All" }
        "#,
    );
    let (_, user) = mapping.resource("User").unwrap();
    assert_eq!(user.bases.len(), 2);
    assert_eq!((user.bases[1].directory.as_str(), user.bases[1].scope), ("second", crate::ldap::Scope::One));
    assert_eq!(ldap_of(user, "active"), ("pwdAccountLockedTime", "switch"));
    assert_eq!(ldap_of(user, "displayName"), ("cn", "string"));
    assert_eq!(ldap_of(user, "userName"), ("mail", "string"));
    assert!(matches!(source(user, "title"), Source::Unmapped));
    assert!(matches!(scalar(user, "name.formatted"), Scalar::Template(_)));
    let Source::Slots(emails) = source(user, "emails") else { panic!() };
    assert_eq!(emails.len(), 2);
    let Source::Slots(phones) = source(user, "phoneNumbers") else { panic!() };
    assert_eq!(phones.len(), 1);
    assert_eq!(ldap_of(user, "department"), ("ou", "string"));
    assert_eq!(ldap_of(user, "employeeNumber"), ("employeeNumber", "string"));
    assert!(matches!(scalar(user, "division"), Scalar::Constant(_)));
}

#[test]
fn what_is_published_is_what_is_true() {
    let mapping = extending(
        "builtin:openldap@1",
        "[resource.User.attr]\ntitle = { const = \"x\" }\nphotos.photo.value.returned = \"request\"\nnickName = { ldap = \"cn\", case_exact = true, required = true }\n",
    );
    let (_, user) = mapping.resource("User").unwrap();
    let attribute = |path: &str| user.schema.attribute(user.schema.resolve(&path.into()).unwrap()).unwrap().clone();
    assert_eq!(attribute("title").mutability, Mutability::ReadOnly);
    // An element without its value says nothing.
    assert_eq!(attribute("photos").returned, Returned::Request);
    assert!(attribute("nickName").case_exact && attribute("nickName").required);
    assert_eq!(attribute("phoneNumbers.type").canonical_values, ["work", "mobile", "home", "pager", "fax"]);
}

fn attribute(resource: &Resource, path: &str) -> Attribute {
    resource.schema.attribute(resource.schema.resolve(&path.into()).unwrap()).unwrap().clone()
}

#[test]
fn presets_make_entries() {
    let mapping = extending("builtin:openldap@1", "");
    let (_, user) = mapping.resource("User").unwrap();
    let (_, group) = mapping.resource("Group").unwrap();
    assert_eq!(
        (user.writing.classes.as_slice(), user.writing.auxiliary.as_slice()),
        (&["inetOrgPerson".to_owned()][..], &["scimAux".to_owned()][..])
    );
    let naming = user.writing.naming.as_ref().unwrap();
    assert_eq!((naming.attribute.as_str(), naming.candidates.len(), naming.on_change), ("uid", 0, OnChange::Rename));
    let user_name = user.schema.resolve(&"userName".into()).unwrap();
    for (attribute, template) in &user.writing.on_add {
        let rendered = template.render(|path| (path == user_name).then(|| "bjensen".to_owned()));
        assert_eq!(rendered.as_deref(), Some("bjensen"), "{attribute}");
    }
    let given: Vec<_> = user.writing.on_add.iter().map(|(attribute, _)| attribute.as_str()).collect();
    assert_eq!(given, ["cn", "sn"]);
    assert_eq!(user.writing.unique, [user_name.attr]);
    assert_eq!(group.writing.naming.as_ref().unwrap().attribute.as_str(), "cn");
    let Source::References(members) = source(group, "members") else { panic!() };
    assert_eq!(members.iter().map(|kind| kind.writable).collect::<Vec<_>>(), [true, true, true, false]);
    let Source::Slots(emails) = source(user, "emails") else { panic!() };
    assert_eq!(
        (emails[0].takes_untyped, emails[0].accepts.as_slice()),
        (true, &["home".to_owned(), "other".to_owned()][..])
    );
}

#[test]
fn accounts_get_numbers() {
    let mapping = extending(
        "builtin:rfc2307@1",
        "[resource.User.allocate]\nuidNumber.counter = { dn = \"cn=next,{suffix}\", ldap = \"uidNumber\" }\n\
         [resource.Group]\nallocate.gidNumber = false\n",
    );
    let (_, user) = mapping.resource("User").unwrap();
    let [allocation] = user.writing.allocations.as_slice() else { panic!() };
    assert_eq!((allocation.attribute.as_str(), allocation.range), ("uidNumber", (10_000, 59_999)));
    let (dn, attribute) = allocation.counter.as_ref().unwrap();
    assert_eq!((dn.to_string().as_str(), attribute.as_str()), ("cn=next,dc=example,dc=com", "uidNumber"));
    assert!(mapping.resource("Group").unwrap().1.writing.allocations.is_empty());
    assert_eq!(user.writing.unique.len(), 2, "userName and uidNumber");
}

#[test]
fn routes_retirement_and_protection() {
    let mapping = extending(
        "builtin:openldap@1",
        r#"
        [resource.User]
        base = ["ou=people,{suffix}", { dn = "ou=ext,{suffix}", directory = "second" }]
        routes = [{ when = 'userType eq "contractor"', parent = "ou=ext,{suffix}" }, { parent = "ou=people,{suffix}" }]
        reroute = true
        on_delete = { move = "ou=retired,{suffix}", disable = true, adopt = true }
        put_omitted = "keep"
        protected = "(employeeType=robot)"
        on_add = { sn = false, manager = "cn=boss,{suffix}", loginShell = "/bin/{{x}}" }
        "#,
    );
    let writing = &mapping.resource("User").unwrap().1.writing;
    let routes: Vec<_> = writing.routes.iter().map(|route| (route.directory.as_str(), route.when.is_some())).collect();
    assert_eq!(routes, [("second", true), ("main", false)]);
    assert!(writing.reroute && !writing.clean_references && !writing.never);
    let Retirement::Keep(retired) = &writing.on_delete else { panic!() };
    assert_eq!(retired.parent.as_ref().unwrap().0.to_string(), "ou=retired,dc=example,dc=com");
    assert!(retired.disable && retired.adopt && !retired.strip_groups);
    assert_eq!(writing.put_omitted, PutOmitted::Keep);
    assert_eq!(writing.protected.as_ref().unwrap().to_string(), "(employeeType=robot)");
    let constants: Vec<_> = writing
        .on_add
        .iter()
        .filter_map(|(name, template)| Some((name.as_str(), template.render(|_| None)?)))
        .collect();
    assert_eq!(constants, [("manager", "cn=boss,dc=example,dc=com".to_owned()), ("loginShell", "/bin/{x}".to_owned())]);
    assert!(writing.on_add.iter().all(|(name, _)| name.as_str() != "sn"));
}

#[test]
fn who_may_write_is_published() {
    let mapping = extending(
        "builtin:openldap@1",
        r#"
        [resource.User]
        naming.on_change = "keep"
        [resource.User.attr]
        title = { ldap = "title", write = "never" }
        externalId = { ldap = "employeeNumber", write = "create", unique = true }
        userType = { ldap = "employeeType", write = "discard" }
        password = { ldap = "userPassword" }
        phoneNumbers.fax = { value = "facsimileTelephoneNumber", write = "never" }
        ims.other.write = "never"
        photos.photo.type = { const = "photo" }
        addresses.work.country = { ldap = "c", write = "never" }
        [resource.Group]
        write = "never"
        "#,
    );
    let (_, user) = mapping.resource("User").unwrap();
    let mutability = |path: &str| attribute(user, path).mutability;
    assert_eq!(mutability("userName"), Mutability::Immutable, "it is the name, which is kept");
    assert_eq!(mutability("title"), Mutability::ReadOnly);
    assert_eq!(
        (mutability("externalId"), attribute(user, "externalId").uniqueness),
        (Mutability::Immutable, Uniqueness::Server)
    );
    assert_eq!(mutability("userType"), Mutability::ReadWrite, "what is dropped is accepted");
    assert_eq!(
        (mutability("phoneNumbers"), mutability("phoneNumbers.value")),
        (Mutability::ReadWrite, Mutability::ReadWrite)
    );
    assert_eq!((mutability("ims"), mutability("ims.value")), (Mutability::ReadOnly, Mutability::ReadOnly));
    assert_eq!(
        (mutability("photos.type"), mutability("addresses.country")),
        (Mutability::ReadWrite, Mutability::ReadOnly)
    );
    assert_eq!(mutability("addresses"), Mutability::ReadWrite);
    let (_, group) = mapping.resource("Group").unwrap();
    assert!(group.writing.never);
    assert_eq!(
        (attribute(group, "displayName").mutability, attribute(group, "members.value").mutability),
        (Mutability::ReadOnly, Mutability::ReadOnly)
    );
    let Source::WriteOnly(password) = source(user, "password") else { panic!() };
    assert_eq!(*password, Password::Attribute("userPassword".parse().unwrap()));
    let Source::Slots(phones) = source(user, "phoneNumbers") else { panic!() };
    let policies: Vec<_> = phones.iter().map(|slot| slot.attributes().next().unwrap().1.write).collect();
    assert_eq!(policies.last(), Some(&WritePolicy::Never));
    assert_eq!(policies.iter().filter(|policy| **policy == WritePolicy::Always).count(), 4);
}

#[test]
fn a_value_is_read_only_where_the_directory_cannot_take_it() {
    let mapping = extending("builtin:openldap@1", "[resource.User.attr]\ntitle = \"createTimestamp\"\n");
    let (_, user) = mapping.resource("User").unwrap();
    let schema = crate::ldap::Subschema::standard();
    let mutability = |path: &str| scalar(user, path).mutability(attribute(user, path).mutability, &schema);
    assert_eq!(mutability("displayName"), Mutability::ReadWrite);
    assert_eq!(mutability("title"), Mutability::ReadOnly, "NO-USER-MODIFICATION");
    assert_eq!(mutability("nickName"), Mutability::ReadOnly, "the standard schema lacks scimNickName");
}

#[test]
fn a_type_taken_out_takes_references_to_it_along() {
    let mapping = extending("builtin:openldap@1", "[resource]\nGroup = false\n");
    assert_eq!(mapping.resources.len(), 1);
    assert!(matches!(source(&mapping.resources[0], "groups"), Source::Unmapped));
}

#[test]
fn an_own_type_over_any_class() {
    let mapping = mapping(
        r#"
        version = 1
        [schema."urn:example:params:scim:schemas:1.0:Device".attributes]
        serial = { required = true, case_exact = true }
        ports = { type = "integer", multi = true }
        owner = { type = "complex", sub = { value = "string", "$ref" = "reference", display = "string" } }
        tags = { multi = true, sub = { value = "string", type = "string" } }
        [resource.Device]
        schema = "urn:example:params:scim:schemas:1.0:Device"
        base = "ou=devices,dc=example,dc=com"
        id = "entryUUID"
        [resource.Device.attr]
        serial = "serialNumber"
        ports = "ipServicePort"
        owner = { ref = "Device", ldap = "owner" }
        tags.note = "description"
        "#,
    );
    let (_, device) = mapping.endpoint("/devices").unwrap();
    assert_eq!(device.filter, Filter::Present("objectClass".parse().unwrap()));
    assert_eq!(ldap_of(device, "ports"), ("ipServicePort", "int"));
    assert!(matches!(source(device, "owner"), Source::References(_)));
}

#[test]
fn the_fingerprint_moves_with_the_text() {
    let one = extending("builtin:openldap@1", "");
    assert_eq!(one.fingerprint, extending("builtin:openldap@1", "").fingerprint);
    assert_ne!(one.fingerprint, extending("builtin:openldap@1", "# changed").fingerprint);
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[&str] = &[
        "{}",
        "[]",
        "[{}]",
        "false",
        "7",
        "\"\"",
        "\"x\"",
        "{ ldap = 1 }",
        "{ ref = [] }",
        "{ backref = \"a.b\" }",
        "{ a = { b = {} } }",
        "{ codec = \"bit\", ldap = \"x\", mask = 0 }",
        "{ template = \"{\" }",
        "[[1]]",
        "1979-05-27",
        "nan",
        "\"urn:\"",
        "\"{suffix}\"",
        "{ rdn = \"uid\", value = [1, \"{x\"] }",
        "[{ when = \"(\", parent = \"x\" }, 1]",
        "\"{userName | max:99999999999999999999}\"",
        "{ range = [], counter = 1 }",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_file_panics(
            edits in proptest::collection::vec((0usize..120, 0usize..WORDS.len(), 0usize..4), 1..6),
            rest in "[a-zA-Z\\[\\]{}=\"'. \n]{0,40}",
        ) {
            let (_, preset) = crate::mapping::builtin::find("builtin:openldap").unwrap();
            let (_, other) = crate::mapping::builtin::find("builtin:rfc2307").unwrap();
            let mut lines: Vec<String> = preset.lines().chain(other.lines().skip(6)).map(str::to_owned).collect();
            lines.insert(0, "suffix = \"dc=example,dc=com\"".into());
            for (line, word, how) in edits {
                let place = line % lines.len();
                let key = lines[place].split(" = ").next().unwrap_or_default().to_owned();
                match how {
                    0 => { lines.remove(place); }
                    1 => lines[place] = format!("{key} = {}", WORDS[word]),
                    2 => lines[place] = format!("{key}.x = {}", WORDS[word]),
                    _ => lines[place] = format!("{}.y = {}", key.to_uppercase(), WORDS[word]),
                }
            }
            // Both presets in one file have the same tables twice: lay one over the other instead.
            let split = lines.iter().rposition(|line| line.starts_with("[resource.User]")).unwrap_or(lines.len());
            let below = lines[..split].join("\n");
            let above = format!("version = 1\nextends = \"below\"\n{}\n{rest}", lines[split..].join("\n"));
            let loader = |name: &str| Ok(if name == "below" { below.clone() } else { above.clone() });
            if let Err(report) = compile(loader, "above") {
                prop_assert!(report.has_errors());
                prop_assert!(!report.render(false).is_empty());
            }
        }
    }
}
