//! What the service is and can do (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::answer::{Fetched, Representation};
use super::context::ClientInfo;
use super::error::Error;
use super::partition::Partition;
use super::service::Bridge;
use crate::auth::Schemes;
use crate::mapping::model::{Source, TypeIndex};
use crate::scim;
use crate::scim::discovery::{
    self, AuthenticationScheme, Bulk, Document, FilterSupport, Pagination, PaginationMethod, ResourceType,
    SchemaExtension, ServiceProviderConfig, Supported,
};
use crate::scim::list::ListResponse;
use crate::scim::query::SearchRequest;
use crate::scim::schema::{Schema, core};
use crate::translate::discovery::published;
use crate::translate::version;

impl Bridge {
    /// `/ServiceProviderConfig`, whose clients may authenticate by `schemes`: these may change while the bridge serves on.
    ///
    /// # Errors
    /// None.
    pub fn service_provider_config(&self, schemes: Schemes, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.document(&format!("ServiceProviderConfig {schemes:?}"), if_none_match, || {
            Ok(bytes(&discovery::service_provider_config(self.abilities(schemes), &self.base_url)))
        })
    }

    pub(super) fn abilities(&self, schemes: Schemes) -> ServiceProviderConfig {
        let limits = self.limits();
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        ServiceProviderConfig {
            documentation_uri: None,
            patch: Supported { supported: true },
            bulk: Bulk {
                supported: true,
                max_operations: number(limits.bulk_operations),
                max_payload_size: number(limits.bulk_payload),
            },
            filter: FilterSupport { supported: true, max_results: number(limits.page_max) },
            change_password: Supported { supported: self.maps_a_password() },
            sort: Supported { supported: true },
            etag: Supported { supported: true },
            pagination: Pagination {
                cursor: true,
                index: true,
                default_pagination_method: Some(PaginationMethod::Index),
                default_page_size: Some(number(limits.page_default)),
                max_page_size: Some(number(limits.page_max)),
                cursor_timeout: Some(super::cursor::LIFETIME.as_secs()),
            },
            authentication_schemes: authentication(schemes),
        }
    }

    /// Whether a resource of any type has a password that clients can change.
    fn maps_a_password(&self) -> bool {
        let mut sources = self.mapping.resources.iter().flat_map(|resource| &resource.sources);
        sources.any(|source| matches!(source, Source::WriteOnly(_)))
    }

    /// `/ResourceTypes`
    ///
    /// # Errors
    /// 403 for a filter (RFC 7644 section 4); 503 before the directory was seen for the first time.
    pub fn resource_types(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        check(request)?;
        self.as_seen_by(client, |seen| {
            seen.document("ResourceTypes", if_none_match, || {
                let kinds = (0..seen.mapping.resources.len()).filter(|kind| seen.mapping.has(*kind));
                let types = kinds.map(|kind| Ok(bytes(&seen.resource_type_document(kind)?)));
                Ok(list(&types.collect::<Result<Vec<_>, Error>>()?))
            })
        })
    }

    /// `/ResourceTypes/{name}`
    ///
    /// # Errors
    /// 404 for an unknown name.
    pub fn resource_type(
        &self,
        client: &ClientInfo,
        name: &str,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        self.as_seen_by(client, |seen| {
            let found = seen.mapping.resource(name).filter(|(kind, _)| seen.mapping.has(*kind));
            let (kind, resource) = found.ok_or_else(scim::Error::not_found)?;
            let name = format!("ResourceTypes/{}", resource.name);
            seen.document(&name, if_none_match, || Ok(bytes(&seen.resource_type_document(kind)?)))
        })
    }

    /// `/Schemas`
    ///
    /// # Errors
    /// As [`Bridge::resource_types`].
    pub fn schemas(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        check(request)?;
        self.as_seen_by(client, |seen| {
            seen.document("Schemas", if_none_match, || {
                let schemas = seen.published_schemas()?;
                let schemas = schemas.iter().map(|schema| bytes(&discovery::schema(schema, &seen.base_url)));
                Ok(list(&schemas.collect::<Vec<_>>()))
            })
        })
    }

    /// `/Schemas/{urn}`
    ///
    /// # Errors
    /// 404 for an unknown URN.
    pub fn schema(&self, client: &ClientInfo, urn: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.as_seen_by(client, |seen| {
            seen.document(&format!("Schemas/{}", urn.to_ascii_lowercase()), if_none_match, || {
                let schemas = seen.published_schemas()?;
                let schema = schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
                Ok(bytes(&discovery::schema(schema.ok_or_else(scim::Error::not_found)?, &seen.base_url)))
            })
        })
    }

