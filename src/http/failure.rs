//! The one place where an error becomes a response (RFC 7644 section 3.12).
//!
//! Handlers and extractors don't know what a request is called, but the client is told of an internal error by that name. So what
//! axum makes of a [`Failure`] only carries it to the layer around the router, which has it rendered.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderValue};

use super::reply;
use crate::auth::{NoTurn, Schemes, TooMuch};
use crate::{bridge, scim};

/// Why a request gets no answer of the kind that it asked for.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// What the client is told stands in it.
    Scim(scim::Error),
    /// No valid credentials.
    Unauthorized(Schemes),
    /// The client asks too much.
    TooMuch {
        /// When to come back.
        retry_after: Duration,
    },
    /// The method means nothing here.
    MethodNotAllowed {
        /// Those that do.
        allow: &'static str,
    },
    /// The client took too long to send its request.
    RequestTimeout,
    /// The answer took too long.
    Deadline,
    /// The directory is away.
    Unavailable {
        /// When to come back.
        retry_after: Duration,
    },
    /// There are too many requests under way.
    Overloaded,
    /// A fault of this program.
    Internal,
}

impl From<scim::Error> for Failure {
    fn from(error: scim::Error) -> Self {
        Self::Scim(error)
    }
}

impl From<NoTurn> for Failure {
    /// Too many are the client's fault, but how long they take isn't.
    fn from(why: NoTurn) -> Self {
        match why {
            NoTurn::TooMany => Self::TooMuch { retry_after: Duration::from_secs(1) },
            NoTurn::TooLate => Self::Overloaded,
        }
    }
}

impl From<TooMuch> for Failure {
    fn from(TooMuch { retry_after }: TooMuch) -> Self {
        Self::TooMuch { retry_after }
    }
}

impl From<scim::json::Unread> for Failure {
    fn from(unread: scim::json::Unread) -> Self {
        match unread {
            scim::json::Unread::Bad(error) => error.into(),
            scim::json::Unread::NoRoom => Self::Overloaded,
        }
    }
}

impl From<bridge::Error> for Failure {
    fn from(error: bridge::Error) -> Self {
        match error {
            bridge::Error::Scim(error) => Self::Scim(error),
            bridge::Error::Unavailable { retry_after } => Self::Unavailable { retry_after },
            bridge::Error::Timeout => Self::Deadline,
            bridge::Error::Internal => Self::Internal,
        }
    }
}

impl Failure {
    /// 404.
    pub(super) fn not_found() -> Self {
        Self::Scim(scim::Error::not_found())
    }

    /// The status that it is answered with.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Scim(error) => StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::TooMuch { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
            Self::Unavailable { .. } | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The response. An internal error names the request, so that its log can be found, and nothing else.
    pub(super) fn render(self, request_id: &str) -> Response {
        let status = self.status();
        let special = self.header();
        let mut response = reply::json(status, serialise(&self.into_scim(status, request_id)));
        if let Some((name, value)) = special {
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// The failure that a response carries.
    pub(super) fn carried_by(response: &mut Response) -> Option<Self> {
        // Most responses succeed: don't look where nothing can be.
        if response.status().is_success() { None } else { response.extensions_mut().remove() }
    }

    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized(schemes) => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge(*schemes))))
            }
            Self::TooMuch { retry_after } => Some((header::RETRY_AFTER, whole_seconds(*retry_after).into())),
            Self::MethodNotAllowed { allow } => Some((header::ALLOW, HeaderValue::from_static(allow))),
            Self::Unavailable { retry_after } => Some((header::RETRY_AFTER, whole_seconds(*retry_after).into())),
            Self::Overloaded => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => None,
        }
    }

    fn into_scim(self, status: StatusCode, request_id: &str) -> scim::Error {
        let detail = match self {
            Self::Scim(error) => return error,
            Self::Unauthorized(_) => "Valid credentials are required",
            Self::TooMuch { .. } => "This client asks too much",
            Self::MethodNotAllowed { .. } => return scim::Error::method_not_allowed(),
            Self::RequestTimeout => "The request took too long to arrive",
            Self::Deadline => return bridge::Error::Timeout.told(request_id),
            Self::Unavailable { retry_after } => return bridge::Error::Unavailable { retry_after }.told(request_id),
            Self::Overloaded => "There are too many requests at the moment",
            Self::Internal => return bridge::Error::Internal.told(request_id),
        };
        scim::Error::plain(status.as_u16(), detail)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}

/// How to authenticate (RFC 9110 section 11.6.1).
fn challenge(schemes: Schemes) -> &'static str {
    match (schemes.bearer(), schemes.basic) {
        (false, true) => "Basic realm=\"SCIM\", charset=\"UTF-8\"",
        (true, true) => "Bearer realm=\"SCIM\", Basic realm=\"SCIM\", charset=\"UTF-8\"",
        // A certificate has no challenge, but something has to be named.
        (_, false) => "Bearer realm=\"SCIM\"",
    }
}

/// `Retry-After` counts whole seconds (RFC 9110 section 10.2.3); at least one, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    (duration.as_secs() + u64::from(duration.subsec_nanos() > 0)).max(1)
}

fn serialise(error: &scim::Error) -> Bytes {
    // A struct of strings always serialises; an empty body is still the right status.
    serde_json::to_vec(error).map(Bytes::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Duration::ZERO, 1)]
    #[case(Duration::from_millis(200), 1)]
    #[case(Duration::from_secs(2), 2)]
    #[case(Duration::from_millis(2001), 3)]
    fn retry_after_is_rounded_up(#[case] duration: Duration, #[case] seconds: u64) {
        assert_eq!(whole_seconds(duration), seconds);
    }

    #[rstest]
    #[case(Failure::Unauthorized(Schemes { token: true, ..Schemes::default() }), 401, Some(("www-authenticate", "Bearer realm=\"SCIM\"")))]
    #[case(Failure::Unauthorized(Schemes { certificate: true, ..Schemes::default() }), 401, Some(("www-authenticate", "Bearer realm=\"SCIM\"")))]
    #[case(
        Failure::Unauthorized(Schemes { basic: true, ..Schemes::default() }),
        401,
        Some(("www-authenticate", "Basic realm=\"SCIM\", charset=\"UTF-8\""))
    )]
    #[case(
        Failure::Unauthorized(Schemes { signed: true, basic: true, ..Schemes::default() }),
        401,
        Some(("www-authenticate", "Bearer realm=\"SCIM\", Basic realm=\"SCIM\", charset=\"UTF-8\""))
    )]
    #[case(Failure::TooMuch { retry_after: Duration::from_millis(1100) }, 429, Some(("retry-after", "2")))]
    #[case(Failure::MethodNotAllowed { allow: "GET, HEAD" }, 405, Some(("allow", "GET, HEAD")))]
    #[case(bridge::Error::Unavailable { retry_after: Duration::from_secs(5) }.into(), 503, Some(("retry-after", "5")))]
    #[case(bridge::Error::Timeout.into(), 504, None)]
    #[case(bridge::Error::Internal.into(), 500, None)]
    #[case(scim::Error::invalid_filter("x").into(), 400, None)]
    #[case(scim::Error::plain(7, "no status").into(), 500, None)]
    fn each_error_has_its_response(
        #[case] failure: Failure,
        #[case] status: u16,
        #[case] special: Option<(&str, &str)>,
    ) {
        let carried = Failure::carried_by(&mut failure.into_response()).expect("an error's status");
        let response = carried.render("r-1");
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/scim+json");
        if let Some((name, value)) = special {
            assert_eq!(response.headers()[name], value);
        }
    }
}
