//! LDAP input and output.
