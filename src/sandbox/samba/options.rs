//! What a private Samba domain controller is made from.

use std::path::PathBuf;

/// A small Active Directory tree; the same options give the same names, every time, and the same GUIDs; SIDs are the server's
/// own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdTreeOptions {
    /// How many people; the first is the `bjensen` of RFC 7643's examples. One in eight is disabled.
    pub users: usize,
    /// How many groups, nested and empty ones among them.
    pub groups: usize,
    /// How many accounts without anything else there are in `OU=Crowd`, all in the group `crowd`; 0 for no such group.
    pub crowd: usize,
}

impl Default for AdTreeOptions {
    fn default() -> Self {
        Self { users: 60, groups: 15, crowd: 0 }
    }
}

/// What a private Samba domain controller is made from. The default is the domain `example.com` with the small tree.
#[derive(Clone, Debug)]
pub struct SambaOptions {
    /// The domain's DNS name, which is its suffix as well: `example.com` is `DC=example,DC=com`.
    pub realm: String,
    /// What it is filled with.
    pub tree: AdTreeOptions,
    /// Where domains are kept to be copied from, one for each set of options; making one takes seconds, a copy none.
    pub cache: Option<PathBuf>,
    /// Where the data is kept beyond this process; a temporary folder when absent.
    pub state_dir: Option<PathBuf>,
    /// Whether simple binds without TLS are refused with strongerAuthRequired, as Samba does by default.
    pub strong_auth: bool,
    /// Whether Kerberos is served as well, on its usual ports at the same address.
    pub kerberos: bool,
}

impl Default for SambaOptions {
    fn default() -> Self {
        Self {
            realm: "example.com".to_owned(),
            tree: AdTreeOptions::default(),
            cache: None,
            state_dir: None,
            strong_auth: false,
            kerberos: false,
        }
    }
}

impl SambaOptions {
    /// The DN that the domain's tree starts with.
    pub fn suffix(&self) -> String {
        self.realm.split('.').map(|label| format!("DC={label}")).collect::<Vec<_>>().join(",")
    }

    /// Whether the realm is a DNS name of two labels at least.
    pub(super) fn is_valid(&self) -> bool {
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 15
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        self.realm.contains('.') && self.realm.split('.').all(label)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("example.com", true)]
    #[case("a.b.example.com", true)]
    #[case("example", false)]
    #[case("example..com", false)]
    #[case("Example.com", false)]
    #[case("x,dc=y.com", false)]
    #[case("", false)]
    fn realms_are_checked(#[case] realm: &str, #[case] good: bool) {
        let options = SambaOptions { realm: realm.to_owned(), ..SambaOptions::default() };
        assert_eq!(options.is_valid(), good);
    }

    #[test]
    fn the_suffix_follows_from_the_realm() {
        assert_eq!(SambaOptions::default().suffix(), "DC=example,DC=com");
    }
}
