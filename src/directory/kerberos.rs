//! Binding by Kerberos (SASL GSSAPI, RFC 4752), where the program was built with it.

use ldap3::{Ldap, LdapResult};

/// Binds as the principal of the process's credentials to the server that Kerberos knows as `ldap/HOST`. Whoever calls this is
/// held up while tickets are fetched.
///
/// # Errors
/// Why that isn't possible, in words for the log. That the server refuses is no error here.
#[cfg(feature = "gssapi")]
pub(super) async fn bind(ldap: &mut Ldap, host: &str) -> Result<LdapResult, String> {
    ldap.sasl_gssapi_bind(host).await.map_err(|error| error.to_string())
}

/// As the other one, in a program that was built without Kerberos: never possible.
///
/// # Errors
/// Always.
#[cfg(not(feature = "gssapi"))]
pub(super) async fn bind(_ldap: &mut Ldap, _host: &str) -> Result<LdapResult, String> {
    Err("this program was built without Kerberos (feature `gssapi`)".to_owned())
}
