//! List responses (RFC 7644 section 3.4.2, RFC 9865 section 2), put together from resources that are bytes already.

use bytes::Bytes;
use serde::Serialize;

/// URN of list responses.
pub const URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a list response says about its resources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListResponse {
    /// How many resources match in all; may be left out when paging by cursor.
    pub total_results: Option<u64>,
    /// The place of the first resource, counted from 1; left out when paging by cursor.
    pub start_index: Option<u64>,
    /// The cursor of the page before this one.
    pub previous_cursor: Option<String>,
    /// The cursor of the page after this one; none on the last page.
    pub next_cursor: Option<String>,
}

/// The members before `Resources`, in the order in which they are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    schemas: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<u64>,
    items_per_page: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<&'a str>,
}

impl ListResponse {
    /// A page of a list that is paged by index.
    pub fn page(total_results: u64, start_index: u64) -> Self {
        Self { total_results: Some(total_results), start_index: Some(start_index), ..Self::default() }
    }

    /// The complete response around resources, each a JSON object. `itemsPerPage` is their number, and `Resources` is there even
    /// when it is empty, for clients expect it.
    pub fn write(&self, resources: &[Bytes]) -> Bytes {
        let room = resources.iter().map(|resource| resource.len() + 1).sum::<usize>() + 256;
        let mut body = Vec::with_capacity(room);
        self.begin(resources.len(), &mut body);
        for (position, resource) in resources.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(resource);
        }
        body.extend_from_slice(Self::TAIL);
        body.into()
    }

    /// What stands before the first resource, for a response that is written bit by bit: then come `items` resources with commas
    /// between them, then [`Self::TAIL`].
    pub fn head(&self, items: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.begin(items, &mut bytes);
        bytes
    }

    fn begin(&self, items: usize, out: &mut Vec<u8>) {
        let head = Head {
            schemas: [URN],
            total_results: self.total_results,
            items_per_page: items,
            start_index: self.start_index,
            previous_cursor: self.previous_cursor.as_deref(),
            next_cursor: self.next_cursor.as_deref(),
        };
        // Numbers and strings always serialise.
        let _ = serde_json::to_writer(&mut *out, &head);
        out.pop();
        out.extend_from_slice(b",\"Resources\":[");
    }

    /// What stands after the last resource.
    pub const TAIL: &[u8] = b"]}";
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(list: &ListResponse, resources: &[&'static str]) -> Value {
        let resources: Vec<_> = resources.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
        serde_json::from_slice(&list.write(&resources)).unwrap()
    }

    #[test]
    fn a_page_by_index() {
        assert_eq!(
            written(&ListResponse::page(100, 11), &["{\"id\":\"a\"}", "{\"id\":\"b\"}"]),
            json!({ "schemas": [URN], "totalResults": 100, "itemsPerPage": 2, "startIndex": 11,
                    "Resources": [{ "id": "a" }, { "id": "b" }] })
        );
    }

    #[test]
    fn a_page_by_cursor() {
        let list = ListResponse {
            previous_cursor: Some("p".into()),
            next_cursor: Some("n\"".into()),
            ..ListResponse::default()
        };
        assert_eq!(
            written(&list, &["{}"]),
            json!({ "schemas": [URN], "itemsPerPage": 1, "previousCursor": "p", "nextCursor": "n\"", "Resources": [{}] })
        );
    }

    #[test]
    fn an_empty_list_has_resources_all_the_same() {
        assert_eq!(
            written(&ListResponse::page(0, 1), &[]),
            json!({ "schemas": [URN], "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": [] })
        );
    }
}
