//! The private directory behind a demo: which one it is, how it is started, and what the settings and the reader must know of it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::sandbox::tree::Person;
use crate::sandbox::{
    AdTreeOptions, Ds389, Ds389Options, Samba, SambaOptions, SandboxError, Slapd, SlapdOptions, TreeOptions,
};

/// Which directory the demo runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// OpenLDAP
    Openldap,
    /// A Samba domain controller, which speaks as Active Directory does
    Ad,
    /// 389 Directory Server, the heart of FreeIPA and of Red Hat's
    #[value(name = "389ds")]
    Ds389,
}

impl Kind {
    /// What the directory is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Openldap => "OpenLDAP",
            Self::Ad => "Samba AD",
            Self::Ds389 => "389-DS",
        }
    }

    /// The mapping that fits it.
    fn preset(self) -> &'static str {
        match self {
            Self::Openldap => "builtin:openldap@1",
            Self::Ad => "builtin:ad@1",
            Self::Ds389 => "builtin:389ds@1",
        }
    }
}

/// A private directory that runs.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in the process")]
enum Server {
    Openldap(Slapd),
    Ad(Samba),
    Ds389(Ds389),
}

/// The demo's directory. It ends when this value is dropped.
#[derive(Debug)]
pub(super) struct Private {
    kind: Kind,
    server: Server,
    state: Option<PathBuf>,
}

impl Private {
    /// Makes the directory, fills it with this tree and starts it; what it stores is kept in `state`, and found there.
    pub(super) fn start(kind: Kind, tree: &TreeOptions, state: Option<&Path>) -> Result<Self, SandboxError> {
        let state = state.map(Path::to_owned);
        let server = match kind {
            Kind::Openldap => {
                let options = SlapdOptions { state_dir: state.clone(), ..SlapdOptions::with_tree(tree.clone()) };
                Server::Openldap(Slapd::start(&options)?)
            }
            Kind::Ad => {
                let tree = AdTreeOptions { users: tree.users, groups: tree.groups, crowd: 0 };
                let options = SambaOptions { tree, state_dir: state.clone(), ..SambaOptions::default() };
                Server::Ad(Samba::start(&options)?)
            }
            Kind::Ds389 => {
                let options =
                    Ds389Options { tree: tree.clone(), tls: true, state_dir: state.clone(), ..Ds389Options::default() };
                Server::Ds389(Ds389::start(&options)?)
            }
        };
        Ok(Self { kind, server, state })
    }

    /// Where it is reached: over TLS, except for OpenLDAP on loopback.
    pub(super) fn url(&self) -> String {
        match &self.server {
            Server::Openldap(slapd) => slapd.url(),
            Server::Ad(samba) => samba.ldaps_url(),
            Server::Ds389(server) => server.ldaps_url().unwrap_or_else(|| server.url()),
        }
    }

    /// The PEM file of the authority that signed its certificate, where it has one.
    pub(super) fn ca_file(&self) -> Option<PathBuf> {
        match &self.server {
            Server::Openldap(_) => None,
            Server::Ad(samba) => Some(samba.ca_file()),
            Server::Ds389(server) => server.ca_file().map(Path::to_owned),
        }
    }

    /// The service account, and its password.
    pub(super) fn account(&self) -> (String, &str) {
        match &self.server {
            Server::Openldap(slapd) => (slapd.bind_dn(), slapd.password()),
            Server::Ad(samba) => (samba.bind_dn(), samba.password()),
            Server::Ds389(server) => (server.bind_dn(), server.password()),
        }
    }

    /// The mapping file: three lines.
    pub(super) fn mapping(&self) -> String {
        let suffix = match &self.server {
            Server::Openldap(slapd) => slapd.suffix().to_owned(),
            Server::Ad(samba) => samba.suffix(),
            Server::Ds389(server) => server.suffix().to_owned(),
        };
        let [preset, suffix] = [self.kind.preset().to_owned(), suffix].map(toml::Value::String);
        format!("version = 1\nextends = {preset}\nsuffix = {suffix}\n")
    }

    /// Where the demo's files go: the folder with the state if there is one, else one that goes with the directory.
    pub(super) fn folder(&self) -> &Path {
        let private = match &self.server {
            Server::Openldap(slapd) => slapd.folder(),
            Server::Ad(samba) => samba.folder(),
            Server::Ds389(server) => server.folder(),
        };
        self.state.as_deref().unwrap_or(private)
    }

    /// Whether the data was there from an earlier run.
    pub(super) fn reused(&self) -> bool {
        match &self.server {
            Server::Openldap(slapd) => slapd.reused(),
            Server::Ad(samba) => samba.reused(),
            Server::Ds389(server) => server.reused(),
        }
    }

    /// The id of the resource to which the tree gives this UUID.
    pub(super) fn id(&self, uuid: &str) -> String {
        match &self.server {
            Server::Openldap(_) | Server::Ad(_) => uuid.to_owned(),
            Server::Ds389(server) => server.unique_id(uuid),
        }
    }

    /// The userName of a person of the tree.
    pub(super) fn user_name(&self, person: &Person) -> String {
        match &self.server {
            Server::Openldap(_) | Server::Ds389(_) => person.uid.clone(),
            Server::Ad(samba) => samba.user_name(person),
        }
    }
}
