//! What a server answers to an operation (RFC 4511 section 4.1.9), and what vendors put into its text.

mod code;
mod diagnostic;

use std::fmt;

pub use code::ResultCode;
pub use diagnostic::{AdDiagnostic, BindFailure};

/// The result of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LdapResult {
    /// The outcome.
    pub code: ResultCode,
    /// The nearest entry that exists, with some errors.
    pub matched_dn: String,
    /// The server's own text. It may name DNs: for logs, never for clients.
    pub diagnostic: String,
}

impl LdapResult {
    /// A result of code and diagnostic text; NULs that Active Directory appends are cut off.
    pub fn new(code: ResultCode, matched_dn: impl Into<String>, diagnostic: impl AsRef<str>) -> Self {
        let diagnostic = diagnostic.as_ref().trim_end_matches('\0').to_owned();
        Self { code, matched_dn: matched_dn.into(), diagnostic }
    }

    /// What Active Directory or Samba says in the diagnostic text, if it is theirs.
    pub fn active_directory(&self) -> Option<AdDiagnostic<'_>> {
        AdDiagnostic::parse(&self.diagnostic)
    }
}

impl fmt::Display for LdapResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.diagnostic.is_empty() {
            write!(f, ": {}", self.diagnostic.escape_debug())?;
        }
        if !self.matched_dn.is_empty() {
            write!(f, " (matched {:?})", self.matched_dn)?;
        }
        Ok(())
    }
}

impl std::error::Error for LdapResult {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_there_is() {
        assert_eq!(LdapResult::default().to_string(), "success (0)");
        let result = LdapResult::new(ResultCode(32), "dc=example,dc=com", "0000208D: gone\n\0");
        assert_eq!(result.to_string(), "noSuchObject (32): 0000208D: gone\\n (matched \"dc=example,dc=com\")");
        assert_eq!(result.active_directory().unwrap().code, 0x208d);
    }
}
