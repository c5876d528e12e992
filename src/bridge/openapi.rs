//! The bridge as OpenAPI has it: what discovery tells, in the language of tools that know no SCIM.

use super::answer::Fetched;
use super::context::ClientInfo;
use super::discovery::bytes;
use super::error::Error;
use super::service::Bridge;
use crate::mapping::model::TypeIndex;
use crate::scim::openapi::{self, Api, ApiType};
use crate::translate::discovery::{published, published_common};

impl Bridge {
    /// `/openapi.json`, as far as `client` may see; `is_public`: whether discovery takes no authentication.
    ///
    /// # Errors
    /// 503 before the directory was seen for the first time.
    pub fn openapi(&self, client: &ClientInfo, is_public: bool, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        if let Some(view) = self.view_of(client)? {
            return view.openapi(client, is_public, if_none_match);
        }
        self.document("openapi.json", if_none_match, || {
            let kinds = (0..self.mapping.resources.len()).filter(|kind| self.mapping.has(*kind));
            let api = Api {
                base_url: &self.base_url,
                version: env!("CARGO_PKG_VERSION"),
                config: self.abilities(),
                public_discovery: is_public,
                types: kinds.map(|kind| self.described(kind)).collect::<Result<_, Error>>()?,
            };
            Ok(bytes(&openapi::document(&api)))
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
