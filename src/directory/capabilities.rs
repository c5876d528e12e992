//! What a server is able to: its root DSE (RFC 4512 section 5.1) and its subschema.

use std::collections::HashSet;
use std::sync::Arc;

use crate::ldap::DnKey;
use crate::ldap::controls::oid as controls;
use crate::ldap::subschema::Subschema;

/// OIDs of what servers list beside controls (those are in [`ldap::controls::oid`](crate::ldap::controls::oid)).
pub mod oid {
    /// The extended operation that starts a transaction (RFC 5805).
    pub const START_TRANSACTION: &str = "1.3.6.1.1.21.1";
    /// Password Modify (RFC 3062).
    pub const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
    /// Modify-Increment (RFC 4525).
    pub const MODIFY_INCREMENT: &str = "1.3.6.1.1.14";
    /// The server is an Active Directory domain controller (or says so, as Samba does).
    pub const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
}

/// Whose server it is; for messages and defaults. Behaviour follows what the server says it is able to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// OpenLDAP's slapd.
    OpenLdap,
    /// Microsoft Active Directory.
    ActiveDirectory,
    /// A Samba domain controller.
    Samba,
    /// 389 Directory Server, also within FreeIPA and RHDS.
    Directory389,
    /// Another one.
    Other,
}

/// What a server is able to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Moves whenever something else in here changed.
    pub generation: u64,
    /// Whose server it is.
    pub vendor: Vendor,
    /// vendorName, as published.
    pub vendor_name: Option<String>,
    /// vendorVersion, as published.
    pub vendor_version: Option<String>,
    /// The DNs that the server's trees start with.
    pub naming_contexts: Vec<String>,
    /// The one to use by default (Active Directory).
    pub default_naming_context: Option<String>,
    /// OIDs of the controls, extended operations, features and Active Directory capabilities that it lists.
    pub oids: HashSet<String>,
    /// supportedSASLMechanisms.
    pub sasl_mechanisms: Vec<String>,
    /// Where the subschema stands.
    pub subschema_dn: Option<String>,
    /// The schema: the standard one where the server doesn't show its own.
    pub subschema: Arc<Subschema>,
    /// Whether the schema is the server's own.
    pub subschema_read: bool,
}

impl Capabilities {
    /// Whether the server lists `oid` as a control, extended operation, feature or capability.
    pub fn has(&self, oid: &str) -> bool {
        self.oids.contains(oid)
    }

    /// Whether searches can be paged (RFC 2696).
    pub fn paged(&self) -> bool {
        self.has(controls::PAGED_RESULTS)
    }

    /// Whether DN-valued attributes can be dereferenced within a search.
    pub fn dereference(&self) -> bool {
        self.has(controls::DEREFERENCE)
    }

    /// Whether the server sorts (RFC 2891).
    pub fn sort(&self) -> bool {
        self.has(controls::SORT_REQUEST)
    }

    /// Whether it feeds changes (RFC 4533).
    pub fn sync(&self) -> bool {
        self.has(controls::SYNC_REQUEST)
    }

    /// Whether it knows transactions (RFC 5805).
    pub fn transactions(&self) -> bool {
        self.has(oid::START_TRANSACTION)
    }

    /// Whether it knows assertions (RFC 4528).
    pub fn assertion(&self) -> bool {
        self.has(controls::ASSERTION)
    }

    /// Whether it shows an entry as it was before a change (RFC 4527).
    pub fn pre_read(&self) -> bool {
        self.has(controls::PRE_READ)
    }

    /// Whether it shows an entry as it is after a change (RFC 4527).
    pub fn post_read(&self) -> bool {
        self.has(controls::POST_READ)
    }

    /// Whether its schema knows `memberOf`, so that a filter on it is not Undefined. That something keeps the attribute
    /// in step isn't said anywhere.
    pub fn member_of(&self) -> bool {
        self.subschema.attribute("memberOf").is_some()
    }

    /// The naming context that holds the entry called `dn`; nothing where there is none or it is no DN.
    pub fn naming_context(&self, dn: &str) -> Option<&str> {
        let key = DnKey::of(dn).ok()?;
        let depth = |context: &str| DnKey::of(context).ok().filter(|context| key.is_under(context)).map(|c| c.depth());
        let holding = self.naming_contexts.iter().filter_map(|context| Some((depth(context)?, context)));
        holding.max_by_key(|(depth, _)| *depth).map(|(_, context)| context.as_str())
    }

    /// Whether it compares values without preparing them as RFC 4518 has it, and those of attribute types without an equality rule by
    /// that of their syntax, where others can't compare them (RFC 4512 section 2.5.1).
    pub fn compares_literally(&self) -> bool {
        self.vendor == Vendor::Directory389
    }

    /// Whether it can be trusted with negations of leaves alone: 389 Directory Server of before September 2024 finds too
    /// little by `(|(!(|…))…)` for everybody but its manager (its issue 6307).
    pub fn negates_leaves_alone(&self) -> bool {
        self.vendor == Vendor::Directory389
    }

    /// Whether it is Active Directory or behaves like it.
    pub fn active_directory(&self) -> bool {
        self.has(oid::ACTIVE_DIRECTORY)
    }
}
