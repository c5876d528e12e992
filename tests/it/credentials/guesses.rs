//! Guessing at passwords of the directory, which locks accounts: however it is done, it is asked no more often than the settings say.

use std::time::Duration;

use super::{basic, place};
use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::watching::eventually;

/// Makes somebody called `name` whose password is `NAMEs-password`; returns the DN.
fn person(name: &str) -> String {
    let slapd = &place().slapd;
    let dn = format!("uid={name},ou=people,{}", slapd.suffix());
    let ldif = format!(
        "dn: {dn}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\nuid: {name}\nuserPassword: {name}s-password\n"
    );
    slapd.ldapmodify_as(&slapd.root_dn_of(slapd.suffix()), &ldif).unwrap();
    dn
}

/// How many failures the directory has counted of somebody who isn't locked.
fn failures(dn: &str) -> usize {
    let slapd = &place().slapd;
    let attributes = ["pwdFailureTime", "pwdAccountLockedTime"];
    let state = slapd.ldapsearch_as(&slapd.root_dn_of(slapd.suffix()), dn, "(objectClass=*)", &attributes).unwrap();
    assert!(!state.contains("pwdAccountLockedTime"), "{state}");
    state.matches("pwdFailureTime:").count()
}

/// A bridge that knows the directory by two addresses, with these further clients.
fn bridge(lines: &str, clients: &str) -> Bridge {
    let slapd = &place().slapd;
    let mut options = BridgeOptions::openldap(slapd.suffix());
    options.server_lines = "trusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    options.further = clients.replace("SUFFIX", slapd.suffix());
    let url = slapd.url();
    let backing = Backing {
        url: format!("{url}\", \"{}", url.replace("127.0.0.1", "localhost")),
        bind_dn: slapd.bind_dn(),
        password: slapd.password().to_owned(),
        lines: lines.to_owned(),
    };
    assert!(backing.url.contains("localhost"), "{url}");
    Bridge::start_on(&backing, &options)
}

fn status(bridge: &Bridge, user: &str, password: &str) -> u16 {
    bridge.client().send("GET", "/Users?count=1", &[("authorization", &basic(user, password))], None).status
}

/// Twelve guesses, each from an address of its own.
fn guess(bridge: &Bridge, names: &[&str]) {
    for number in 0..12 {
        let authorization = basic(names[number % names.len()], &format!("guess-{number}"));
        let headers = [("authorization", authorization.as_str()), ("x-forwarded-for", &format!("198.51.100.{number}"))];
        assert_eq!(bridge.client().send("GET", "/Users?count=1", &headers, None).status, 401);
    }
}

#[test]
fn a_guess_is_tried_at_one_server_however_many_there_are() {
    let gina = person("gina");
    let clients = "[bridge.main.client.people]\nldap_bind = { dn = \"uid={user},ou=people,SUFFIX\", attempts = 3 }\n";
    let bridge = bridge("", clients);
    guess(&bridge, &["gina"]);
    assert_eq!(failures(&gina), 3);
    assert_eq!(status(&bridge, "alice", "alices-password"), 200);
}

#[test]
fn a_password_that_was_changed_is_not_tried_again_and_again() {
    let frank = person("frank");
    let clients = "[bridge.main.client.people]\nldap_identity = \"own\"\n\
                   ldap_bind = { dn = \"uid={user},ou=people,SUFFIX\", attempts = 3, remember = \"1h\" }\n";
    // Its connection is replaced each second, and so bound again.
    let bridge = bridge("max_age = \"1s\"", clients);
    assert_eq!(status(&bridge, "frank", "franks-password"), 200);
    let slapd = &place().slapd;
    let ldif = format!("dn: {frank}\nchangetype: modify\nreplace: userPassword\nuserPassword: another\n");
    slapd.ldapmodify_as(&slapd.root_dn_of(slapd.suffix()), &ldif).unwrap();
    // Not when what is remembered runs out, but as soon as the directory doesn't let it in.
    eventually("the old one is refused", || {
        std::thread::sleep(Duration::from_millis(100));
        status(&bridge, "frank", "franks-password") == 401
    });
    assert_eq!(status(&bridge, "frank", "franks-password"), 401);
    // Once by the connection, and once when it was shown again.
    let counted = failures(&frank);
    assert!((1..=2).contains(&counted), "{counted}");
    assert_eq!(status(&bridge, "frank", "another"), 200);
}

#[test]
fn all_the_spellings_of_a_name_count_as_one() {
    let hugo = person("hugo");
    let clients = "[bridge.main.client.people]\nldap_bind = { dn = \"uid={user},ou=people,SUFFIX\", attempts = 3 }\n";
    let bridge = bridge("", clients);
    let names = ["hugo", " hugo", "Hugo  ", "\u{ff48}\u{ff55}\u{ff47}\u{ff4f}", "\u{a0}hugo", "hu\u{ad}go"];
    // They are the same to the directory.
    for name in &names[..5] {
        assert_eq!(status(&bridge, name, "hugos-password"), 200, "{name:?}");
    }
    guess(&bridge, &names);
    assert_eq!(failures(&hugo), 3);
}

#[test]
fn clients_that_bind_as_the_same_people_count_together() {
    let ines = person("ines");
    let clients = "[bridge.main.client.people]\nldap_bind = { dn = \"uid={user},ou=people,SUFFIX\", attempts = 3 }\n\
                   [bridge.main.client.others]\nldap_bind = { dn = \"userid={user}, ou=People,SUFFIX\", attempts = 2 }\n";
    let bridge = bridge("", clients);
    guess(&bridge, &["ines"]);
    assert_eq!(failures(&ines), 3);
}
