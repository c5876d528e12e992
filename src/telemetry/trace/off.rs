//! No traces: this build has none.

use http::HeaderMap;

use super::Answered;

/// The span of a request: nothing.
#[derive(Debug, Default)]
pub struct RequestSpan;

impl RequestSpan {
    /// A request with these headers has arrived.
    #[inline(always)]
    pub fn begin(_: &HeaderMap) -> Self {
        Self
    }

    /// `future` as it is.
    #[inline(always)]
    pub fn around<F: Future>(&self, future: F) -> F {
        future
    }

    /// It was answered.
    #[inline(always)]
    pub fn end<'a>(&self, _: impl FnOnce() -> Answered<'a>) {}
}

/// `future` as it is.
#[inline(always)]
pub fn carried<F: Future>(future: F) -> F {
    future
}

/// The span of an LDAP operation: nothing.
#[derive(Debug)]
pub struct OperationSpan;

impl OperationSpan {
    /// An operation is about to be sent.
    #[inline(always)]
    pub fn begin(_: &'static str, _: &str, _: &str) -> Self {
        Self
    }

    /// It has ended with this result.
    #[inline(always)]
    pub fn end(&mut self, _: &str) {}
}
