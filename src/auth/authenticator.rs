//! From credentials to a client.

use std::collections::BTreeMap;
use std::sync::Arc;

use subtle::{Choice, ConditionallySelectable};

use super::bearer;
use super::certificate::{CertificateRule, ClientCertificate};
use super::client::{Client, ClientInfo};
use super::token::TokenHash;
use crate::config;
use crate::mapping::confine::{Confinement, Only};

/// A client and the tokens that it may show.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The client.
    pub client: Client,
    /// Its tokens; several while one is being replaced.
    pub tokens: Vec<TokenHash>,
    /// What its certificate is told by.
    pub certificate: Option<CertificateRule>,
}

/// Tells a bridge's clients by their tokens.
#[derive(Debug, Clone, Default)]
pub struct Authenticator {
    clients: Vec<Client>,
    /// Each with the place of its client.
    tokens: Vec<(TokenHash, u32)>,
    certificates: Vec<(CertificateRule, u32)>,
}

impl ClientInfo {
    /// The client of this name in the settings.
    pub fn from_settings(name: &str, settings: &config::Client) -> Self {
        info(name, settings)
    }
}

impl Authenticator {
    /// Knows `clients`. Where two show the same token, the later one is meant.
    pub fn new(clients: impl IntoIterator<Item = Credentials>) -> Self {
        let mut authenticator = Self::default();
        for (place, Credentials { client, tokens, certificate }) in (0..).zip(clients) {
            authenticator.clients.push(client);
            authenticator.tokens.extend(tokens.into_iter().map(|token| (token, place)));
            authenticator.certificates.extend(certificate.map(|rule| (rule, place)));
        }
        authenticator
    }

    /// Knows the clients of a bridge's settings.
    pub fn from_settings(clients: &BTreeMap<String, config::Client>) -> Self {
        Self::new(clients.iter().map(|(name, client)| {
            let info = Arc::new(info(name, client));
            let tokens = client.token_hashes.iter().map(|hash| TokenHash::from(*hash)).collect();
            let certificate = client.certificate.as_ref().map(CertificateRule::from_settings);
            let client = Client { info, dialect: client.dialect, patch_answer: client.patch_answer };
            Credentials { client, tokens, certificate }
        }))
    }

    /// The client that an `Authorization` header names. `None` alike for a header that is missing, malformed or holds an
    /// unknown token: who asks doesn't learn which.
    pub fn authenticate(&self, authorization: Option<&[u8]>) -> Option<&Client> {
        let shown = TokenHash::of(authorization.and_then(bearer::token)?);
        self.clients.get(usize::try_from(self.find(&shown)?).ok()?)
    }

    /// The client whose certificate this is; it has been verified.
    pub fn authenticate_certificate(&self, certificate: &ClientCertificate) -> Option<&Client> {
        let (_, place) = self.certificates.iter().find(|(rule, _)| rule.matches(certificate))?;
        self.clients.get(usize::try_from(*place).ok()?)
    }

    /// Compares with every token, so that the time taken doesn't tell which one came close or matched.
    fn find(&self, shown: &TokenHash) -> Option<u32> {
        let mut found = Choice::from(0);
        let mut place = 0;
        for (token, client) in &self.tokens {
            let matches = token.matches(shown);
            place.conditional_assign(client, matches);
            found |= matches;
        }
        bool::from(found).then_some(place)
    }
}

fn info(name: &str, settings: &config::Client) -> ClientInfo {
    let confinement = Some(confinement(&settings.confined)).filter(|confinement| !confinement.is_none());
    ClientInfo {
        name: name.to_owned(),
        visibility: confinement.as_ref().map_or(0, Confinement::number),
        confinement: confinement.map(Arc::new),
        reads_only: settings.access == config::Rights::Read,
        page_max: settings.largest_page,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::dialect::{Dialect, PatchAnswer};
    use rstest::rstest;

    fn credentials(name: &str, tokens: &[&str]) -> Credentials {
        let info = Arc::new(ClientInfo::named(name));
        let client = Client { info, dialect: Dialect::Default, patch_answer: PatchAnswer::Auto };
        Credentials {
            client,
            tokens: tokens.iter().map(|token| TokenHash::of(token.as_bytes())).collect(),
            certificate: None,
        }
    }

    #[rstest]
    #[case(Some("Bearer one"), Some("first"))]
    #[case(Some("bearer two"), Some("second"))]
    #[case(Some("Bearer 2nd"), Some("second"))]
    #[case(Some("Bearer three"), None)]
    #[case(Some("Bearer on"), None)]
    #[case(Some("Basic one"), None)]
    #[case(Some("one"), None)]
    #[case(None, None)]
    fn a_token_names_its_client(#[case] header: Option<&str>, #[case] name: Option<&str>) {
        let authenticator =
            Authenticator::new([credentials("first", &["one"]), credentials("second", &["two", "2nd"])]);
        let client = authenticator.authenticate(header.map(str::as_bytes));
        assert_eq!(client.map(|client| client.info.name.as_str()), name);
    }

    #[test]
    fn nobody_is_let_in_where_no_client_is_known() {
        assert!(Authenticator::default().authenticate(Some(b"Bearer one")).is_none());
        assert!(Authenticator::new([credentials("first", &[])]).authenticate(Some(b"Bearer one")).is_none());
    }
}
