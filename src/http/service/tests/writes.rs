//! Writes: which statuses, headers and bodies they come with, and that they run to their end.

use std::sync::atomic::Ordering::SeqCst;

use super::*;

const USER: &str = r#"{"userName":"jsmith"}"#;

#[tokio::test]
async fn a_new_resource_is_shown_with_its_place() {
    let posted = request("POST", "/users/?attributes=userName,name").header("content-type", "application/scim+json");
    let (head, body) = send(posted, USER).await;
    assert_eq!(head.status, 201);
    assert_eq!(head.headers["content-type"], "application/scim+json");
    assert_eq!(head.headers["location"], "http://127.0.0.1/scim/v2/Users/jsmith");
    assert_eq!(head.headers["etag"], "W/\"v2\"");
    assert!(!head.headers.contains_key("content-location"));
    assert_eq!(
        parse(&body),
        json!({ "kind": 0, "body": { "userName": "jsmith" }, "attributes": ["userName", "name"] })
    );
}

#[tokio::test]
async fn a_replaced_resource_is_shown() {
    let put = request("PUT", "/Groups/7?excludedAttributes=members").header("if-match", "W/\"a\"");
    let (head, body) = send(put.header("if-match", "W/\"b\""), "{}").await;
    assert_eq!(head.status, 200);
    assert_eq!(head.headers["location"], "http://127.0.0.1/scim/v2/Users/7");
    assert_eq!(head.headers["content-location"], head.headers["location"]);
    assert_eq!(head.headers["etag"], "W/\"v2\"");
    assert_eq!(parse(&body), json!({ "kind": 1, "body": {}, "excluded": ["members"], "ifMatch": "W/\"a\", W/\"b\"" }));
}

