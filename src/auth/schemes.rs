//! How a bridge's clients may authenticate: for discovery, and for who is refused.

/// Which schemes a bridge's clients may authenticate by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schemes {
    /// Tokens that the settings know, as bearer tokens (RFC 6750).
    pub token: bool,
    /// Tokens that an authorization server has signed (RFC 9068), as bearer tokens.
    pub signed: bool,
    /// Names and passwords (RFC 7617).
    pub basic: bool,
    /// Client certificates (RFC 8446 section 4.4.2).
    pub certificate: bool,
}

impl Schemes {
    /// Whether bearer tokens of either kind are taken.
    pub fn bearer(self) -> bool {
        self.token || self.signed
    }
}
