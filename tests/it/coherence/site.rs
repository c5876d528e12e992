//! The directories that coherence is looked at on, each with its bridge's settings.

use std::path::PathBuf;

use scimfront::sandbox::{
    AdTreeOptions, Ds389, Ds389Options, Load, Overlay, Samba, SambaOptions, Slapd, SlapdOptions, TreeOptions,
};

use crate::support::bridge::{Backing, BridgeOptions};
use crate::support::cluster::{Cluster, Replication};

/// How many people and groups there are.
const PEOPLE: usize = 40;
const GROUPS: usize = 10;

/// A private directory with a few people and groups.
#[allow(clippy::large_enum_variant, reason = "there are few of them")]
pub(super) enum Site {
    OpenLdap(Slapd),
    Samba(Samba),
    Ds389(Ds389),
    /// A slapd that takes the writes, and one that is read.
    Replicated(Cluster),
}

/// How a directory's entries are told apart, and what they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) preset: &'static str,
    pub(super) identity: &'static str,
    pub(super) people: &'static str,
    pub(super) groups: &'static str,
    /// The attribute that names a person.
    pub(super) rdn: &'static str,
}

const OPENLDAP: Words = Words {
    preset: "openldap",
    identity: "entryUUID",
    people: "(objectClass=inetOrgPerson)",
    groups: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
    rdn: "uid",
};

const SAMBA: Words = Words {
    preset: "ad",
    identity: "objectGUID",
    people: "(&(objectCategory=person)(objectClass=user))",
    groups: "(objectClass=group)",
    rdn: "cn",
};

const DS389: Words = Words {
    preset: "389ds",
    identity: "nsUniqueId",
    people: "(objectClass=inetOrgPerson)",
    groups: "(objectClass=groupOfNames)",
    rdn: "uid",
};

impl Site {
    pub(super) fn openldap(overlays: &[Overlay]) -> Self {
        let tree = TreeOptions::sized(PEOPLE, GROUPS);
        let options = SlapdOptions::default().overlays(overlays).load(Load::Tree(tree));
        Self::OpenLdap(Slapd::start(&options).unwrap())
    }

    /// A slapd that tells of a group's change before its overlay memberof has worked on the members, `people` of them.
    pub(super) fn early(people: usize) -> Self {
        let tree = TreeOptions::sized(people, GROUPS);
        let mut options = SlapdOptions::default().overlays(&[Overlay::Deref]).load(Load::Tree(tree));
        options.global_lines = ["syncprov", "memberof"].map(|module| format!("moduleload {module}")).into();
        let lines = ["overlay syncprov", "overlay memberof", "memberof-group-oc groupOfNames"];
        options.database_lines = lines.map(str::to_owned).into();
        Self::OpenLdap(Slapd::start(&options).unwrap())
    }

    pub(super) fn samba() -> Self {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains");
        let tree = AdTreeOptions { users: PEOPLE, groups: GROUPS, crowd: 0 };
        Self::Samba(Samba::start(&SambaOptions { cache: Some(cache), tree, ..SambaOptions::default() }).unwrap())
    }

    pub(super) fn ds389() -> Self {
        let tree = TreeOptions::sized(PEOPLE, GROUPS);
        Self::Ds389(Ds389::start(&Ds389Options { tree, ..Ds389Options::default() }).unwrap())
    }

    pub(super) fn replicated() -> Self {
        Self::Replicated(Cluster::start(2, PEOPLE, Replication::Replicas))
    }

    /// The same, but nothing comes to the one that is read.
    pub(super) fn apart() -> Self {
        Self::Replicated(Cluster::start(2, PEOPLE, Replication::Off))
    }

    /// What figures call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::OpenLdap(slapd) if slapd.options().has(Overlay::MemberOf) => "openldap",
            Self::OpenLdap(_) => "openldap-without-memberof",
            Self::Samba(_) => "samba",
            Self::Ds389(_) => "389ds",
            Self::Replicated(_) => "openldap-replicated",
        }
    }

    pub(super) fn words(&self) -> Words {
        match self {
            Self::OpenLdap(_) | Self::Replicated(_) => OPENLDAP,
            Self::Samba(_) => SAMBA,
            Self::Ds389(_) => DS389,
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::OpenLdap(slapd) => slapd.url(),
            Self::Samba(samba) => samba.url(),
            Self::Ds389(server) => server.url(),
            Self::Replicated(cluster) => cluster.servers[0].url(),
        }
    }

    /// Where is read that isn't written to.
    pub(super) fn replica(&self) -> String {
        match self {
            Self::Replicated(cluster) => cluster.servers[1].url(),
            alone => alone.url(),
        }
    }

    pub(super) fn suffix(&self) -> String {
        match self {
            Self::OpenLdap(slapd) => slapd.suffix().to_owned(),
            Self::Samba(samba) => samba.suffix(),
            Self::Ds389(server) => server.suffix().to_owned(),
            Self::Replicated(cluster) => cluster.servers[0].suffix().to_owned(),
        }
    }

    /// Who may do everything.
    pub(super) fn administrator(&self) -> String {
        match self {
            Self::OpenLdap(slapd) => slapd.root_dn_of(slapd.suffix()),
            Self::Samba(samba) => samba.administrator_dn(),
            Self::Ds389(server) => server.root_dn().to_owned(),
            Self::Replicated(cluster) => cluster.servers[0].root_dn_of(cluster.servers[0].suffix()),
        }
    }

    pub(super) fn password(&self) -> String {
        match self {
            Self::OpenLdap(slapd) => slapd.password().to_owned(),
            Self::Samba(samba) => samba.password().to_owned(),
            Self::Ds389(server) => server.password().to_owned(),
            Self::Replicated(cluster) => cluster.servers[0].password().to_owned(),
        }
    }

    pub(super) fn restart(&mut self) {
        match self {
            Self::OpenLdap(slapd) => slapd.restart().unwrap(),
            Self::Samba(samba) => samba.restart().unwrap(),
            Self::Ds389(server) => server.restart().unwrap(),
            Self::Replicated(cluster) => cluster.servers[1].restart().unwrap(),
        }
    }

    /// The directory as a bridge reaches it at `url` that remembers.
    pub(super) fn backing(&self, url: String) -> Backing {
        let mut backing = self.first(url);
        if let Self::Replicated(cluster) = self {
            backing.lines.push_str(&format!("\nreplicas = [\"{}\"]", cluster.servers[1].url()));
        }
        backing
    }

    /// The directory as a bridge reaches it at `url` that reads where writes are made.
    pub(super) fn first(&self, url: String) -> Backing {
        let bind_dn = match self {
            Self::OpenLdap(slapd) => slapd.bind_dn(),
            Self::Samba(samba) => samba.bind_dn(),
            Self::Ds389(server) => server.bind_dn(),
            Self::Replicated(cluster) => cluster.servers[0].bind_dn(),
        };
        Backing { url, bind_dn, password: self.password(), lines: "reconnect_max = \"1s\"".to_owned() }
    }

    /// A bridge that remembers as `cache` says.
    pub(super) fn options(&self, cache: &str) -> BridgeOptions {
        BridgeOptions { cache: cache.to_owned(), ..BridgeOptions::preset(self.words().preset, &self.suffix()) }
    }
}
