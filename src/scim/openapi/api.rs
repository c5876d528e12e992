//! What is described.

use crate::scim::discovery::ServiceProviderConfig;
use crate::scim::schema::{Attribute, Schema};

/// What is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api<'a> {
    /// The base URL, which may end with a slash or not.
    pub base_url: &'a str,
    /// The program's version.
    pub version: &'a str,
    /// What the service provider can do.
    pub config: ServiceProviderConfig,
    /// Whether discovery answers without authentication.
    pub public_discovery: bool,
    /// Its resource types.
    pub types: Vec<ApiType>,
}

/// A resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiType {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its endpoint below the base URL, with a leading slash.
    pub endpoint: String,
    /// The common attributes that it has, `schemas`, `id` and `meta` among them.
    pub common: Vec<Attribute>,
    /// Its core schema.
    pub core: Schema,
    /// Its extensions, and whether a resource must have each.
    pub extensions: Vec<(Schema, bool)>,
}
