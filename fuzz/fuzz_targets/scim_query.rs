//! Any query string and any body is a search request or a SCIM error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::scim::query::SearchRequest;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = SearchRequest::from_query(text);
    }
    let _ = SearchRequest::from_body(data, |_| true);
});
