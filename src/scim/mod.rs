//! The SCIM 2.0 protocol and data model (RFC 7643, 7644 and 9865): schemas, filters, paths, queries, projections, sorting, list
//! responses, errors and discovery documents.
//!
//! Pure: knows no LDAP, no HTTP and no clock. Requests are parsed into text-level values first ([`filter::Expr`], [`path::Path`],
//! [`query::SearchRequest`]) and then resolved against a [`ResourceSchema`] into typed ones that can't name what doesn't exist.

pub mod binary;
pub mod compare;
pub mod datetime;
pub mod error;
pub mod filter;
pub mod projection;
pub mod resource_schema;
pub mod schema;
pub mod text;

pub use error::{Error, ScimType};
pub use filter::{Filter, Limits};
pub use projection::Projection;
pub use resource_schema::{AttrId, AttrPath, ResourceSchema, SubId};
pub use schema::{Attribute, AttributeKind, Mutability, Returned, Schema, Uniqueness};
