//! The answer to a bulk request, bit by bit.

use bytes::Bytes;
use serde::Serialize;

use super::message::Method;
use crate::scim::error::Error;

/// What stands before the first result.
pub const HEAD: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":["#;
/// What stands after the last.
pub const TAIL: &str = "]}";

/// What became of one operation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "name")]
    pub(super) method: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bulk_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<&'a str>,
    #[serde(serialize_with = "digits")]
    pub(super) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<&'a Error>,
}

impl Answer<'_> {
    /// As it stands in the answer, after a comma unless it is the first.
    pub(super) fn write(&self, is_first: bool) -> Bytes {
        let mut text = if is_first { Vec::new() } else { vec![b','] };
        // Made of strings alone, it always serialises.
        text.extend(serde_json::to_vec(self).unwrap_or_default());
        text.into()
    }
}

#[allow(clippy::ref_option, reason = "serde calls it so")]
fn name<S: serde::Serializer>(method: &Option<Method>, serializer: S) -> Result<S::Ok, S::Error> {
    method.map(Method::name).serialize(serializer)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn digits<S: serde::Serializer>(status: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(status)
}
