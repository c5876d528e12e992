//! Several slapd of one directory, which replicate to each other (RFC 4533).

use std::path::Path;
use std::process::Command;

use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions, TreeOptions};
use tempfile::TempDir;

/// Servers of one directory.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// The servers, which all started with the same tree.
    pub(crate) servers: Vec<Slapd>,
    _data: TempDir,
}

/// What each server takes from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replication {
    /// Each takes writes, and everything from all others.
    MultiProvider,
    /// The first takes the writes, the others everything from it.
    Replicas,
    /// None takes anything from another one: a replica that is never told is as far behind as can be.
    Off,
}

impl Cluster {
    /// `count` servers with a tree of `users` people.
    pub(crate) fn start(count: usize, users: usize, replication: Replication) -> Self {
        let data = tempfile::Builder::new().prefix("scimfront-cluster-").tempdir().unwrap();
        let mut options = SlapdOptions::default()
            .overlays(&[Overlay::MemberOf, Overlay::Refint, Overlay::Syncprov, Overlay::Deref])
            .load(Load::Tree(TreeOptions::sized(users, 5)));
        let first = data.path().join("0");
        options.state_dir = Some(first.clone());
        let mut filled = Slapd::start(&options).unwrap();
        // Its end writes the contextCSN down.
        filled.stop().unwrap();
        options.password = Some(filled.password().to_owned());
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let servers = (0..count)
            .map(|index| {
                let folder = data.path().join(index.to_string());
                if index > 0 {
                    copy(&first, &folder);
                }
                let mut options = options.clone();
                options.state_dir = Some(folder);
                options.port = Some(ports[index]);
                options.global_lines.push(format!("serverID {}", index + 1));
                options.database_lines = lines(&options, &ports, index, replication);
                (index, options)
            })
            .collect::<Vec<_>>();
        let servers = servers.iter().map(|(_, options)| Slapd::start(options).unwrap()).collect();
        Self { servers, _data: data }
    }

    /// The servers' URLs.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.servers.iter().map(Slapd::url).collect()
    }
}

fn lines(options: &SlapdOptions, ports: &[u16], own: usize, replication: Replication) -> Vec<String> {
    let suffix = &options.suffixes[0];
    let password = options.password.as_deref().unwrap_or_default();
    let from = |provider: usize| {
        format!(
            "syncrepl rid={:03} provider=ldap://127.0.0.1:{} searchbase=\"{suffix}\" type=refreshAndPersist \
             bindmethod=simple binddn=\"cn=root,{suffix}\" credentials={password} retry=\"1 +\" schemachecking=off",
            provider + 1,
            ports[provider],
        )
    };
    match replication {
        Replication::MultiProvider => {
            let others = (0..ports.len()).filter(|other| *other != own).map(from);
            others.chain(["multiprovider on".to_owned()]).collect()
        }
        Replication::Off => Vec::new(),
        Replication::Replicas if own == 0 => Vec::new(),
        Replication::Replicas => vec![from(0), format!("updateref ldap://127.0.0.1:{}", ports[0])],
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn copy(from: &Path, to: &Path) {
    // Databases are sparse files of gigabytes.
    assert!(Command::new("cp").args(["-r", "--sparse=always"]).args([from, to]).status().unwrap().success());
}
