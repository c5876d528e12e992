//! The private domain controller does what tests and the demo rely on.

use std::path::Path;

use scimfront::sandbox::{AD_PASSWORD, AdTreeOptions, Samba, SambaOptions, SandboxError};

use super::{CROWD, cache, shared};

fn count(ldif: &str) -> usize {
    ldif.lines().filter(|line| line.starts_with("dn:")).count()
}

fn small() -> SambaOptions {
    let tree = AdTreeOptions { users: 5, groups: 3, crowd: 0 };
    SambaOptions { tree, cache: Some(cache()), ..SambaOptions::default() }
}

#[test]
fn the_domain_holds_the_tree() {
    let samba = shared();
    let people = format!("OU=People,{}", samba.suffix());
    assert_eq!(count(&samba.ldapsearch(&people, "(objectClass=user)", &["1.1"]).unwrap()), 60);
    let disabled = "(&(objectClass=user)(userAccountControl:1.2.840.113556.1.4.803:=2))";
    assert_eq!(count(&samba.ldapsearch(&people, disabled, &["1.1"]).unwrap()), 8);
    let groups = format!("OU=Groups,{}", samba.suffix());
    assert_eq!(count(&samba.ldapsearch(&groups, "(objectClass=group)", &["1.1"]).unwrap()), 16);
    let crowd = samba.ldapsearch(&groups, "(cn=crowd)", &["member"]).unwrap();
    assert_eq!(crowd.matches("\nmember: ").count(), CROWD);
    let nested = samba.ldapsearch(&groups, "(cn=engineering)", &["memberOf"]).unwrap();
    assert!(nested.contains("memberOf: CN=staff,"), "{nested}");
}

#[test]
fn accounts_bind_by_every_kind_of_name_over_ldaps() {
    let samba = shared();
    let dn = samba.ldapsearch(&samba.suffix(), "(sAMAccountName=bjensen)", &["1.1"]).unwrap();
    let dn = dn.trim().trim_start_matches("dn: ");
    for who in [dn, "bjensen@example.com", "EXAMPLE\\bjensen"] {
        assert!(samba.binds(who, AD_PASSWORD), "{who}");
        assert!(!samba.binds(who, "wrong"), "{who}");
    }
    for service in [samba.bind_dn(), samba.reader_dn(), samba.administrator_dn()] {
        assert!(samba.binds(&service, samba.password()), "{service}");
    }
}

#[test]
fn two_run_side_by_side_and_leave_nothing_behind() {
    let mut one = Samba::start(&small()).unwrap();
    let two = Samba::start(&small()).unwrap();
    assert_ne!(one.url(), two.url());
    one.ldapmodify(&format!("dn: OU=Extra,{}\nobjectClass: organizationalUnit\n", one.suffix())).unwrap();
    assert_eq!(count(&two.ldapsearch(&two.suffix(), "(ou=Extra)", &["1.1"]).unwrap()), 0);
    one.restart().unwrap();
    assert_eq!(count(&one.ldapsearch(&one.suffix(), "(ou=Extra)", &["1.1"]).unwrap()), 1);
    let (folder, url) = (one.folder().to_owned(), one.url());
    drop(one);
    assert!(!folder.exists());
    assert!(std::net::TcpStream::connect(url.trim_start_matches("ldap://")).is_err());
}

#[test]
fn a_state_folder_is_used_again_and_not_for_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let options = SambaOptions { state_dir: Some(folder.path().to_owned()), ..small() };
    let first = Samba::start(&options).unwrap();
    assert!(!first.reused());
    first.ldapmodify(&format!("dn: OU=Kept,{}\nobjectClass: organizationalUnit\n", first.suffix())).unwrap();
    drop(first);
    let second = Samba::start(&options).unwrap();
    assert!(second.reused());
    assert_eq!(count(&second.ldapsearch(&second.suffix(), "(ou=Kept)", &["1.1"]).unwrap()), 1);
    drop(second);
    let other = SambaOptions { tree: AdTreeOptions { users: 6, groups: 3, crowd: 0 }, ..options };
    assert!(matches!(Samba::start(&other), Err(SandboxError::OtherState { .. })));
    assert!(Path::new(folder.path()).join("private").exists());
}
