//! What the service is and can do (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::answer::{Fetched, Representation};
use super::context::ClientInfo;
use super::error::Error;
use super::partition::Partition;
use super::service::Bridge;
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
    /// `/ServiceProviderConfig`
    ///
    /// # Errors
    /// None.
    pub fn service_provider_config(&self, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.document("ServiceProviderConfig", if_none_match, || {
            Ok(bytes(&discovery::service_provider_config(self.abilities(), &self.base_url)))
        })
    }

    pub(super) fn abilities(&self) -> ServiceProviderConfig {
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
            authentication_schemes: vec![AuthenticationScheme::bearer_token()],
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
        if let Some(view) = self.view_of(&client.as_service())? {
            return view.resource_types(client, request, if_none_match);
        }
        check(request)?;
        self.document("ResourceTypes", if_none_match, || {
            let kinds = (0..self.mapping.resources.len()).filter(|kind| self.mapping.has(*kind));
            let types = kinds.map(|kind| Ok(bytes(&self.resource_type_document(kind)?)));
            Ok(list(&types.collect::<Result<Vec<_>, Error>>()?))
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
        if let Some(view) = self.view_of(&client.as_service())? {
            return view.resource_type(client, name, if_none_match);
        }
        let found = self.mapping.resource(name).filter(|(kind, _)| self.mapping.has(*kind));
        let (kind, resource) = found.ok_or_else(scim::Error::not_found)?;
        let name = format!("ResourceTypes/{}", resource.name);
        self.document(&name, if_none_match, || Ok(bytes(&self.resource_type_document(kind)?)))
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
        if let Some(view) = self.view_of(&client.as_service())? {
            return view.schemas(client, request, if_none_match);
        }
        check(request)?;
        self.document("Schemas", if_none_match, || {
            let schemas = self.published_schemas()?;
            let schemas = schemas.iter().map(|schema| bytes(&discovery::schema(schema, &self.base_url)));
            Ok(list(&schemas.collect::<Vec<_>>()))
        })
    }

    /// `/Schemas/{urn}`
    ///
    /// # Errors
    /// 404 for an unknown URN.
    pub fn schema(&self, client: &ClientInfo, urn: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        if let Some(view) = self.view_of(&client.as_service())? {
            return view.schema(client, urn, if_none_match);
        }
        self.document(&format!("Schemas/{}", urn.to_ascii_lowercase()), if_none_match, || {
            let schemas = self.published_schemas()?;
            let schema = schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
            Ok(bytes(&discovery::schema(schema.ok_or_else(scim::Error::not_found)?, &self.base_url)))
        })
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
