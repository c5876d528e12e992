//! Attributes whose values are secrets: never mapped, never written to a log, never read back.

/// Names and OIDs in lower case.
const NAMES: &[&str] = &[
    "userpassword",
    "2.5.4.35",
    "authpassword",
    "1.3.6.1.4.1.4203.1.3.4",
    "pwdhistory",
    "1.3.6.1.4.1.42.2.27.8.1.20",
    "unicodepwd",
    "1.2.840.113556.1.4.90",
    "dbcspwd",
    "lmpwdhistory",
    "ntpwdhistory",
    "supplementalcredentials",
    "clearpassword",
    "sambantpassword",
    "sambalmpassword",
    "sambapasswordhistory",
    "krbprincipalkey",
    "krb5key",
    "ipanthash",
    "ms-mcs-admpwd",
    "msds-managedpassword",
    "msds-keycredentiallink",
    "olcrootpw",
];

const PREFIXES: &[&str] = &["mslaps-"];

/// Whether the values of the attribute of this name, options included, are secrets.
pub fn is_secret(attribute: &str) -> bool {
    let name = attribute.split(';').next().unwrap_or_default().to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("userPassword", true)]
    #[case("USERPASSWORD;x-hashed", true)]
    #[case("unicodePwd", true)]
    #[case("msLAPS-Password", true)]
    #[case("2.5.4.35", true)]
    #[case("mail", false)]
    #[case("", false)]
    fn secrets_are_known(#[case] attribute: &str, #[case] expected: bool) {
        assert_eq!(is_secret(attribute), expected);
    }
}
