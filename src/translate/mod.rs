//! SCIM requests become LDAP plans, LDAP entries become SCIM resources. Pure.