#[tokio::test]
async fn a_changed_resource_may_be_shown_or_not() {
    let (head, body) = send(request("PATCH", "/Users/7?attributes=id"), r#"{"Operations":[]}"#).await;
    assert_eq!((head.status.as_u16(), &head.headers["etag"]), (200, &"W/\"v2\"".parse().unwrap()));
    assert_eq!(parse(&body), json!({ "body": { "Operations": [] }, "ifMatch": null }));

    let (head, body) = send(request("PATCH", "/Users/7"), "{}").await;
    assert_eq!((head.status.as_u16(), &head.headers["etag"], body.len()), (204, &"W/\"v2\"".parse().unwrap(), 0));
    assert_no_content(&head);
}

#[tokio::test]
async fn what_is_deleted_is_not_shown() {
    for delete in [request("DELETE", "/Users/7"), request("DELETE", "/Users/7").header("if-match", "W/\"v1\"")] {
        // Neither a type that isn't JSON nor one that takes no JSON matters where there is none.
        let delete = delete.header("content-type", "text/plain").header("accept", "text/html");
        let (head, body) = send(delete, "").await;
        assert_eq!((head.status.as_u16(), body.len()), (204, 0));
        assert_no_content(&head);
    }
}

/// RFC 9110 section 8.6: 204 has no length, and no body that would have a type.
fn assert_no_content(head: &http::response::Parts) {
    assert!(!head.headers.contains_key("content-length"));
    assert!(!head.headers.contains_key("content-type"));
    assert!(head.headers.contains_key("x-request-id"));
}

/// What isn't text is still a condition, and one that nothing meets.
#[tokio::test]
async fn a_version_that_is_no_text_is_not_forgotten() {
    let odd = http::HeaderValue::from_bytes(b"W/\"\xff\"").unwrap();
    let (head, body) = send(request("DELETE", "/Users/7").header("if-match", odd), "").await;
    assert_error(&head, &body, 412, None);
}

#[rstest]
#[case("none", 404, None)]
#[case("taken", 409, Some("uniqueness"))]
#[case("stale", 412, None)]
#[case("protected", 403, None)]
#[case("away", 503, None)]
#[case("late", 504, None)]
#[case("broken", 500, None)]
#[case("panic", 500, None)]
#[tokio::test]
async fn each_failure_is_scims_whatever_the_method(
    #[case] id: &str,
    #[case] status: u16,
    #[case] kind: Option<&str>,
    #[values("POST", "PUT", "PATCH", "DELETE")] method: &str,
) {
    let path = if method == "POST" { "/Users".to_owned() } else { format!("/Users/{id}") };
    let (head, body) = send(request(method, &path), &json!({ "userName": id }).to_string()).await;
    assert_error(&head, &body, status, kind);
    assert_eq!(head.headers.get("retry-after").is_some(), status == 503);
    assert!(!head.headers.contains_key("etag") && !head.headers.contains_key("location"));
}

#[rstest]
#[case("POST", "/Users")]
#[case("PUT", "/Users/1")]
#[case("PATCH", "/Users/1")]
#[tokio::test]
async fn bodies_are_json_in_utf_8(#[case] method: &str, #[case] path: &str) {
    for good in ["application/scim+json", "application/json", "application/scim+json; charset=utf-8"] {
        let (head, _) = send(request(method, path).header("content-type", good), USER).await;
        assert!(head.status.is_success(), "{good}");
    }
    for bad in ["text/plain", "application/xml", "application/json-patch+json", "application/json; charset=latin1"] {
        let (head, body) = send(request(method, path).header("content-type", bad), USER).await;
        assert_error(&head, &body, 415, None);
    }
    let (head, body) = send(request(method, path).header("accept", "text/html"), USER).await;
    assert_error(&head, &body, 406, None);
}

#[tokio::test]
async fn a_bad_query_is_refused_before_anything_is_written() {
    for (method, path) in [("POST", "/Users"), ("PUT", "/Users/1"), ("PATCH", "/Users/1")] {
        let path = format!("{path}?attributes=a&excludedAttributes=b");
        let (head, body) = send(request(method, &path), USER).await;
        assert_error(&head, &body, 400, Some("invalidValue"));
    }
}

/// A service, and how many writes it has done.
pub(super) fn counted(change: impl FnOnce(&mut MountedBridge<TestBackend>)) -> (Service, Arc<TestBackend>) {
    let mut backend = None;
    let service = service(|mount| {
        change(mount);
        backend = Some(Arc::clone(&mount.bridge));
    });
    (service, backend.unwrap())
}

#[tokio::test]
async fn a_write_outlives_its_client() {
    for (method, path) in
        [("POST", "/Users"), ("PUT", "/Users/slow"), ("PATCH", "/Users/slow"), ("DELETE", "/Users/slow")]
    {
        let (service, backend) = counted(|_| ());
        let request = request(method, path).body(Full::from(r#"{"userName":"slow"}"#)).unwrap();
        let gone = tokio::time::timeout(Duration::from_millis(20), service.answer(request)).await;
        assert!(gone.is_err());
        assert_eq!(backend.written.load(SeqCst), 0, "{method}");
        service.settled().await;
        assert_eq!(backend.written.load(SeqCst), 1, "{method}");
    }
}

#[tokio::test]
async fn a_write_that_takes_too_long_is_answered_and_done_all_the_same() {
    let (service, backend) = counted(|mount| mount.limits.request_timeout = Duration::from_millis(40));
    let (head, body) = send_to(&service, request("DELETE", "/Users/slow"), "").await;
    assert_error(&head, &body, 504, None);
    service.settled().await;
    assert_eq!(backend.written.load(SeqCst), 1);
}

/// Clients that go away make room for requests, but not for more writes than there may be.
#[tokio::test]
async fn writes_whose_clients_are_gone_count() {
    let (service, _) = counted(|_| ());
    for _ in 0..2 {
        let request = request("DELETE", "/Users/slow").body(Full::<Bytes>::default()).unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(10), service.answer(request)).await.is_err());
    }
    let (head, body) = send_to(&service, request("DELETE", "/Users/1"), "").await;
    assert_error(&head, &body, 503, None);
    assert_eq!(head.headers["retry-after"], "1");
    let (head, _) = send_to(&service, request("GET", "/Users/1"), "").await;
    assert_eq!(head.status, 200);
    service.settled().await;
    let (head, _) = send_to(&service, request("DELETE", "/Users/1"), "").await;
    assert_eq!(head.status, 204);
}
