//! Servers found by DNS (RFC 2782): the records of `_ldap._tcp.example.com` and their like.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::SRV;

use super::LdapUrl;

/// How long records are used at most before they are asked for again, whatever they say themselves.
const LONGEST: Duration = Duration::from_secs(300);

/// Where a directory's servers are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrvOptions {
    /// The name whose SRV records tell the servers; without a leading `_` it is a domain, and `_ldap._tcp` is put before it.
    pub name: String,
    /// Whether the servers are spoken to by TLS from the first octet: at port 636 (or 3269) where the record says 389 (or 3268).
    pub tls: bool,
    /// The DNS server to ask instead of the system's.
    pub resolver: Option<SocketAddr>,
}

impl SrvOptions {
    /// The name that is asked for.
    pub fn record(&self) -> String {
        let name = self.name.trim_end_matches('.');
        if name.starts_with('_') { format!("{name}.") } else { format!("_ldap._tcp.{name}.") }
    }

    fn url(&self, record: &SRV) -> Option<LdapUrl> {
        let host = record.target.to_utf8().trim_end_matches('.').to_owned();
        // A root target says that there is no such service.
        if host.is_empty() || record.port == 0 {
            return None;
        }
        Some(match (self.tls, record.port) {
            (false, port) => LdapUrl::Plain { host, port },
            (true, 389) => LdapUrl::Tls { host, port: 636 },
            (true, 3268) => LdapUrl::Tls { host, port: 3269 },
            (true, port) => LdapUrl::Tls { host, port },
        })
    }

    fn urls(&self, mut records: Vec<SRV>) -> Vec<LdapUrl> {
        // RFC 2782 draws lots by weight. Here every instance is to come to the same order, so the heaviest come first.
        records.sort_by_cached_key(|record| {
            (record.priority, u16::MAX - record.weight, record.target.to_utf8().to_ascii_lowercase(), record.port)
        });
        let mut urls: Vec<LdapUrl> = records.iter().filter_map(|record| self.url(record)).collect();
        let mut seen = std::collections::HashSet::new();
        urls.retain(|url| seen.insert(url.clone()));
        urls
    }
}

/// Looks servers up, and remembers them for as long as their records say.
#[derive(Debug)]
pub(super) struct SrvLookup {
    options: SrvOptions,
    resolver: Option<TokioResolver>,
}

impl SrvLookup {
    /// A look-up by these options. Without a usable resolver it fails each time.
    pub(super) fn new(options: SrvOptions) -> Self {
        let resolver = match options.resolver {
            None => TokioResolver::builder_tokio(),
            Some(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_name_servers(vec![server]);
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
        };
        let resolver = resolver.and_then(|mut builder| {
            let options = builder.options_mut();
            options.timeout = Duration::from_secs(1);
            options.attempts = 2;
            options.positive_max_ttl = Some(LONGEST);
            options.negative_max_ttl = Some(Duration::from_secs(1));
            builder.build()
        });
        if let Err(error) = &resolver {
            tracing::error!(%error, "servers can't be looked up: there is no usable DNS configuration");
        }
        Self { options, resolver: resolver.ok() }
    }

    /// The servers in order of preference: by priority, then by weight, then by name.
    ///
    /// # Errors
    /// Why there are none, in words for the log.
    pub(super) async fn urls(&self) -> Result<Vec<LdapUrl>, String> {
        let record = self.options.record();
        let resolver = self.resolver.as_ref().ok_or("there is no usable DNS configuration")?;
        let answer = resolver.srv_lookup(record.as_str()).await.map_err(|error| format!("{record}: {error}"))?;
        let records = answer.answers().iter().filter_map(|answer| match &answer.data {
            RData::SRV(srv) => Some(srv.clone()),
            _ => None,
        });
        let urls = self.options.urls(records.collect());
        if urls.is_empty() { Err(format!("{record}: no server is named")) } else { Ok(urls) }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn options(name: &str, tls: bool) -> SrvOptions {
        SrvOptions { name: name.to_owned(), tls, resolver: None }
    }

    fn record(priority: u16, weight: u16, port: u16, target: &str) -> SRV {
        SRV::new(priority, weight, port, target.parse().unwrap())
    }

    #[rstest]
    #[case("example.com", "_ldap._tcp.example.com.")]
    #[case("example.com.", "_ldap._tcp.example.com.")]
    #[case("_ldap._tcp.berlin._sites.example.com", "_ldap._tcp.berlin._sites.example.com.")]
    #[case("_gc._tcp.example.com", "_gc._tcp.example.com.")]
    fn domains_stand_for_their_ldap_service(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(options(name, false).record(), expected);
    }

    #[test]
    fn servers_come_in_the_same_order_everywhere() {
        let records = vec![
            record(10, 0, 389, "d.example.com."),
            record(0, 10, 389, "c.example.com."),
            record(0, 100, 389, "b.example.com."),
            record(0, 10, 1389, "A.example.com."),
            record(0, 0, 389, "."),
        ];
        let shown = |tls| -> Vec<String> {
            options("example.com", tls).urls(records.clone()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            shown(false),
            [
                "ldap://b.example.com:389",
                "ldap://a.example.com:1389",
                "ldap://c.example.com:389",
                "ldap://d.example.com:389"
            ]
        );
        assert_eq!(shown(true)[0], "ldaps://b.example.com:636");
        assert_eq!(shown(true)[1], "ldaps://a.example.com:1389");
    }
}
