//! Bodies that no client means well with: each gets the right error, and none is repeated in it.

use super::*;

/// Sends `body` by every method that takes one.
async fn refused(body: &[u8], status: u16, kind: Option<&str>) {
    for (method, path) in [("POST", "/Users"), ("PUT", "/Users/1"), ("PATCH", "/Users/1"), ("POST", "/Bulk")] {
        let service = service(|mount| (mount.limits.max_body, mount.limits.max_bulk) = (1 << 20, 1 << 20));
        let request = request(method, path).body(Full::new(Bytes::copy_from_slice(body))).unwrap();
        let (head, answer) = service.answer(request).await.into_parts();
        let answer = answer.collect().await.unwrap().to_bytes();
        assert_error(&head, &answer, status, kind);
        assert!(!answer.windows(6).any(|window| window == b"s3cret"), "{answer:?}");
        assert!(answer.len() < 1000);
    }
}

#[rstest]
#[case::nothing(b"".into())]
#[case::not_json(b"userName=s3cret".into())]
#[case::cut_off(br#"{"password":"s3cret"#.into())]
#[case::two(br#"{"a":1}{"password":"s3cret"}"#.into())]
#[case::a_control_character(b"{\"password\":\"s3cret\n\"}".into())]
#[case::half_a_surrogate(br#"{"password":"s3cret \ud800"}"#.into())]
#[case::no_utf_8(b"{\"password\":\"s3cret\xff\"}".into())]
#[case::overlong_utf_8(b"{\"password\":\"s3cret\xc0\xaf\"}".into())]
#[case::a_huge_number(br#"{"n":1e999}"#.into())]
#[case::not_a_number(br#"{"n":NaN}"#.into())]
#[case::deep_lists(["[".repeat(1000), "]".repeat(1000)].concat().into())]
#[case::deep_objects(["{\"a\":".repeat(1000), "1".into(), "}".repeat(1000)].concat().into())]
#[case::a_key_twice(br#"{"password":"s3cret","password":"s3cret"}"#.into())]
#[case::a_key_in_two_cases(br#"{"password":"s3cret","Password":"s3cret"}"#.into())]
#[case::such_keys_below(br#"{"name":{"x":[{"value":1,"VALUE":2}]}}"#.into())]
#[tokio::test]
async fn what_cannot_be_read(#[case] body: Vec<u8>) {
    refused(&body, 400, Some("invalidSyntax")).await;
}

#[rstest]
#[case("[]")]
#[case("null")]
#[case("\"s3cret\"")]
#[case("1")]
#[tokio::test]
async fn a_resource_is_an_object(#[case] body: &str) {
    for (method, path) in [("POST", "/Users"), ("PUT", "/Users/1"), ("POST", "/Bulk")] {
        let (head, answer) = send(request(method, path), body).await;
        assert_error(&head, &answer, 400, Some("invalidSyntax"));
    }
}

#[tokio::test]
async fn what_is_too_large() {
    refused(&vec![b' '; 10 << 20], 413, None).await;
    // Not announced, but sent.
    let chunks = futures_util::stream::repeat_with(|| {
        Ok::<_, Infallible>(hyper::body::Frame::data(Bytes::from_static(&[b' '; 1 << 16])))
    });
    let endless = request("POST", "/Users").body(http_body_util::StreamBody::new(chunks)).unwrap();
    assert_eq!(service(|_| ()).answer(endless).await.status(), 413);
}

/// Numbers that no integer type holds are JSON all the same; whether an attribute takes them is the bridge's.
#[tokio::test]
async fn large_numbers_are_json() {
    let (head, _) = send(request("POST", "/Users"), r#"{"n":123456789012345678901234567890,"m":-1e300}"#).await;
    assert_eq!(head.status, 201);
}
