//! Controls that have no value, or next to none.

use super::encode::{Control, integer, sequence};
use super::oid;

/// Adding a present value or deleting an absent one succeeds. slapd knows it though its root DSE doesn't list it.
pub fn permissive_modify() -> Control {
    Control::bare(oid::PERMISSIVE_MODIFY, true)
}

/// The operation is performed for `authorization` (RFC 4513 section 5.2.1.8): by that one's rights, or not at all (RFC 4370). The value is
/// no BER.
pub fn proxied_authorization(authorization: &str) -> Control {
    Control { value: Some(authorization.as_bytes().to_vec()), ..Control::bare(oid::PROXIED_AUTHORIZATION, true) }
}

/// No referrals and no continuation references are generated.
pub fn domain_scope() -> Control {
    Control::bare(oid::DOMAIN_SCOPE, false)
}

/// Every DN is returned as `<GUID=…>;<SID=…>;DN`, in text form (flag 1).
pub fn extended_dn() -> Control {
    Control::new(oid::EXTENDED_DN, false, sequence(vec![integer(1)]))
}

/// Deleted objects are found too.
pub fn show_deleted() -> Control {
    Control::bare(oid::SHOW_DELETED, true)
}

/// The search doesn't end: it returns each entry that changes, as it changes (Active Directory).
pub fn notification() -> Control {
    Control::bare(oid::NOTIFICATION, true)
}

/// An entry is deleted with all below it.
pub fn tree_delete() -> Control {
    Control::bare(oid::TREE_DELETE, true)
}

/// Referral objects are treated as ordinary entries (RFC 3296).
pub fn manage_dsa_it() -> Control {
    Control::bare(oid::MANAGE_DSA_IT, false)
}

/// Some rules of the schema may be broken (draft-zeilenga-ldap-relax).
pub fn relax_rules() -> Control {
    Control::bare(oid::RELAX_RULES, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn have_the_values_that_servers_expect() {
        assert_eq!(extended_dn().value.unwrap(), [0x30, 3, 2, 1, 1]);
        assert!(permissive_modify().critical && permissive_modify().value.is_none());
        assert!(!domain_scope().critical && !manage_dsa_it().critical);
        assert!(show_deleted().critical && tree_delete().critical && relax_rules().critical);
    }
}
