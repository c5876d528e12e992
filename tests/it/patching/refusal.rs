//! How a request is refused.

use crate::support::client::Reply;

/// The status and, where RFC 7644 section 3.12 fixes one, the kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) scim_type: Option<&'static str>,
}

impl Refusal {
    /// 400 of this kind.
    pub(crate) fn of(scim_type: &'static str) -> Self {
        Self { status: 400, scim_type: Some(scim_type) }
    }

    /// Whether the reply says so.
    pub(crate) fn is(self, reply: &Reply) -> bool {
        reply.status == self.status && reply.json()["scimType"].as_str() == self.scim_type
    }
}
