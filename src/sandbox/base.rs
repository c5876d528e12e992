//! The entries that every suffix starts with: itself, its service account and, under the password policy overlay, its policies.

use super::entry::LdifEntry;
use super::error::SandboxError;
use super::options::{Overlay, SlapdOptions};

/// The DN of the account that the bridge binds as.
pub(crate) fn service_dn(suffix: &str) -> String {
    format!("cn=bridge,ou=services,{suffix}")
}

/// The DN that bypasses policies, limits and access rules.
pub(crate) fn root_dn(suffix: &str) -> String {
    format!("cn=root,{suffix}")
}

/// The DN of the password policy that applies unless another does.
pub(crate) fn default_policy_dn(suffix: &str) -> String {
    format!("cn=default,ou=policies,{suffix}")
}

/// The suffix of the access log of suffix number `index`.
pub(crate) fn accesslog_suffix(index: usize) -> String {
    if index == 0 { "cn=accesslog".to_owned() } else { format!("cn=accesslog-{index}") }
}

/// Checks the suffixes: non-empty, distinct, starting with `dc=`, `o=` or `ou=`, with nothing that needs quoting.
pub(crate) fn check_suffixes(suffixes: &[String]) -> Result<(), SandboxError> {
    if suffixes.is_empty() {
        return Err(SandboxError::Option("a slapd needs at least one suffix".to_owned()));
    }
    for (index, suffix) in suffixes.iter().enumerate() {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '=' | ',' | '-' | '.' | ' ' | '_');
        if naming(suffix).is_none() || !suffix.chars().all(plain) {
            let message = format!("`{suffix}` can't be a private directory's suffix: write it as in dc=example,dc=com");
            return Err(SandboxError::Option(message));
        }
        if suffixes[..index].iter().any(|other| other.eq_ignore_ascii_case(suffix)) {
            return Err(SandboxError::Option(format!("the suffix `{suffix}` stands twice")));
        }
    }
    Ok(())
}

/// The naming attribute of the suffix's first RDN, its object classes, and the RDN's value.
fn naming(suffix: &str) -> Option<(&'static str, &'static [&'static str], &str)> {
    let (name, value) = suffix.split(',').next()?.split_once('=')?;
    let (name, classes): (_, &[_]) = match name.to_ascii_lowercase().as_str() {
        "dc" => ("dc", &["dcObject", "organization"]),
        "o" => ("o", &["organization"]),
        "ou" => ("ou", &["organizationalUnit"]),
        _ => return None,
    };
    (!value.is_empty()).then_some((name, classes, value))
}

/// The entries that the suffix starts with.
pub(crate) fn entries(suffix: &str, options: &SlapdOptions, password: &str) -> Vec<LdifEntry> {
    let mut entries = vec![suffix_entry(suffix), unit("services", suffix), service(suffix, options, password)];
    if options.has(Overlay::Ppolicy) {
        entries.push(unit("policies", suffix));
        entries.push(policy("default", suffix, true));
        entries.push(policy("services", suffix, false));
    }
    entries
}

fn suffix_entry(suffix: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(suffix);
    if let Some((name, classes, value)) = naming(suffix) {
        for class in classes {
            entry.put_static("objectClass", class);
        }
        entry.put(name, value);
        if name == "dc" {
            entry.put_static("o", "Example");
        }
    }
    entry
}

fn unit(name: &str, suffix: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("ou={name},{suffix}"));
    entry.put_static("objectClass", "organizationalUnit");
    entry.put("ou", name);
    entry
}

fn service(suffix: &str, options: &SlapdOptions, password: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(service_dn(suffix));
    entry.put_static("objectClass", "applicationProcess");
    entry.put_static("objectClass", "simpleSecurityObject");
    entry.put_static("cn", "bridge");
    entry.put("userPassword", password);
    if options.has(Overlay::Ppolicy) {
        // Tests give wrong passwords: the service account must not be locked out by them.
        entry.put("pwdPolicySubentry", format!("cn=services,ou=policies,{suffix}"));
    }
    entry
}

fn policy(name: &str, suffix: &str, lockout: bool) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("cn={name},ou=policies,{suffix}"));
    entry.put_static("objectClass", "applicationProcess");
    entry.put_static("objectClass", "pwdPolicy");
    entry.put("cn", name);
    entry.put_static("pwdAttribute", "userPassword");
    entry.put_static("pwdLockout", if lockout { "TRUE" } else { "FALSE" });
    entry.put_static("pwdMaxFailure", "5");
    entry.put_static("pwdFailureCountInterval", "300");
    entry.put_static("pwdMinLength", "8");
    entry.put_static("pwdCheckQuality", "1");
    entry
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::domain(&["dc=example,dc=com"], true)]
    #[case::several(&["dc=a", "o=b", "ou=c,o=b"], true)]
    #[case::none(&[], false)]
    #[case::twice(&["dc=a", "DC=A"], false)]
    #[case::no_dn(&["example.com"], false)]
    #[case::other_attribute(&["uid=a"], false)]
    #[case::quote(&["dc=a\"b"], false)]
    #[case::line_break(&["dc=a\nrootpw x"], false)]
    fn suffixes_are_checked(#[case] suffixes: &[&str], #[case] good: bool) {
        let suffixes: Vec<String> = suffixes.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(check_suffixes(&suffixes).is_ok(), good);
    }

    #[test]
    fn policies_come_with_their_overlay_only() {
        let options = SlapdOptions::default();
        assert_eq!(entries("dc=a", &options, "x").len(), 6);
        assert_eq!(entries("dc=a", &options.overlays(Overlay::NONE), "x").len(), 3);
    }
}
