//! A Kerberos bind to a Samba domain controller with its KDC (`cargo test --features gssapi`).

use std::process::{Command, Stdio};

use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

use super::command_line::{run, scimfront};

/// A domain with Kerberos, in which the LDAP server has its name, and the files of a client of it.
fn realm() -> (Samba, tempfile::TempDir) {
    let tree = AdTreeOptions { users: 5, groups: 3, crowd: 0 };
    let cache = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains");
    let samba =
        Samba::start(&SambaOptions { tree, cache: Some(cache), kerberos: true, ..SambaOptions::default() }).unwrap();
    // Samba's own service for such names doesn't run here.
    let controller = format!("CN=DC1,OU=Domain Controllers,{}", samba.suffix());
    samba
        .ldapmodify(&format!(
            "dn: {controller}\nchangetype: modify\nadd: servicePrincipalName\nservicePrincipalName: ldap/dc1.example.com\n"
        ))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        "[libdefaults]\ndefault_realm = EXAMPLE.COM\ndns_lookup_kdc = false\ndns_canonicalize_hostname = false\nrdns = false\n\
         [realms]\nEXAMPLE.COM = {{\n kdc = {}:88\n}}\n[domain_realm]\n.example.com = EXAMPLE.COM\n",
        samba.address()
    );
    std::fs::write(folder.path().join("krb5.conf"), configuration).unwrap();
    (samba, folder)
}

fn in_realm(mut command: Command, folder: &tempfile::TempDir) -> Command {
    command.env("KRB5_CONFIG", folder.path().join("krb5.conf"));
    command.env("KRB5CCNAME", format!("FILE:{}", folder.path().join("cache").display()));
    command
}

fn check(samba: &Samba, folder: &tempfile::TempDir, url: &str, lines: &str) -> (String, Option<i32>) {
    let path = folder.path().join("scimfront.toml");
    let settings = format!(
        "[bridge.main]\npath = \"/scim\"\nmapping = \"mapping.toml\"\n[bridge.main.directory.main]\nurls = [\"{url}\"]\n\
         bind = \"kerberos\"\nkerberos_host = \"dc1.example.com\"\n{lines}\n",
    );
    std::fs::write(&path, settings).unwrap();
    let suffix = samba.suffix();
    let mapping = format!("version = 1\nextends = \"builtin:ad\"\nsuffix = \"{suffix}\"\n");
    std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    let (out, err, status) = run(&mut in_realm(scimfront(&["check", "--config", path.to_str().unwrap()]), folder));
    (out + &err, status)
}

#[test]
fn a_ticket_lets_the_bridge_in_over_ldaps_and_starttls() {
    let (samba, folder) = realm();
    let ca = format!("ca_file = \"{}\"", samba.ca_file().display());
    let (said, status) = check(&samba, &folder, &samba.url(), "");
    assert!(status != Some(0) && said.contains("`kerberos` needs TLS"), "{said}");
    let (said, status) = check(&samba, &folder, &samba.ldaps_url(), &ca);
    assert_ne!(status, Some(0), "{said}");
    assert!(said.contains("no Kerberos bind as a client of ldap/dc1.example.com"), "{said}");

    let mut kinit = in_realm(Command::new("kinit"), &folder);
    let mut kinit = kinit.arg("bridge@EXAMPLE.COM").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    use std::io::Write as _;
    writeln!(kinit.stdin.take().unwrap(), "{}", samba.password()).unwrap();
    assert!(kinit.wait().unwrap().success());
    for (url, lines) in [(samba.url(), format!("{ca}\nstarttls = true")), (samba.ldaps_url(), ca)] {
        let (said, status) = check(&samba, &folder, &url, &lines);
        assert_eq!(status, Some(0), "{url}: {said}");
    }
}
