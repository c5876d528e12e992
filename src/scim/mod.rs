//! The SCIM protocol and data model (RFC 7643, RFC 7644, RFC 9865). Pure: knows no LDAP and no HTTP.
