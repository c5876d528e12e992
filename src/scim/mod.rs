//! The SCIM 2.0 protocol and data model (RFC 7643, 7644 and 9865): schemas, filters, paths, queries, projections, sorting, list
//! responses, errors and discovery documents.
//!
//! Pure: knows no LDAP, no HTTP and no clock. Requests are parsed into text-level values first ([`filter::Expr`], [`path::Path`],
//! [`query::SearchRequest`]) and then resolved against a [`ResourceSchema`] into typed ones that can't name what doesn't exist.

pub mod binary;
pub mod bulk;
pub mod compare;
pub mod datetime;
pub mod dialect;
pub mod discovery;
pub mod error;
pub mod filter;
pub mod input;
pub mod json;
pub mod json_text;
pub mod list;
pub mod openapi;
pub mod patch;
pub mod path;
pub mod projection;
pub mod query;
pub mod resource_schema;
pub mod schema;
pub mod sort;
pub mod text;

pub use dialect::Dialect;
pub use error::{Error, ScimType};
pub use filter::{Filter, Limits};
pub use list::ListResponse;
pub use projection::Projection;
pub use query::SearchRequest;
pub use resource_schema::{AttrId, AttrPath, ResourceSchema, SubId};
pub use schema::{Attribute, AttributeKind, Mutability, Returned, Schema, Uniqueness};
pub use sort::{SortKey, SortOrder};
pub use text::{PathText, Span};
