//! A client, once it has shown who it is.

use std::sync::Arc;

use super::identity::{AuthzId, Identity, IdentityRule, Own};
use super::rate::ClientLimits;
use crate::config;
use crate::mapping::confine::{InvalidConfinement, Only};
use crate::mapping::{Confinement, Mapping};
use crate::scim::dialect::{Dialect, PatchAnswer};

/// A client as the use cases see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// Its name in the settings: for logs and as part of cursors.
    pub name: String,
    /// The person or program that uses it, where it has shown a name of its own: for the audit.
    pub user: Option<Arc<str>>,
    /// Its visibility class: clients of one class see the same resources, so that they may share what is cached. 0 is that of
    /// those who see all.
    pub visibility: u64,
    /// What it is confined to; nothing: it sees and writes all.
    pub confinement: Option<Arc<Confinement>>,
    /// Whether it may do nothing but read.
    pub reads_only: bool,
    /// The most resources that it gets on a page; nothing: as many as anybody.
    pub page_max: Option<usize>,
    /// Who it is in the directory.
    pub identity: Identity,
    /// How that is found out.
    pub identity_rule: IdentityRule,
}

/// A client that has shown who it is.
#[derive(Debug, Clone)]
pub struct Client {
    /// What the use cases see of it.
    pub info: Arc<ClientInfo>,
    /// How its habits are met.
    pub dialect: Dialect,
    /// What its PATCHes are answered with.
    pub patch_answer: PatchAnswer,
    /// How much it may ask; nothing: as much as it likes.
    pub limits: Option<Arc<ClientLimits>>,
}

impl ClientInfo {
    /// A client of this name that sees and writes all.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The client of this name in the settings.
    pub fn from_settings(name: &str, settings: &config::Client) -> Self {
        let confinement = Some(confinement(&settings.confined)).filter(|confinement| !confinement.is_none());
        let identity_rule = match (&settings.ldap_identity, &settings.authz_id) {
            (config::LdapIdentity::Service, _) => IdentityRule::Service,
            (config::LdapIdentity::Own, _) => IdentityRule::Own,
            (config::LdapIdentity::Proxied, text) => {
                let id = text.as_deref().and_then(AuthzId::parse);
                id.map_or(IdentityRule::Own, IdentityRule::Proxied)
            }
        };
        let info = Self {
            name: name.to_owned(),
            visibility: confinement.as_ref().map_or(0, Confinement::number),
            confinement: confinement.map(Arc::new),
            reads_only: settings.access == config::Rights::Read,
            page_max: settings.largest_page,
            identity_rule,
            ..Self::default()
        };
        info.identified(None, None).unwrap_or(info)
    }

    /// Whether it is somebody for the directory, once `user` is known; nothing where that can't be said.
    fn identified(&self, user: Option<&str>, own: Option<Own>) -> Option<Self> {
        let identity = self.identity_rule.of(user, own)?;
        // The confinement's number alone may be that of others.
        let own = self.confinement.as_ref().map_or(0, |confinement| confinement.number());
        let visibility = own ^ identity.number();
        Some(Self { user: user.map(Into::into), visibility, identity, ..self.clone() })
    }

    /// Whether it can be served as it is: its identity is known.
    pub fn is_somebody(&self) -> bool {
        self.identity_rule == IdentityRule::Service || self.identity != Identity::Service
    }

    /// The same, asking the directory as the service account.
    #[must_use]
    pub fn as_service(&self) -> Self {
        let visibility = self.confinement.as_ref().map_or(0, |confinement| confinement.number());
        Self { identity_rule: IdentityRule::Service, identity: Identity::Service, visibility, ..self.clone() }
    }

    /// Its name, with that of who uses it behind a slash.
    pub fn told(&self) -> String {
        match &self.user {
            Some(user) => format!("{}/{user}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether it sees and writes all, as the service account.
    pub fn sees_all(&self) -> bool {
        self.confinement.is_none() && self.identity_rule == IdentityRule::Service && self.identity == Identity::Service
    }
}

impl Client {
    /// A client with the usual habits and no limits.
    pub fn of(info: ClientInfo) -> Self {
        Self { info: Arc::new(info), dialect: Dialect::Default, patch_answer: PatchAnswer::Auto, limits: None }
    }

    /// The same client, used by `user`, who may have shown a name and password of the directory; nothing where that doesn't say
    /// who it is for the directory.
    pub(super) fn on_behalf_of(
        &self,
        user: Option<&str>,
        own: Option<(String, secrecy::SecretString)>,
    ) -> Option<Self> {
        let own = own.map(|(dn, password)| Own::new(dn, password));
        Some(Self { info: Arc::new(self.info.identified(user, own)?), ..self.clone() })
    }
}

/// Whether `client` can be confined as its settings say to a part of `mapping`, as far as that is to be seen without a directory.
///
/// # Errors
/// What is wrong with them.
pub fn check_confinement(client: &ClientInfo, mapping: &Mapping) -> Result<(), InvalidConfinement> {
    let Some(confinement) = &client.confinement else { return Ok(()) };
    let confined = confinement.of(mapping)?;
    if client.reads_only { Ok(()) } else { confined.check_writing(mapping) }
}

fn confinement(settings: &config::Confined) -> Confinement {
    let only = match &settings.only {
        None => Only::All,
        Some(config::Only::Every(text)) => Only::Every(text.clone()),
        Some(config::Only::Some(filters)) => {
            Only::Some(filters.iter().map(|(kind, text)| (kind.clone(), text.clone())).collect())
        }
    };
    Confinement {
        types: settings.types.clone(),
        attributes: settings.attributes.clone(),
        hidden: settings.hidden.clone().unwrap_or_default(),
        writable: settings.writable.clone(),
        within: settings.within.clone().unwrap_or_default(),
        only,
    }
}
