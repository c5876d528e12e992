//! LDAP attributes that are never mapped: secrets, and what delegates rights (decisions.md 9).

use crate::ldap::AttributeDescription;
use crate::ldap::secret::is_secret;

/// What isn't secret and yet says or grants too much, in lower case.
const RIGHTS: &[&str] = &[
    "ms-mcs-admpwdexpirationtime",
    "serviceprincipalname",
    "sidhistory",
    "msds-allowedtodelegateto",
    "msds-allowedtoactonbehalfofotheridentity",
    "ntsecuritydescriptor",
];

/// userAccountControl as it stands; its bits one by one are served.
const BITS_ALONE: &[&str] = &["useraccountcontrol", "1.2.840.113556.1.4.8"];

/// Whether `attribute` must not be mapped through the codec called `codec`.
pub(super) fn is_forbidden(attribute: &AttributeDescription, codec: Option<&str>) -> bool {
    let name = attribute.type_name().to_ascii_lowercase();
    is_secret(&name) || RIGHTS.contains(&name.as_str()) || (BITS_ALONE.contains(&name.as_str()) && codec != Some("bit"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("userPassword", None, true)]
    #[case("userPassword;x-a", None, true)]
    #[case("2.5.4.35", None, true)]
    #[case("MSLAPS-Password", None, true)]
    #[case("userAccountControl", Some("int"), true)]
    #[case("userAccountControl", Some("bit"), false)]
    #[case("uid", None, false)]
    fn secrets(#[case] attribute: &str, #[case] codec: Option<&str>, #[case] forbidden: bool) {
        assert_eq!(is_forbidden(&attribute.parse().unwrap(), codec), forbidden);
    }
}
