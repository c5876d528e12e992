//! Two domains of Active Directory behind one bridge, and a Global Catalog.

use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

use super::*;
use crate::support::bridge::Backing;
use crate::support::gate::Gate;

fn domain(realm: &str, users: usize) -> Samba {
    let tree = AdTreeOptions { users, groups: 3, crowd: 0 };
    let cache = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains");
    let options = SambaOptions { realm: realm.to_owned(), tree, cache: Some(cache), ..SambaOptions::default() };
    Samba::start(&options).unwrap()
}

fn backing(samba: &Samba) -> Backing {
    Backing {
        url: samba.ldaps_url(),
        bind_dn: samba.bind_dn(),
        password: samba.password().to_owned(),
        lines: format!("ca_file = \"{}\"", samba.ca_file().display()),
    }
}

/// A directory called `name` in the settings.
fn section(name: &str, url: &str, samba: &Samba, lines: &str) -> String {
    format!(
        "[bridge.main.directory.{name}]\nurls = [\"{url}\"]\nbind_dn = \"{}\"\nbind_password = \"{}\"\n{lines}\n",
        samba.bind_dn(),
        samba.password()
    )
}

#[test]
fn two_domains_are_one_list_and_each_write_goes_to_its_own() {
    let (root, berlin) = (domain("example.com", 5), domain("berlin.example.com", 4));
    let (a, b) = (root.suffix(), berlin.suffix());
    let mut options = BridgeOptions::preset("ad", &a);
    options.mapping.push_str(&format!(
        "[resource.User]\nbase = [\"OU=People,{a}\", {{ dn = \"OU=People,{b}\", directory = \"berlin\" }}]\nreroute = true\n\
         routes = [{{ when = 'userType eq \"berlin\"', parent = \"OU=People,{b}\", directory = \"berlin\" }}, {{ parent = \"OU=People,{a}\" }}]\n\
         [resource.Group]\nbase = [\"OU=Groups,{a}\", {{ dn = \"OU=Groups,{b}\", directory = \"berlin\" }}]\n\
         routes = [{{ parent = \"OU=Groups,{a}\" }}]\n"
    ));
    let ca = format!("ca_file = \"{}\"", berlin.ca_file().display());
    options.further = section("berlin", &berlin.ldaps_url(), &berlin, &ca);
    let bridge = Bridge::start_on(&backing(&root), &options);
    let client = bridge.client();
    let list = ok(client.get("/Users?count=100&attributes=userName"));
    let names: Vec<&str> =
        list["Resources"].as_array().unwrap().iter().filter_map(|one| one["userName"].as_str()).collect();
    let in_berlin = names.iter().filter(|name| name.ends_with("@berlin.example.com")).count();
    assert!(in_berlin > 0 && in_berlin < names.len(), "{names:?}");
    assert_eq!(list["totalResults"], names.len());

    let body =
        json!({ "schemas": [USER], "userName": "made@berlin.example.com", "userType": "berlin", "active": false });
    let made = id(&ok(client.post("/Users", &body)));
    let path = format!("/Users/{made}");
    let held = |samba: &Samba| {
        samba.ldapsearch(&samba.suffix(), "(userPrincipalName=made@berlin.example.com)", &["title"]).unwrap()
    };
    assert!(held(&berlin).contains(&format!("OU=People,{b}")) && !held(&root).contains("dn: CN=made"));
    ok(client.patch(&path, &json!([{ "op": "replace", "path": "title", "value": "Guide" }])));
    assert!(held(&berlin).contains("title: Guide"));
    let away = client.patch(&path, &json!([{ "op": "replace", "path": "userType", "value": "root" }]));
    assert_eq!(away.status, 501, "{}", away.text());
    assert_eq!(client.delete(&path).status, 204);
    assert!(!held(&berlin).contains("dn: CN=made"));
}

#[test]
fn a_catalog_tells_who_is_named_and_nothing_else() {
    let samba = domain("example.com", 5);
    let groups = "dc=groups,dc=example,dc=org";
    let overlays = [Overlay::MemberOf, Overlay::Deref];
    let slapd = Slapd::start(&SlapdOptions::with_suffixes([groups]).overlays(&overlays)).unwrap();
    slapd
        .ldapmodify(&format!("dn: ou=groups,{groups}\nchangetype: add\nobjectClass: organizationalUnit\nou: groups\n"))
        .unwrap();
    let gate = Gate::before(samba.address().into(), 389);
    // People of a domain, in groups of another directory.
    let mapping = |options: &mut BridgeOptions| {
        options.mapping.push_str(&format!(
            "[resource.User]\nbase = {{ dn = \"OU=People,{}\", directory = \"ad\" }}\nfilter = \"(sAMAccountType=805306368)\"\n\
             id = {{ ldap = \"objectGUID\", codec = \"guid-le\" }}\n[resource.User.attr]\nuserName = \"sAMAccountName\"\n",
            samba.suffix()
        ));
    };
    let mut options = BridgeOptions::openldap(groups);
    mapping(&mut options);
    let domain = section("ad", &gate.url(), &samba, "reconnect_max = \"200ms\"");
    options.further = domain.clone();
    let without = Bridge::start(&slapd, &options);
    options.further = domain + &section("forest", &samba.catalog_url(), &samba, "use = \"resolve\"");
    let with = Bridge::start(&slapd, &options);

    let user = id(&ok(with.client().get("/Users?count=1"))["Resources"][0]);
    let body = json!({ "schemas": [GROUP], "displayName": "mixed", "members": [{ "value": user }] });
    let team = format!("/Groups/{}", id(&ok(with.client().post("/Groups", &body))));
    for bridge in [&with, &without] {
        assert_eq!(values(&ok(bridge.client().get(&team))["members"]), set(&[&user]));
    }
    gate.close();
    until("gone", || with.client().get("/Users?count=1").status == 503);
    until("gone", || without.client().get(&team).status == 503);
    assert_eq!(values(&ok(with.client().get(&team))["members"]), set(&[&user]));
    assert_eq!(with.client().get(&format!("/Users/{user}")).status, 503);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
    assert_eq!(with.client().patch(&team, &add).status, 503, "who becomes a member is asked of the directory itself");
}
