//! Requests whose ends are in doubt: a proxy in front and the server mustn't see different ones.

use rstest::rstest;

use super::patient;
use super::raw::{exchange, head, statuses};
use crate::support::bridge::{Bridge, TOKEN};

/// What would be a request of its own if the one before it ended early.
fn hidden() -> String {
    head("GET", "/Users?count=0") + "Connection: close\r\n\r\n"
}

fn search(framing: &str, body: &str) -> String {
    head("POST", "/Users/.search") + "Content-Type: application/json\r\n" + framing + "\r\n" + body
}

/// One answer, and the connection is closed.
fn one(bridge: &Bridge, request: &str) -> u16 {
    let answer = exchange(bridge, request.as_bytes());
    let statuses = statuses(&answer);
    assert_eq!(statuses.len(), 1, "{request}\n{answer}");
    statuses[0]
}

/// Framing that RFC 9112 section 6.3 calls an error, or a reason to close the connection.
#[rstest]
#[case::length_and_chunks("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")]
#[case::chunks_and_length("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")]
#[case::two_lengths("Content-Length: 0\r\nContent-Length: 300\r\n", "")]
#[case::two_lengths_in_one("Content-Length: 0, 300\r\n", "")]
#[case::a_signed_length("Content-Length: +0\r\n", "")]
#[case::a_negative_length("Content-Length: -1\r\n", "")]
#[case::a_length_in_hexadecimal("Content-Length: 0x0\r\n", "")]
#[case::a_huge_length("Content-Length: 99999999999999999999999999\r\n", "")]
#[case::an_empty_length("Content-Length: \r\n", "")]
#[case::an_unknown_encoding("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")]
#[case::an_encoding_after_chunks("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")]
#[case::chunks_twice("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")]
#[case::a_blank_before_the_colon("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")]
#[case::a_length_that_is_folded("Content-Length:\r\n 0\r\n", "")]
#[case::an_encoding_that_is_folded("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")]
#[case::a_folded_header("X-Folded: a\r\n b\r\nContent-Length: 0\r\n", "")]
#[case::a_bare_carriage_return("X-A: a\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n")]
#[case::a_null_in_a_header("X-A: a\u{0}b\r\nContent-Length: 0\r\n", "")]
#[case::a_header_without_a_name(": a\r\nContent-Length: 0\r\n", "")]
#[case::a_header_without_a_colon("Content-Length 0\r\n", "")]
#[case::a_chunk_of_no_size("Transfer-Encoding: chunked\r\n", "\r\n\r\n")]
#[case::a_chunk_of_huge_size("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
#[case::a_chunk_of_negative_size("Transfer-Encoding: chunked\r\n", "-1\r\n{}\r\n0\r\n\r\n")]
#[case::a_chunk_longer_than_said("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n")]
#[case::a_chunk_that_ends_in_a_line_feed("Transfer-Encoding: chunked\r\n", "2\n{}\r\n0\r\n\r\n")]
fn a_doubtful_end_is_the_end_of_the_connection(#[case] framing: &str, #[case] body: &str) {
    let bridge = patient();
    let status = one(bridge, &(search(framing, body) + &hidden()));
    assert_eq!(status, 400, "{framing}");
}

/// What is in a body is no request.
#[rstest]
#[case::by_length(false)]
#[case::by_chunks(true)]
fn a_request_in_a_body_is_none(#[case] chunked: bool) {
    let bridge = patient();
    let inner = hidden();
    let request = if chunked {
        search("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len()))
    } else {
        search(&format!("Content-Length: {}\r\n", inner.len()), &inner)
    };
    let answer = exchange(bridge, (request + &hidden()).as_bytes());
    assert_eq!(statuses(&answer), [400, 200], "{answer}");
}

/// Heads that are odd in other ways: one answer at most, and never one that gives anything away.
#[rstest]
#[case::http_0_9("GET /scim/v2/Users\r\n\r\n")]
#[case::http_3("GET /scim/v2/Users HTTP/3.0\r\n\r\n")]
#[case::no_version("GET /scim/v2/Users\r\nHost: x\r\n\r\n")]
#[case::a_tunnel("CONNECT ldap.example.com:389 HTTP/1.1\r\nHost: ldap.example.com:389\r\n\r\n")]
#[case::a_blank_first(" GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n")]
#[case::blanks_in_the_target("GET /scim/v2/Users /x HTTP/1.1\r\nHost: x\r\n\r\n")]
#[case::a_null_in_the_target("GET /scim/v2/\u{0} HTTP/1.1\r\nHost: x\r\n\r\n")]
#[case::a_line_feed_in_the_method("GE\nT /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n")]
#[case::tls("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}")]
#[case::a_proxy_s_preface("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n")]
fn an_odd_head_gets_nothing(#[case] request: &str) {
    let bridge = patient();
    let answer = exchange(bridge, request.as_bytes());
    let statuses = statuses(&answer);
    assert!(statuses.len() <= 1 && statuses.iter().all(|status| (400..600).contains(status)), "{answer}");
}

/// Others than the one that is sent don't count, whatever the headers say.
#[rstest]
#[case("X-HTTP-Method-Override: DELETE\r\n")]
#[case("X-Original-URL: /scim/v2/Schemas\r\nX-Rewrite-URL: /scim/v2/Schemas\r\n")]
#[case("X-Forwarded-Prefix: /x\r\nX-Forwarded-Host: evil.example.com\r\nForwarded: host=evil.example.com\r\n")]
#[case("Connection: authorization, x-request-id, close\r\n")]
#[case("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
fn headers_change_no_request(#[case] headers: &str) {
    let bridge = patient();
    let request = head("GET", "/Users?count=1") + headers + "\r\n";
    let answer = exchange(bridge, request.as_bytes());
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert!(answer.contains("\"Resources\":[{") && !answer.contains("evil"), "{answer}");
}

/// Many headers, long ones, and a long target.
#[test]
fn heads_have_their_limits() {
    let bridge = patient();
    let many: String = (0..10_000).map(|number| format!("X-{number}: x\r\n")).collect();
    let long = format!("X: {}\r\n", "x".repeat(1 << 20));
    for more in [many, long] {
        let answer = exchange(bridge, (head("GET", "/Users?count=0") + &more + "\r\n").as_bytes());
        assert!(statuses(&answer).iter().all(|status| *status == 431), "{answer}");
    }
    let target = format!("/Users?count=0&x={}", "x".repeat(1 << 20));
    let answer = exchange(bridge, (head("GET", &target) + "\r\n").as_bytes());
    assert!(statuses(&answer).iter().all(|status| matches!(status, 414 | 431)), "{answer}");
}

/// Credentials are one, or none.
#[test]
fn two_credentials_are_none() {
    let bridge = patient();
    let other = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(one(bridge, &(head("GET", "/Users?count=0") + &other + "Connection: close\r\n\r\n")), 401);
}
