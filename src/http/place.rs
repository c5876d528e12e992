//! The routes of a bridge (RFC 7644 section 3.2), and which methods mean something at each.

use std::sync::Arc;

use http::Method;

use super::failure::Failure;
use super::mount::MountedBridge;
use super::writes::Writes;
use crate::scim;

/// A route below a bridge's path.
#[derive(Debug)]
pub(super) struct Place {
    /// Its pattern, as axum's router has it. It stands in logs too: it has nothing of what the client put into a path.
    pub(super) pattern: &'static str,
    /// Whether it describes the server rather than its data (RFC 7644 section 4).
    pub(super) is_discovery: bool,
    allow: &'static str,
    /// Methods that the protocol knows here, but this program doesn't support.
    unsupported: &'static [Method],
}

/// A route of one bridge: what the router hands to extractors and handlers as their state.
#[derive(Debug)]
pub(super) struct Site<U> {
    /// The bridge.
    pub(super) mount: Arc<MountedBridge<U>>,
    /// The route.
    pub(super) place: &'static Place,
    /// The writes under way, of all bridges.
    pub(super) writes: Writes,
}

const READ: &str = "GET, HEAD";

/// The base URL itself: all resource types.
pub(super) static ROOT: Place = Place::new("/", READ, &[]);
/// A search over all resource types.
pub(super) static ROOT_SEARCH: Place = Place::new("/.search", "POST", &[]);
/// What the server can do.
pub(super) static SERVICE_PROVIDER_CONFIG: Place = Place::new("/ServiceProviderConfig", READ, &[]).discovery();
/// All resource types.
pub(super) static RESOURCE_TYPES: Place = Place::new("/ResourceTypes", READ, &[]).discovery();
/// One of them.
pub(super) static RESOURCE_TYPE: Place = Place::new("/ResourceTypes/{name}", READ, &[]).discovery();
/// All schemas.
pub(super) static SCHEMAS: Place = Place::new("/Schemas", READ, &[]).discovery();
/// One of them.
pub(super) static SCHEMA: Place = Place::new("/Schemas/{urn}", READ, &[]).discovery();
/// All of it, as OpenAPI has it.
pub(super) static OPENAPI: Place = Place::new("/openapi.json", READ, &[]).discovery();
/// The person who asks: a bearer token names a client, not a person.
pub(super) static ME: Place =
    Place::new("/Me", "", &[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]);
/// Many operations at once.
pub(super) static BULK: Place = Place::new("/Bulk", "POST", &[]);
/// The resources of a type.
pub(super) static COLLECTION: Place = Place::new("/{endpoint}", "GET, HEAD, POST", &[]);
/// A search among them.
pub(super) static COLLECTION_SEARCH: Place = Place::new("/{endpoint}/.search", "POST", &[]);
/// One of them.
pub(super) static RESOURCE: Place = Place::new("/{endpoint}/{id}", "GET, HEAD, PUT, PATCH, DELETE", &[]);
/// All other paths: no pattern of its own.
pub(super) static NOTHING: Place = Place::new("", "", &[]);

impl Place {
    const fn new(pattern: &'static str, allow: &'static str, unsupported: &'static [Method]) -> Self {
        Self { pattern, is_discovery: false, allow, unsupported }
    }

    const fn discovery(mut self) -> Self {
        self.is_discovery = true;
        self
    }

    /// Why `method`, for which there is no handler, does nothing here: 501 for an operation of the protocol that isn't
    /// supported, 405 for what the protocol doesn't know here.
    pub(super) fn refusal(&self, method: &Method) -> Failure {
        if self.unsupported.contains(method) {
            scim::Error::not_implemented("The operation is not supported").into()
        } else {
            Failure::MethodNotAllowed { allow: self.allow }
        }
    }
}

// By hand, because the derived one would want bridges to be cloned.
impl<U> Clone for Site<U> {
    fn clone(&self) -> Self {
        Self { mount: Arc::clone(&self.mount), place: self.place, writes: self.writes.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&ROOT, "POST", 405)]
    #[case(&ROOT_SEARCH, "GET", 405)]
    #[case(&SCHEMAS, "DELETE", 405)]
    #[case(&COLLECTION, "PUT", 405)]
    #[case(&RESOURCE, "POST", 405)]
    #[case(&RESOURCE, "OPTIONS", 405)]
    #[case(&ME, "GET", 501)]
    #[case(&ME, "PATCH", 501)]
    #[case(&ME, "OPTIONS", 405)]
    #[case(&BULK, "PUT", 405)]
    #[case(&BULK, "GET", 405)]
    fn a_method_is_refused_for_a_reason(#[case] place: &Place, #[case] method: &str, #[case] status: u16) {
        let refusal = place.refusal(&Method::from_bytes(method.as_bytes()).unwrap());
        assert_eq!(refusal.status().as_u16(), status);
    }
}
