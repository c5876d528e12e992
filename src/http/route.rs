//! What a path and a method ask for (RFC 7644 section 3.2).

use std::borrow::Cow;

use http::Method;

use super::failure::Failure;
use super::path;
use crate::scim;

/// What a path names, endpoints of resource types not yet looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// The base URL itself: all resource types.
    Root,
    /// `/.search`
    RootSearch,
    /// `/ServiceProviderConfig`
    ServiceProviderConfig,
    /// `/ResourceTypes` and one of them
    ResourceTypes(Option<Cow<'a, str>>),
    /// `/Schemas` and one of them
    Schemas(Option<Cow<'a, str>>),
    /// `/Me`
    Me,
    /// `/Bulk`
    Bulk,
    /// `/Users`
    Collection(Cow<'a, str>),
    /// `/Users/.search`
    CollectionSearch(Cow<'a, str>),
    /// `/Users/{id}`
    Resource(Cow<'a, str>, Cow<'a, str>),
}

impl<'a> Route<'a> {
    /// What the part of a path below the mount point names.
    ///
    /// # Errors
    /// 400 and 404, see [`path::segments`].
    pub(super) fn parse(below_mount: &'a str) -> Result<Self, Failure> {
        let mut segments = path::segments::<2>(below_mount)?.into_iter();
        let Some(first) = segments.next() else { return Ok(Self::Root) };
        let second = segments.next();
        let is = |name: &str| first.eq_ignore_ascii_case(name);
        Ok(match second {
            second if is("ResourceTypes") => Self::ResourceTypes(second),
            second if is("Schemas") => Self::Schemas(second),
            None if is("ServiceProviderConfig") => Self::ServiceProviderConfig,
            None if is("Me") => Self::Me,
            None if is("Bulk") => Self::Bulk,
            None if is(".search") => Self::RootSearch,
            None => Self::Collection(first),
            Some(_) if ["ServiceProviderConfig", "Me", "Bulk", ".search"].into_iter().any(is) => {
                return Err(Failure::not_found());
            }
            Some(second) if second.eq_ignore_ascii_case(".search") => Self::CollectionSearch(first),
            Some(second) => Self::Resource(first, second),
        })
    }

    /// The route as it stands in logs: without what the client put into it.
    pub(super) fn template(&self) -> &'static str {
        match self {
            Self::Root => "/",
            Self::RootSearch => "/.search",
            Self::ServiceProviderConfig => "/ServiceProviderConfig",
            Self::ResourceTypes(None) => "/ResourceTypes",
            Self::ResourceTypes(Some(_)) => "/ResourceTypes/{name}",
            Self::Schemas(None) => "/Schemas",
            Self::Schemas(Some(_)) => "/Schemas/{urn}",
            Self::Me => "/Me",
            Self::Bulk => "/Bulk",
            Self::Collection(_) => "/{endpoint}",
            Self::CollectionSearch(_) => "/{endpoint}/.search",
            Self::Resource(..) => "/{endpoint}/{id}",
        }
    }

    /// Whether it describes the server rather than its data (RFC 7644 section 4).
    pub(super) fn is_discovery(&self) -> bool {
        matches!(self, Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_))
    }

    /// The endpoint of a resource type that it names.
    pub(super) fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Collection(name) | Self::CollectionSearch(name) | Self::Resource(name, _) => Some(name),
            _ => None,
        }
    }

    /// Whether `method` does something here.
    ///
    /// # Errors
    /// 501 for an operation of the protocol that isn't supported, 405 for what the protocol doesn't know here.
    pub(super) fn check(&self, method: &Method) -> Result<(), Failure> {
        let (allow, later): (&'static str, &[Method]) = match self {
            Self::RootSearch | Self::CollectionSearch(_) => ("POST", &[]),
            Self::Me => ("", &[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]),
            Self::Bulk => ("", &[Method::POST]),
            Self::Collection(_) => ("GET, HEAD", &[Method::POST]),
            Self::Resource(..) => ("GET, HEAD", &[Method::PUT, Method::PATCH, Method::DELETE]),
            Self::Root | Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_) => ("GET, HEAD", &[]),
        };
        if allow.split(", ").any(|allowed| allowed == method.as_str()) {
            Ok(())
        } else if later.contains(method) {
            Err(scim::Error::not_implemented("The operation is not supported").into())
        } else {
            Err(Failure::MethodNotAllowed { allow })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Route::Root)]
    #[case("/.search", Route::RootSearch)]
    #[case("/ServiceProviderConfig/", Route::ServiceProviderConfig)]
    #[case("/serviceproviderconfig", Route::ServiceProviderConfig)]
    #[case("/ResourceTypes", Route::ResourceTypes(None))]
    #[case("/ResourceTypes/User", Route::ResourceTypes(Some("User".into())))]
    #[case("/Schemas/urn:x", Route::Schemas(Some("urn:x".into())))]
    #[case("/Me", Route::Me)]
    #[case("/Bulk", Route::Bulk)]
    #[case("/Users", Route::Collection("Users".into()))]
    #[case("/Users/.search", Route::CollectionSearch("Users".into()))]
    #[case("/Users/1", Route::Resource("Users".into(), "1".into()))]
    fn paths_name_routes(#[case] path: &str, #[case] expected: Route<'_>) {
        assert_eq!(Route::parse(path).unwrap(), expected);
    }

    #[rstest]
    #[case("/Me/1")]
    #[case("/ServiceProviderConfig/1")]
    #[case("/Bulk/1")]
    #[case("/.search/1")]
    #[case("/Schemas/a/b")]
    fn nothing_is_below_a_single_document(#[case] path: &str) {
        assert_eq!(Route::parse(path).unwrap_err().status().as_u16(), 404);
    }

    #[rstest]
    #[case("", "GET", None)]
    #[case("", "HEAD", None)]
    #[case("", "POST", Some(405))]
    #[case("/.search", "POST", None)]
    #[case("/.search", "GET", Some(405))]
    #[case("/Schemas", "DELETE", Some(405))]
    #[case("/Users", "GET", None)]
    #[case("/Users", "POST", Some(501))]
    #[case("/Users", "PUT", Some(405))]
    #[case("/Users/1", "HEAD", None)]
    #[case("/Users/1", "PATCH", Some(501))]
    #[case("/Users/1", "POST", Some(405))]
    #[case("/Users/1", "OPTIONS", Some(405))]
    #[case("/Me", "GET", Some(501))]
    #[case("/Bulk", "POST", Some(501))]
    #[case("/Bulk", "GET", Some(405))]
    fn methods_are_checked(#[case] path: &str, #[case] method: &str, #[case] status: Option<u16>) {
        let outcome = Route::parse(path).unwrap().check(&Method::from_bytes(method.as_bytes()).unwrap());
        assert_eq!(outcome.err().map(|failure| failure.status().as_u16()), status);
    }
}
