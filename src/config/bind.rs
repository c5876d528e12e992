//! Who the bridge is in a directory.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// `bind`: how the bridge says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindMethod {
    /// DN and password (RFC 4513 section 5.1.3).
    Simple,
    /// The client certificate's identity, or the socket peer's (SASL EXTERNAL, RFC 4422 appendix A).
    External,
    /// A Kerberos principal (SASL GSSAPI, RFC 4752).
    Kerberos,
    /// Nobody.
    Anonymous,
}

impl Bind {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anonymous, Self::Anonymous) | (Self::External, Self::External) => true,
            (Self::Simple { dn, password }, Self::Simple { dn: other_dn, password: other_password }) => {
                dn == other_dn && password.expose_secret() == other_password.expose_secret()
            }
            (Self::Kerberos { host }, Self::Kerberos { host: other }) => host == other,
            _ => false,
        }
    }
}

/// Who the bridge is in a directory, with all that is needed for it.
#[derive(Debug, Clone, Default)]
pub enum Bind {
    /// Nobody.
    #[default]
    Anonymous,
    /// The client certificate's identity, or the socket peer's.
    External,
    /// The Kerberos principal of the process's credentials.
    Kerberos {
        /// What the server is called in Kerberos, unless by its URL.
        host: Option<String>,
    },
    /// DN and password, neither of them empty.
    Simple {
        /// The DN, or on Active Directory a user principal name.
        dn: String,
        /// The password.
        password: SecretString,
    },
}
