//! What a private 389 Directory Server is filled with: the generated tree as its schema and its plugins have it.

use std::borrow::Cow;
use std::io::{self, Write};

use super::ipa;
use super::options::Ds389Options;
use crate::sandbox::base;
use crate::sandbox::entry::LdifEntry;
use crate::sandbox::options::{Overlay, SlapdOptions};
use crate::sandbox::tree::{Tree, TreeOptions};

/// Writes the suffix, its service account and the tree below it as LDIF.
pub(super) fn write_ldif(options: &Ds389Options, password: &str, out: &mut impl Write) -> io::Result<()> {
    let suffix = &options.tree.suffix;
    let plain = SlapdOptions::with_suffixes([suffix.clone()]).overlays(Overlay::NONE);
    for mut entry in base::entries(suffix, &plain, password) {
        let dn = entry.dn.clone();
        if dn == *suffix && options.rights {
            allow(&mut entry, &base::service_dn(suffix));
        } else if dn == base::service_dn(suffix) && options.rights {
            limit_nothing(&mut entry);
        }
        entry.write_to(out)?;
    }
    if options.ipa {
        return ipa::entries(&options.tree).iter().try_for_each(|entry| entry.write_to(out));
    }
    let tree = TreeOptions {
        member_of: options.member_of && options.tree.member_of,
        // That is of OpenLDAP's password policy.
        account_lock: false,
        scim_aux: options.scim_schema && options.tree.scim_aux,
        ..options.tree.clone()
    };
    for (index, entry) in Tree::new(&tree).entries().enumerate() {
        fitted(entry, index).write_to(out)?;
    }
    Ok(())
}

/// The service account reads and writes everything below the suffix.
fn allow(suffix: &mut LdifEntry, service: &str) {
    let rule = "(targetattr=\"*\")(version 3.0; acl \"bridge\"; allow (all)";
    suffix.put("aci", format!("{rule} userdn=\"ldap:///{service}\";)"));
    let everybody = "(targetattr!=\"userPassword\")(version 3.0; acl \"read\"; allow (read, search, compare)";
    suffix.put("aci", format!("{everybody} userdn=\"ldap:///all\";)"));
}

fn limit_nothing(service: &mut LdifEntry) {
    for limit in ["nsSizeLimit", "nsTimeLimit", "nsLookThroughLimit", "nsPagedSizeLimit", "nsPagedLookThroughLimit"] {
        service.put_static(limit, "-1");
    }
}

/// An entry without what only slapd has, and with what this server has instead.
fn fitted(mut entry: LdifEntry, index: usize) -> LdifEntry {
    entry.attributes.retain(|(name, _)| *name != "entryCSN");
    let uuid = entry.values("entryUUID").next().and_then(|uuid| std::str::from_utf8(uuid).ok()).map(unique_id);
    entry.put_some("nsUniqueId", uuid);
    if entry.values("memberOf").next().is_some() {
        entry.put_static("objectClass", "nsMemberOf");
    }
    let person = entry.values("objectClass").any(|class| class == b"inetOrgPerson");
    if person && index % 40 == 13 {
        entry.attributes.push(("nsAccountLock", Cow::Borrowed(b"true")));
    }
    entry
}

/// A UUID as `nsUniqueId` has it: four groups of eight digits.
pub(super) fn unique_id(uuid: &str) -> String {
    let digits: Vec<char> = uuid.chars().filter(char::is_ascii_hexdigit).collect();
    digits.chunks(8).map(|group| group.iter().collect()).collect::<Vec<String>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_tree_s() {
        assert_eq!(unique_id("8d10f305-32ee-47d4-8d42-c38d989915f9"), "8d10f305-32ee47d4-8d42c38d-989915f9");
    }

    #[test]
    fn entries_have_what_the_server_knows() {
        let options = Ds389Options { tree: TreeOptions::sized(60, 5), scim_schema: false, ..Ds389Options::default() };
        let mut out = Vec::new();
        write_ldif(&options, "secret", &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("aci: (targetattr=\"*\")") && text.contains("objectClass: nsMemberOf"));
        assert!(text.contains("nsAccountLock: true") && text.contains("nsSizeLimit: -1"));
        for absent in ["entryCSN", "pwdAccountLockedTime", "scimAux", "pwdPolicySubentry"] {
            assert!(!text.contains(absent), "{absent}");
        }
    }
}
