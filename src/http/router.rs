//! The router: every mounted bridge's routes, and what answers where there is none.
//!
//! Each answer has to be SCIM's, and nobody learns without a token what there is. So each route has a fallback for methods,
//! and each bridge one for all other paths, that authenticate before they say 405 or 404.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use super::backend::Backend;
use super::bulk;
use super::handlers;
use super::mount::MountedBridge;
use super::place::{self, Place, Site};
use super::writes::Writes;
use super::writing;

/// The routes of `mounts`, whose writes are among `writes`; where one is mounted below another, the inner one comes first.
///
/// Paths are written out in full, which comes to the same as [`Router::nest`] but doesn't rewrite the URI of each request.
/// Only the fallbacks are nested: there it doesn't matter.
pub(super) fn router<U: Backend>(mounts: &[Arc<MountedBridge<U>>], writes: &Writes) -> Router {
    let mut taken = HashSet::new();
    let mut router = Router::new();
    for mount in mounts {
        let site = |place| Site { mount: Arc::clone(mount), place, writes: writes.clone() };
        for (place, methods) in routes() {
            let path = format!("{}{}", mount.path, place.pattern);
            // Two routes of one shape make axum panic: those of a bridge in the root and of one at `/Schemas`, say.
            if taken.insert(shape(&path)) {
                router = router.route(&path, methods.fallback(handlers::refused).with_state(site(place)));
            }
        }
        let nothing = Router::new().fallback(handlers::nothing).with_state(site(&place::NOTHING));
        router = if mount.path.is_empty() { router.merge(nothing) } else { router.nest(&mount.path, nothing) };
    }
    if mounts.iter().any(|mount| mount.path.is_empty()) { router } else { router.fallback(handlers::nowhere) }
}

/// What is handled where. A GET route answers HEAD too.
fn routes<U: Backend>() -> [(&'static Place, MethodRouter<Site<U>>); 13] {
    let none = MethodRouter::new;
    [
        (&place::ROOT, get(handlers::list)),
        (&place::ROOT_SEARCH, post(handlers::search)),
        (&place::SERVICE_PROVIDER_CONFIG, get(handlers::service_provider_config)),
        (&place::RESOURCE_TYPES, get(handlers::resource_types)),
        (&place::RESOURCE_TYPE, get(handlers::resource_type)),
        (&place::SCHEMAS, get(handlers::schemas)),
        (&place::SCHEMA, get(handlers::schema)),
        (&place::OPENAPI, get(handlers::openapi)),
        (&place::ME, none()),
        (&place::BULK, post(bulk::bulk)),
        (&place::COLLECTION, get(handlers::list).post(writing::create)),
        (&place::COLLECTION_SEARCH, post(handlers::search)),
        (&place::RESOURCE, get(handlers::resource).put(writing::replace).patch(writing::patch).delete(writing::delete)),
    ]
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let segments: Vec<_> =
        path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect();
    segments.join("/")
}
