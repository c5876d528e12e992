//! What an operation is about: a path below the service provider's root.

use percent_encoding::percent_decode_str;

use crate::scim::error::Error;

/// What an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The name of a resource type's endpoint as it was sent, without slashes.
    pub endpoint: String,
    /// The id of a resource, or a reference to one that is made by this request (`bulkId:…`).
    pub id: Option<String>,
}

/// Reads `/Users`, `Users`, `/Users/1` or `/Users/bulkId:a`.
///
/// # Errors
/// 400 for what is no path, 404 for one that can't be the path of anything here.
pub(super) fn target(path: &str) -> Result<Target, Error> {
    if path.contains(['?', '#']) {
        return Err(Error::invalid_syntax("`path` must be a path without a query"));
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some(endpoint), id, None) => Ok(Target { endpoint: segment(endpoint)?, id: id.map(segment).transpose()? }),
        _ => Err(Error::not_found()),
    }
}

/// A segment, decoded. As in the paths of requests, what could be taken for another path is no path.
fn segment(raw: &str) -> Result<String, Error> {
    let decoded =
        percent_decode_str(raw).decode_utf8().map_err(|_| Error::invalid_syntax("`path` is not valid UTF-8"))?;
    if matches!(&*decoded, "" | "." | "..") || decoded.contains(|c: char| c == '/' || c.is_control()) {
        return Err(Error::not_found());
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/Users", "Users", None)]
    #[case("Users/", "Users", None)]
    #[case("/users/1", "users", Some("1"))]
    #[case("/Users/bulkId:a", "Users", Some("bulkId:a"))]
    #[case("/Users/bulkId%3Aa", "Users", Some("bulkId:a"))]
    #[case("/Users/%C3%A9", "Users", Some("é"))]
    fn paths_of_types_and_resources(#[case] path: &str, #[case] endpoint: &str, #[case] id: Option<&str>) {
        let id = id.map(str::to_owned);
        assert_eq!(target(path), Ok(Target { endpoint: endpoint.into(), id }));
    }

    #[rstest]
    #[case("", 404)]
    #[case("/", 404)]
    #[case("//Users", 404)]
    #[case("/Users//1", 404)]
    #[case("/Users/1/2", 404)]
    #[case("/Users/..", 404)]
    #[case("/Users/a%2fb", 404)]
    #[case("/Users/a%00", 404)]
    #[case("/Users/%ff", 400)]
    #[case("/Users?filter=x", 400)]
    fn other_paths(#[case] path: &str, #[case] status: u16) {
        assert_eq!(target(path).unwrap_err().status, status);
    }
}
