//! Stand-ins for the part of the LDAP data model that isn't there yet.

/// A result code (RFC 4511 section 4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultCode(pub u32);

/// An operation's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapResult {
    /// The code.
    pub code: ResultCode,
    /// The part of the DN that exists.
    pub matched_dn: String,
    /// What the server says.
    pub diagnostic: String,
}

impl std::fmt::Display for LdapResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code.0, self.diagnostic)
    }
}
