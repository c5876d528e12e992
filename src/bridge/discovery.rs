//! What the service is and can do (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use bytes::Bytes;
use serde::Serialize;

use super::context::ClientInfo;
use super::error::Error;
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

impl Bridge {
    /// `/ServiceProviderConfig`
    pub fn service_provider_config(&self) -> Bytes {
        let limits = self.limits();
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let config = ServiceProviderConfig {
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
        };
        bytes(&discovery::service_provider_config(config, &self.base_url))
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
    pub fn resource_types(&self, client: &ClientInfo, request: &SearchRequest) -> Result<Bytes, Error> {
        if let Some(view) = self.view_of(client)? {
            return view.resource_types(client, request);
        }
        let types: Vec<Bytes> = (0..self.mapping.resources.len())
            .filter(|kind| self.mapping.has(*kind))
            .map(|kind| Ok(bytes(&self.resource_type_document(kind)?)))
            .collect::<Result<_, Error>>()?;
        list(request, &types)
    }

    /// `/ResourceTypes/{name}`
    ///
    /// # Errors
    /// 404 for an unknown name.
    pub fn resource_type(&self, client: &ClientInfo, name: &str) -> Result<Bytes, Error> {
        if let Some(view) = self.view_of(client)? {
            return view.resource_type(client, name);
        }
        let found = self.mapping.resource(name).filter(|(kind, _)| self.mapping.has(*kind));
        let (kind, _) = found.ok_or_else(scim::Error::not_found)?;
        Ok(bytes(&self.resource_type_document(kind)?))
    }

    /// `/Schemas`
    ///
    /// # Errors
    /// As [`Bridge::resource_types`].
    pub fn schemas(&self, client: &ClientInfo, request: &SearchRequest) -> Result<Bytes, Error> {
        if let Some(view) = self.view_of(client)? {
            return view.schemas(client, request);
        }
        let schemas: Vec<Bytes> =
            self.published_schemas()?.iter().map(|schema| bytes(&discovery::schema(schema, &self.base_url))).collect();
        list(request, &schemas)
    }

    /// `/Schemas/{urn}`
    ///
    /// # Errors
    /// 404 for an unknown URN.
    pub fn schema(&self, client: &ClientInfo, urn: &str) -> Result<Bytes, Error> {
        if let Some(view) = self.view_of(client)? {
            return view.schema(client, urn);
        }
        let schemas = self.published_schemas()?;
        let schema = schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
        Ok(bytes(&discovery::schema(schema.ok_or_else(scim::Error::not_found)?, &self.base_url)))
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

/// A complete list: these endpoints know neither pages nor filters.
fn list(request: &SearchRequest, resources: &[Bytes]) -> Result<Bytes, Error> {
    if request.filter.is_some() {
        return Err(scim::Error::forbidden("this endpoint can't be filtered (RFC 7644 section 4)").into());
    }
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    Ok(ListResponse::page(total, 1).write(resources))
}

fn bytes(document: &impl Serialize) -> Bytes {
    // Documents are made of strings, numbers and booleans: they always serialise.
    serde_json::to_vec(document).unwrap_or_default().into()
}
