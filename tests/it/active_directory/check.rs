//! `scimfront check` in front of a domain controller, with an account that may only read and a mapping with mistakes as they are made.

use std::fmt::Write as _;

use super::place;
use crate::command_line::{run, scimfront};

/// What `check` prints of the shared domain, bound as `account`, with these lines of mapping.
fn checked(account: &str, lines: &str) -> (String, Option<i32>) {
    let samba = &place().samba;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let mapping = format!("version = 1\nextends = \"builtin:ad@1\"\nsuffix = \"{}\"\n{lines}", samba.suffix());
    std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    std::fs::write(folder.path().join("password"), samba.password()).unwrap();
    let mut settings = format!("[bridge.main]\npath = \"/scim/v2\"\nmapping = \"{at}/mapping.toml\"\n");
    let _ = write!(
        settings,
        "[bridge.main.client.test]\ntoken_sha256 = \"{}\"\n[bridge.main.directory.main]\nurls = [\"{}\"]\nca_file = \"{}\"\nbind_dn = \
         \"{account}\"\nbind_password_file = \"{at}/password\"\n",
        "0".repeat(64),
        samba.ldaps_url(),
        samba.ca_file().display(),
    );
    let file = folder.path().join("scimfront.toml");
    std::fs::write(&file, settings).unwrap();
    let (stdout, stderr, status) = run(scimfront(&["check", "--config"]).arg(&file));
    (stdout + &stderr, status)
}

/// The output without what differs from one domain to another.
fn holds(output: &str, parts: &[&str]) {
    for part in parts {
        assert!(output.contains(part), "{part} is not in\n{output}");
    }
}

#[test]
fn check_tells_which_rights_are_missing_and_what_to_do() {
    let (output, _) = checked(&place().samba.reader_dn(), "");
    println!("{output}");
    holds(
        &output,
        &[
            "Samba (",
            "at the same moment    User, Group: the version is compared",
            "set cas_attribute to close this among bridges",
            "warning[L021]: User: the service account may not write ",
            "userAccountControl",
            "warning[L021]: Group: the service account may not write ",
            "/I:S /G \"DOMAIN\\account:WP;",
            "warning[L022]: User: the service account may not make entries of class user below CN=Users,DC=example,DC=com",
            "dsacls \"CN=Users,DC=example,DC=com\" /I:T /G \"DOMAIN\\account:CCDC;group\"",
            "docs/directories/active-directory.md",
        ],
    );
}

#[test]
fn check_finds_nothing_missing_where_the_account_may_write() {
    let (output, status) = checked(&place().samba.bind_dn(), "");
    assert!(!output.contains("L021") && !output.contains("L022"), "{output}");
    assert_eq!(status, Some(0), "{output}");
}

#[test]
fn check_finds_the_mistakes_that_are_made_in_mappings() {
    // A unit that doesn't exist; an attribute of Exchange's schema in a domain without it; a name that nobody has.
    let lines = "\
[resource.User]
cas_attribute = \"extensionAttribute15\"
filter = \"(sAMAccountType=805306368)\"
[resource.User.attr]
userName = \"uid\"
[resource.Group]
base = \"OU=Teams,{suffix}\"
routes = [{ parent = \"OU=Teams,{suffix}\" }]
";
    let (output, status) = checked(&place().samba.reader_dn(), lines);
    println!("{output}");
    assert_eq!(status, Some(1), "{output}");
    holds(
        &output,
        &[
            "error[L001]: Group: the base OU=Teams,DC=example,DC=com can't be searched",
            "error[M101]: the directory doesn't know `extensionAttribute15`, which is to tell bridges of each other's writes",
            "note[L004]: User: none of the first ",
            "uid",
        ],
    );
    // What can't be written can't be read wrongly: this one is refused before the directory is asked.
    let (output, status) =
        checked(&place().samba.reader_dn(), "[resource.User.attr]\nactive = \"userAccountControl\"\n");
    assert_eq!(status, Some(1));
    holds(&output, &["error[M008]", "userAccountControl"]);
}
