//! The OIDs of controls, as root DSEs list them.

/// Paged results (RFC 2696).
pub const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Server-side sorting, request (RFC 2891).
pub const SORT_REQUEST: &str = "1.2.840.113556.1.4.473";
/// Server-side sorting, response (RFC 2891).
pub const SORT_RESPONSE: &str = "1.2.840.113556.1.4.474";
/// Virtual list view, request.
pub const VIRTUAL_LIST_VIEW: &str = "2.16.840.1.113730.3.4.9";
/// Dereference (draft-masarati-ldap-deref).
pub const DEREFERENCE: &str = "1.3.6.1.4.1.4203.666.5.16";
/// Matched values (RFC 3876).
pub const MATCHED_VALUES: &str = "1.2.826.0.1.3344810.2.3";
/// Assertion (RFC 4528).
pub const ASSERTION: &str = "1.3.6.1.1.12";
/// Pre-read (RFC 4527).
pub const PRE_READ: &str = "1.3.6.1.1.13.1";
/// Post-read (RFC 4527).
pub const POST_READ: &str = "1.3.6.1.1.13.2";
/// Manage DSA IT (RFC 3296).
pub const MANAGE_DSA_IT: &str = "2.16.840.1.113730.3.4.2";
/// Proxied authorization (RFC 4370).
pub const PROXIED_AUTHORIZATION: &str = "2.16.840.1.113730.3.4.18";
/// Content synchronisation request (RFC 4533).
pub const SYNC_REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// Content synchronisation: what comes with an entry (RFC 4533).
pub const SYNC_STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// Content synchronisation: what comes with the result (RFC 4533).
pub const SYNC_DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// Content synchronisation: the messages in between (RFC 4533).
pub const SYNC_INFO: &str = "1.3.6.1.4.1.4203.1.9.1.4";
/// Password policy.
pub const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// Relax rules (draft-zeilenga-ldap-relax).
pub const RELAX_RULES: &str = "1.3.6.1.4.1.4203.666.5.12";
/// Permissive modify (Active Directory, OpenLDAP).
pub const PERMISSIVE_MODIFY: &str = "1.2.840.113556.1.4.1413";
/// Domain scope: no referrals (Active Directory, OpenLDAP).
pub const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
/// Extended DN (Active Directory).
pub const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";
/// Show deleted objects (Active Directory).
pub const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Tree delete (Active Directory).
pub const TREE_DELETE: &str = "1.2.840.113556.1.4.805";
/// Attribute-scoped query (Active Directory).
pub const ATTRIBUTE_SCOPED_QUERY: &str = "1.2.840.113556.1.4.1504";
/// Directory synchronisation (Active Directory).
pub const DIR_SYNC: &str = "1.2.840.113556.1.4.841";
/// Change notification (Active Directory).
pub const NOTIFICATION: &str = "1.2.840.113556.1.4.528";
