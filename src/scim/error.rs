//! What a SCIM client is told when a request fails (RFC 7644 section 3.12).

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// URN of the error message.
pub const URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An error response: an HTTP status, a keyword for some of those with status 400 and 409, and a text for people.
///
/// Serialises as the body of RFC 7644 section 3.12, with `status` as a string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// The detail keyword, where one applies.
    pub scim_type: Option<ScimType>,
    /// What went wrong, in words.
    pub detail: String,
}

/// A detail error keyword (RFC 7644 table 9, RFC 9865 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter doesn't parse or compares what can't be compared.
    InvalidFilter,
    /// The filter finds more than the server will process.
    TooMany,
    /// A value is in use or reserved.
    Uniqueness,
    /// The attribute can't be changed that way.
    Mutability,
    /// The body is no message of the expected form.
    InvalidSyntax,
    /// The PATCH path doesn't parse or names nothing.
    InvalidPath,
    /// The PATCH path matched no value.
    NoTarget,
    /// A value is missing or doesn't fit its attribute.
    InvalidValue,
    /// The protocol version isn't supported.
    InvalidVers,
    /// The request puts sensitive information into a URI.
    Sensitive,
    /// The cursor was not issued for this query (RFC 9865).
    InvalidCursor,
    /// The cursor's life is over (RFC 9865).
    ExpiredCursor,
    /// The count is out of range or not that of the first page (RFC 9865).
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands in the body.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status that goes with it: 409 for `uniqueness` (RFC 7644 section 3.3), 400 for all others.
    pub fn status(self) -> u16 {
        if self == Self::Uniqueness { 409 } else { 400 }
    }
}

impl Serialize for ScimType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.keyword())
    }
}

/// A constructor for each keyword.
macro_rules! keyword_constructors {
    ($($(#[$doc:meta])* $name:ident => $keyword:ident;)*) => {
        impl Error {
            $($(#[$doc])* pub fn $name(detail: impl Into<String>) -> Self { Self::of(ScimType::$keyword, detail) })*
        }
    };
}

keyword_constructors! {
    /// 400 `invalidFilter`.
    invalid_filter => InvalidFilter;
    /// 400 `tooMany`.
    too_many => TooMany;
    /// 409 `uniqueness`.
    uniqueness => Uniqueness;
    /// 400 `mutability`.
    mutability => Mutability;
    /// 400 `invalidSyntax`.
    invalid_syntax => InvalidSyntax;
    /// 400 `invalidPath`.
    invalid_path => InvalidPath;
    /// 400 `noTarget`.
    no_target => NoTarget;
    /// 400 `invalidValue`.
    invalid_value => InvalidValue;
    /// 400 `invalidVers`.
    invalid_vers => InvalidVers;
    /// 400 `sensitive`.
    sensitive => Sensitive;
    /// 400 `invalidCursor`.
    invalid_cursor => InvalidCursor;
    /// 400 `expiredCursor`.
    expired_cursor => ExpiredCursor;
    /// 400 `invalidCount`.
    invalid_count => InvalidCount;
}

impl Error {
    /// The error with this keyword and the status that goes with it.
    pub fn of(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: scim_type.status(), scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error without a keyword.
    pub fn plain(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// 400 without a keyword.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::plain(400, detail)
    }

    /// 401: no valid credentials.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::plain(401, detail)
    }

    /// 403: this client may not do that.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::plain(403, detail)
    }

    /// 404 for a resource or endpoint. It doesn't repeat what was asked for, so it is the same whatever the reason.
    pub fn not_found() -> Self {
        Self::plain(404, "Not found")
    }

    /// 405: the endpoint doesn't know this method.
    pub fn method_not_allowed() -> Self {
        Self::plain(405, "The method is not supported here")
    }

    /// 409 without a keyword.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::plain(409, detail)
    }

    /// 412: the resource isn't in the version that the client expected.
    pub fn precondition_failed() -> Self {
        Self::plain(412, "The resource has changed")
    }

    /// 413: the body or the bulk request is too large.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::plain(413, detail)
    }

    /// 500: a fault of this program; `detail` should carry no more than the request's id.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::plain(500, detail)
    }

    /// 501: the operation isn't supported.
    pub fn not_implemented(detail: impl Into<String>) -> Self {
        Self::plain(501, detail)
    }

    /// 503: the directory is away; the client should come back.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::plain(503, detail)
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 3 + usize::from(self.scim_type.is_some());
        let mut body = serializer.serialize_struct("Error", fields)?;
        body.serialize_field("schemas", &[URN])?;
        body.serialize_field("status", &self.status.to_string())?;
        match self.scim_type {
            Some(scim_type) => body.serialize_field("scimType", &scim_type)?,
            None => body.skip_field("scimType")?,
        }
        body.serialize_field("detail", &self.detail)?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_body_is_that_of_section_3_12() {
        assert_eq!(
            serde_json::to_value(Error::mutability("Attribute 'id' is readOnly")).unwrap(),
            json!({ "schemas": [URN], "status": "400", "scimType": "mutability", "detail": "Attribute 'id' is readOnly" })
        );
        assert_eq!(
            serde_json::to_value(Error::not_found()).unwrap(),
            json!({ "schemas": [URN], "status": "404", "detail": "Not found" })
        );
    }

    #[test]
    fn uniqueness_is_a_conflict() {
        assert_eq!(Error::uniqueness("taken").status, 409);
        assert_eq!(Error::invalid_cursor("forged").status, 400);
    }
}
