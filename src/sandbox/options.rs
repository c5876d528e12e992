//! What a private slapd is made from.

use std::path::PathBuf;

use super::tree::TreeOptions;

/// An overlay: what a slapd database can do beyond storing entries. Real sites have some of them; tests also run without each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Overlay {
    /// Keeps `memberOf` in step with `member` and `uniqueMember`.
    MemberOf,
    /// Removes or renames references when their target goes or moves (asynchronously).
    Refint,
    /// Refuses a second entry with the same `uid`.
    Unique,
    /// Password policy: lockout, quality, `pwdAccountLockedTime`.
    Ppolicy,
    /// Server-side sorting and virtual list views (RFC 2891).
    Sssvlv,
    /// Content synchronisation (RFC 4533) with a session log.
    Syncprov,
    /// A log of all writes under `cn=accesslog` (the second suffix's under `cn=accesslog-1`, and so on).
    Accesslog,
    /// The dereference control.
    Deref,
    /// Groups that are defined by a search (groupOfURLs).
    Dynlist,
}

impl Overlay {
    /// What the demo runs with: all but the access log and dynamic lists.
    pub const DEMO: &[Overlay] = &[
        Overlay::MemberOf,
        Overlay::Refint,
        Overlay::Unique,
        Overlay::Ppolicy,
        Overlay::Sssvlv,
        Overlay::Syncprov,
        Overlay::Deref,
    ];
    /// No overlay at all.
    pub const NONE: &[Overlay] = &[];
    /// Every overlay.
    pub const ALL: &[Overlay] = &[
        Overlay::MemberOf,
        Overlay::Refint,
        Overlay::Unique,
        Overlay::Ppolicy,
        Overlay::Sssvlv,
        Overlay::Syncprov,
        Overlay::Accesslog,
        Overlay::Deref,
        Overlay::Dynlist,
    ];

    /// The overlay's name in slapd's configuration, which is its module's too.
    pub fn name(self) -> &'static str {
        match self {
            Overlay::MemberOf => "memberof",
            Overlay::Refint => "refint",
            Overlay::Unique => "unique",
            Overlay::Ppolicy => "ppolicy",
            Overlay::Sssvlv => "sssvlv",
            Overlay::Syncprov => "syncprov",
            Overlay::Accesslog => "accesslog",
            Overlay::Deref => "deref",
            Overlay::Dynlist => "dynlist",
        }
    }
}

/// How much the service account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceAccess {
    /// Search and read.
    Read,
    /// Also write.
    Write,
    /// Also what needs `manage`, as the relax control does.
    Manage,
}

impl ServiceAccess {
    /// The access level's name in slapd's access rules.
    pub(crate) fn level(self) -> &'static str {
        match self {
            ServiceAccess::Read => "read",
            ServiceAccess::Write => "write",
            ServiceAccess::Manage => "manage",
        }
    }
}

/// The PEM files that make slapd offer StartTLS and listen for `ldaps`.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The authority's certificate, also the one that client certificates are checked against.
    pub ca: PathBuf,
    /// The server's certificate, for 127.0.0.1 and `localhost`.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// What a suffix is filled with before slapd starts.
#[derive(Clone, Debug)]
pub enum Load {
    /// A generated tree, under the suffix that it names.
    Tree(TreeOptions),
    /// LDIF content records for the suffix, parents first; its own entry is there already.
    Ldif {
        /// The suffix, as listed in [`SlapdOptions::suffixes`].
        suffix: String,
        /// The records.
        text: String,
    },
}

/// What a private slapd is made from. The default is the demo's overlays over `dc=example,dc=com` and no tree.
#[derive(Clone, Debug)]
pub struct SlapdOptions {
    /// The suffixes; each is a database of its own with its own service account. The first is the main one.
    pub suffixes: Vec<String>,
    /// The overlays over each of them.
    pub overlays: Vec<Overlay>,
    /// What is loaded before the start, in this order. Skipped when `state_dir` already holds it.
    pub loads: Vec<Load>,
    /// Where the data is kept beyond this process; a temporary folder when absent.
    pub state_dir: Option<PathBuf>,
    /// The password of the service accounts and rootdns; generated when absent.
    pub password: Option<String>,
    /// What the service account may do.
    pub access: ServiceAccess,
    /// How many candidates of one search slapd looks at for the service account; as many as there are when absent. A search that no
    /// index narrows ends in adminLimitExceeded then.
    pub most_candidates: Option<u32>,
    /// The loopback port; any free one when absent.
    pub port: Option<u16>,
    /// Offer StartTLS and `ldaps`.
    pub tls: Option<TlsFiles>,
    /// Load `mappings/scim.schema` (and let trees use its class scimAux).
    pub scim_schema: bool,
    /// Serve `cn=monitor`, which counts operations, to the first suffix's service account.
    pub monitor: bool,
    /// Access rules for every suffix's database, before those that let nobody but the service account in.
    pub access_lines: Vec<String>,
    /// Further lines of slapd.conf before the databases.
    pub global_lines: Vec<String>,
    /// Further lines of slapd.conf for every suffix's database.
    pub database_lines: Vec<String>,
}

impl Default for SlapdOptions {
    fn default() -> Self {
        SlapdOptions {
            suffixes: vec!["dc=example,dc=com".to_owned()],
            overlays: Overlay::DEMO.to_vec(),
            loads: Vec::new(),
            state_dir: None,
            password: None,
            access: ServiceAccess::Write,
            most_candidates: None,
            port: None,
            tls: None,
            scim_schema: true,
            monitor: false,
            access_lines: Vec::new(),
            global_lines: Vec::new(),
            database_lines: Vec::new(),
        }
    }
}

impl SlapdOptions {
    /// The default with the given suffixes.
    pub fn with_suffixes<I: IntoIterator<Item = S>, S: Into<String>>(suffixes: I) -> Self {
        SlapdOptions { suffixes: suffixes.into_iter().map(Into::into).collect(), ..SlapdOptions::default() }
    }

    /// The demo's slapd: the tree's suffix, with the tree in it.
    pub fn with_tree(tree: TreeOptions) -> Self {
        SlapdOptions::with_suffixes([tree.suffix.clone()]).load(Load::Tree(tree))
    }

    /// Runs with exactly these overlays.
    #[must_use]
    pub fn overlays(mut self, overlays: &[Overlay]) -> Self {
        self.overlays = overlays.to_vec();
        self
    }

    /// Runs without this overlay.
    #[must_use]
    pub fn without(mut self, overlay: Overlay) -> Self {
        self.overlays.retain(|other| *other != overlay);
        self
    }

    /// Also loads this; a tree whose suffix is new brings the suffix with it.
    #[must_use]
    pub fn load(mut self, load: Load) -> Self {
        if let Load::Tree(tree) = &load
            && !self.suffixes.contains(&tree.suffix)
        {
            self.suffixes.push(tree.suffix.clone());
        }
        self.loads.push(load);
        self
    }

    /// Whether the overlay is among those chosen.
    pub fn has(&self, overlay: Overlay) -> bool {
        self.overlays.contains(&overlay)
    }

    /// The tree's options as this slapd can hold it: without what its overlays and schema don't know.
    pub(crate) fn fitted(&self, tree: &TreeOptions) -> TreeOptions {
        TreeOptions {
            member_of: tree.member_of && self.has(Overlay::MemberOf),
            account_lock: tree.account_lock && self.has(Overlay::Ppolicy),
            scim_aux: tree.scim_aux && self.scim_schema,
            ..tree.clone()
        }
    }
}
