//! Which servers a directory has, and in which order they are preferred.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use super::srv::SrvLookup;
use super::{DirectoryOptions, LdapUrl};

/// What servers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// They take writes and reads. One of them at a time is used, by all instances the same: the first that answers.
    Main,
    /// They take reads, as long as they aren't behind.
    Replica,
}

/// Whether servers of a role have refused credentials.
#[derive(Debug, Default)]
pub(super) struct Refused([AtomicBool; 2]);

impl Refused {
    /// Those of `role`.
    pub(super) fn of(&self, role: Role) -> &AtomicBool {
        let [main, replica] = &self.0;
        match role {
            Role::Main => main,
            Role::Replica => replica,
        }
    }
}

/// A server and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Where it listens.
    pub(super) url: LdapUrl,
    /// The same as text.
    pub(super) address: Arc<str>,
}

impl Server {
    fn new(url: &LdapUrl) -> Self {
        Self { url: url.clone(), address: url.to_string().into() }
    }
}

/// The servers of a directory.
#[derive(Debug)]
pub(super) struct Servers {
    main: Vec<Server>,
    replicas: Vec<Server>,
    lookup: Option<SrvLookup>,
    /// What was last looked up.
    found: RwLock<Vec<Server>>,
}

impl Servers {
    /// Those that `options` name.
    pub(super) fn new(options: &DirectoryOptions) -> Self {
        let all = |urls: &[LdapUrl]| urls.iter().map(Server::new).collect();
        Self {
            main: all(&options.urls),
            replicas: all(&options.replicas),
            lookup: options.srv.clone().map(SrvLookup::new),
            found: RwLock::default(),
        }
    }

    /// Whether there never is more than one.
    pub(super) fn is_one(&self) -> bool {
        self.lookup.is_none() && self.main.len() < 2 && self.replicas.is_empty()
    }

    /// Whether there are any of this role.
    pub(super) fn has(&self, role: Role) -> bool {
        match role {
            Role::Main => true,
            Role::Replica => !self.replicas.is_empty(),
        }
    }

    /// Those of `role` as [`of`](Self::of), behind `first` if there is one.
    ///
    /// # Errors
    /// As there.
    pub(super) async fn of_with_first(&self, role: Role, first: Option<Server>) -> Result<Vec<Server>, String> {
        let others =
            self.of(role).await?.into_iter().filter(|server| Some(server) != first.as_ref()).collect::<Vec<_>>();
        Ok(first.into_iter().chain(others).collect())
    }

    /// Those of `role`, the preferred first: the ones named, then those that DNS names. What was found before serves while DNS
    /// doesn't answer.
    ///
    /// # Errors
    /// Why there are none, in words for the log.
    pub(super) async fn of(&self, role: Role) -> Result<Vec<Server>, String> {
        if role == Role::Replica {
            return Ok(self.replicas.clone());
        }
        let Some(lookup) = &self.lookup else { return Ok(self.main.clone()) };
        let found = match lookup.urls().await {
            Ok(urls) => {
                let found: Vec<Server> = urls.iter().map(Server::new).collect();
                *self.found.write().unwrap_or_else(PoisonError::into_inner) = found.clone();
                found
            }
            Err(error) => {
                let found = self.found.read().unwrap_or_else(PoisonError::into_inner).clone();
                if found.is_empty() && self.main.is_empty() {
                    return Err(error);
                }
                tracing::debug!(error, "servers can't be looked up: those that are known serve on");
                found
            }
        };
        let more = found.into_iter().filter(|server| !self.main.contains(server));
        Ok(self.main.iter().cloned().chain(more).collect())
    }
}
