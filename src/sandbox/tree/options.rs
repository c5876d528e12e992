//! What a tree is made from, and what all trees have in common.

/// The DN that stands in an empty group, because groupOfNames needs a member.
pub const PLACEHOLDER: &str = "cn=scim-placeholder";

/// Everyone's password in the tree.
pub const PASSWORD: &str = "demo-password";
/// [`PASSWORD`], salted and hashed.
pub(crate) const PASSWORD_HASH: &str = "{SSHA}0oFQw2ivQ6R8+MQii6uL4Rz96E3iSMx4";

/// What a tree is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeOptions {
    /// The entry below which it stands, which is there already.
    pub suffix: String,
    /// How many people; the first is the `bjensen` of RFC 7643's examples.
    pub users: usize,
    /// How many groups; the first has half of all people.
    pub groups: usize,
    /// What chance starts from.
    pub seed: u64,
    /// Awkward names, members that don't exist, groups in a circle.
    pub quirks: bool,
    /// Write `memberOf` (slapadd runs no overlays); [`Slapd`](crate::sandbox::Slapd) takes it out when there is no such overlay.
    pub member_of: bool,
    /// Lock some people by `pwdAccountLockedTime`; taken out without the password policy overlay.
    pub account_lock: bool,
    /// Give some entries the class scimAux; taken out without its schema.
    pub scim_aux: bool,
}

impl Default for TreeOptions {
    fn default() -> Self {
        TreeOptions {
            suffix: "dc=example,dc=com".to_owned(),
            users: 1_000,
            groups: 50,
            seed: 1,
            quirks: true,
            member_of: true,
            account_lock: true,
            scim_aux: true,
        }
    }
}

impl TreeOptions {
    /// The default tree of this size.
    pub fn sized(users: usize, groups: usize) -> Self {
        TreeOptions { users, groups, ..TreeOptions::default() }
    }

    /// The same under another suffix.
    #[must_use]
    pub fn under(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = suffix.into();
        self
    }

    /// The DN below which the people are.
    pub fn people(&self) -> String {
        format!("ou=people,{}", self.suffix)
    }

    /// The DN below which the groups are.
    pub fn group_base(&self) -> String {
        format!("ou=groups,{}", self.suffix)
    }
}
