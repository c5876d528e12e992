//! The bridge as OpenAPI has it: what discovery tells, in the language of tools that know no SCIM.

use super::answer::Fetched;
use super::context::ClientInfo;
use super::discovery::bytes;
use super::error::Error;
use super::service::Bridge;
use crate::auth::Schemes;
use crate::mapping::model::TypeIndex;
use crate::scim::openapi::{self, Api, ApiType};
use crate::translate::discovery::{published, published_common};

/// How one gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// What clients may authenticate by.
    pub schemes: Schemes,
    /// Whether discovery takes no authentication.
    pub public_discovery: bool,
}

impl Bridge {
    /// `/openapi.json`, as far as `client` may see, whose clients get in by `access`.
    ///
    /// # Errors
    /// 503 before the directory was seen for the first time.
    pub fn openapi(&self, client: &ClientInfo, access: Access, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        let name = format!("openapi.json {access:?}");
        self.as_seen_by(client, |seen| {
            seen.document(&name, if_none_match, || {
                let kinds = (0..seen.mapping.resources.len()).filter(|kind| seen.mapping.has(*kind));
                let api = Api {
                    base_url: &seen.base_url,
                    version: env!("CARGO_PKG_VERSION"),
                    config: seen.abilities(access.schemes),
                    public_discovery: access.public_discovery,
                    types: kinds.map(|kind| seen.described(kind)).collect::<Result<_, Error>>()?,
                };
                Ok(bytes(&openapi::document(&api)))
            })
        })
    }

    fn described(&self, kind: TypeIndex) -> Result<ApiType, Error> {
        let (_, partition) = self.places(kind).next().ok_or(Error::Internal)?;
        let known = partition.known()?;
        let (core, extensions) = published(&known.view, kind);
        let schema = &self.mapping.resources[kind].schema;
        Ok(ApiType {
            name: schema.name().to_owned(),
            description: schema.description().to_owned(),
            endpoint: schema.endpoint().to_owned(),
            common: published_common(&known.view, kind),
            core,
            extensions,
        })
    }
}