    /// What the bridge is for `client`: that depends on what it may see, not on who it is in the directory, which needn't be asked.
    pub(super) fn as_seen_by<T>(
        &self,
        client: &ClientInfo,
        tell: impl FnOnce(&Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.view_of(&client.as_service())? {
            Some(view) => tell(&view),
            None => tell(self),
        }
    }

    /// The document called `name`: as it was made before, as long as the directories are known for what they were then.
    pub(super) fn document(
        &self,
        name: &str,
        if_none_match: Option<&str>,
        make: impl FnOnce() -> Result<Bytes, Error>,
    ) -> Result<Fetched, Error> {
        let generation = |partition: &Arc<Partition>| partition.directory.capabilities().map(|known| known.generation);
        let generations: Vec<Option<u64>> = self.partitions.values().map(generation).collect();
        let kept = self.documents.get(name, &generations);
        let (body, etag) = match kept {
            Some(kept) => kept,
            None => self.documents.keep(name, generations, make()?),
        };
        if let (Some(field), Ok(text)) = (if_none_match, std::str::from_utf8(&etag))
            && version::none_match(field, text)
        {
            return Ok(Fetched::NotModified { etag });
        }
        Ok(Fetched::Representation(Representation { body, etag: Some(etag), location: None }))
    }

    fn resource_type_document(&self, kind: TypeIndex) -> Result<Document<ResourceType>, Error> {
        let (_, extensions) = self.published(kind)?;
        let mut document = discovery::resource_type(&self.mapping.resources[kind].schema, &self.base_url);
        document.content_mut().schema_extensions =
            extensions.into_iter().map(|(schema, required)| SchemaExtension { schema: schema.id, required }).collect();
        Ok(document)
    }

    fn published(&self, kind: TypeIndex) -> Result<(Schema, Vec<(Schema, bool)>), Error> {
        let (_, partition) = self.places(kind).next().ok_or(Error::Internal)?;
        Ok(published(&partition.known()?.view, kind))
    }

    /// Each schema once, resources' first, then those of discovery itself.
    fn published_schemas(&self) -> Result<Vec<Schema>, Error> {
        let mut schemas: Vec<Schema> = Vec::new();
        for kind in (0..self.mapping.resources.len()).filter(|kind| self.mapping.has(*kind)) {
            let (core, extensions) = self.published(kind)?;
            for schema in std::iter::once(core).chain(extensions.into_iter().map(|(schema, _)| schema)) {
                if !schemas.iter().any(|known| known.id == schema.id) {
                    schemas.push(schema);
                }
            }
        }
        schemas.extend(core::discovery());
        Ok(schemas)
    }
}

/// The schemes as discovery names them, the first one preferred. The attribute is required: where there is none, or nobody may ask, a
/// bearer token is what one would need.
fn authentication(schemes: Schemes) -> Vec<AuthenticationScheme> {
    let named = [
        (schemes.token, AuthenticationScheme::bearer_token as fn() -> AuthenticationScheme),
        (schemes.signed, AuthenticationScheme::signed_token),
        (schemes.basic, AuthenticationScheme::http_basic),
        (schemes.certificate, AuthenticationScheme::client_certificate),
    ];
    let mut named: Vec<_> = named.into_iter().filter_map(|(accepted, scheme)| accepted.then(scheme)).collect();
    if named.is_empty() {
        named.push(AuthenticationScheme::bearer_token());
    }
    if let Some(first) = named.first_mut() {
        first.primary = true;
    }
    named
}

/// These endpoints know neither pages nor filters.
fn check(request: &SearchRequest) -> Result<(), scim::Error> {
    match request.filter {
        Some(_) => Err(scim::Error::forbidden("this endpoint can't be filtered (RFC 7644 section 4)")),
        None => Ok(()),
    }
}

/// A complete list.
fn list(resources: &[Bytes]) -> Bytes {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    ListResponse::page(total, 1).write(resources)
}

pub(super) fn bytes(document: &impl Serialize) -> Bytes {
    // Documents are made of strings, numbers and booleans: they always serialise.
    serde_json::to_vec(document).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Schemes::default(), &["oauthbearertoken"])]
    #[case(Schemes { token: true, ..Schemes::default() }, &["oauthbearertoken"])]
    #[case(Schemes { basic: true, ..Schemes::default() }, &["httpbasic"])]
    #[case(Schemes { certificate: true, ..Schemes::default() }, &["tlsclientcertificate"])]
    #[case(
        Schemes { token: true, signed: true, basic: true, certificate: true },
        &["oauthbearertoken", "oauth2", "httpbasic", "tlsclientcertificate"]
    )]
    fn clients_are_told_by_what_they_may_authenticate(#[case] schemes: Schemes, #[case] expected: &[&str]) {
        let named = authentication(schemes);
        assert_eq!(named.iter().map(|scheme| scheme.kind.as_str()).collect::<Vec<_>>(), expected);
        let primary = named.iter().enumerate().filter(|(_, scheme)| scheme.primary).map(|(place, _)| place);
        assert_eq!(primary.collect::<Vec<_>>(), [0]);
    }
}
