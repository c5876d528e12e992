//! Compressed answers (RFC 9110 section 8.4.1).

use std::io::Read as _;

use serde_json::Value;

use super::client;
use crate::support::client::Reply;

fn ask(path: &str, takes: &str) -> Reply {
    client().send("GET", path, &[("accept-encoding", takes)], None)
}

#[test]
fn a_large_list_comes_compressed_to_who_asks_for_it() {
    let path = "/Users?count=100&sortBy=userName";
    let plain = client().get(path);
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
    let reply = ask(path, "deflate, gzip");
    assert_eq!((reply.status, reply.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(reply.header("vary"), Some("accept-encoding"));
    assert!(reply.body.len() * 4 < plain.body.len(), "{} of {}", reply.body.len(), plain.body.len());
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_end(&mut text).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), plain.json());
    assert_eq!(ask(path, "identity, gzip;q=0").body, plain.body);
}

#[test]
fn one_resource_comes_as_it_is() {
    let reply = ask("/Users?count=1", "gzip");
    assert_eq!((reply.status, reply.header("content-encoding"), reply.header("vary")), (200, None, None));
}

/// The tag is weak: it names the document, however it is coded.
#[test]
fn a_compressed_document_has_the_tag_of_the_plain_one() {
    let [plain, packed] = ["identity", "gzip"].map(|takes| ask("/Schemas", takes));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let tag = plain.header("etag").unwrap();
    assert!(tag.starts_with("W/"), "{tag}");
    assert_eq!(packed.header("etag"), Some(tag));
    for path in ["/Schemas", "/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User"] {
        let tag = client().get(path).header("etag").unwrap().to_owned();
        let again = client().send("GET", path, &[("if-none-match", &tag), ("accept-encoding", "gzip")], None);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(&*tag)), "{path}");
    }
}
