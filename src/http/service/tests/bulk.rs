//! Bulk requests: how they are taken and answered. What they do is told by the tests of [`crate::scim::bulk`].

use std::sync::atomic::Ordering::SeqCst;

use super::writes::counted;
use super::*;

fn deletes(ids: &[&str]) -> String {
    let operations: Vec<_> =
        ids.iter().map(|id| json!({ "method": "DELETE", "path": format!("/Users/{id}") })).collect();
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations }).to_string()
}

#[tokio::test]
async fn each_operation_has_its_result() {
    let (head, body) = send(request("POST", "/Bulk"), &deletes(&["1", "taken", "2"])).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.headers["content-type"], "application/scim+json");
    let body = parse(&body);
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    let results = body["Operations"].as_array().unwrap();
    let shown: Vec<_> = results.iter().map(|result| (result["status"].as_str(), result["location"].as_str())).collect();
    assert_eq!(
        shown,
        [
            (Some("204"), Some("http://127.0.0.1/scim/v2/Users/1")),
            (Some("404"), Some("http://127.0.0.1/scim/v2/Users/taken")),
            (Some("204"), Some("http://127.0.0.1/scim/v2/Users/2")),
        ]
    );
}

#[tokio::test]
async fn a_request_without_operations_has_none_in_its_answer() {
    let (head, body) = send(request("POST", "/bulk/"), &deletes(&[])).await;
    assert_eq!((head.status.as_u16(), &parse(&body)["Operations"]), (200, &json!([])));
}

#[rstest]
#[case(&deletes(&["1"; 4]), 413, None, "The number of operations exceeds maxOperations (3)")]
#[case(&" ".repeat(2001), 413, None, "The size of the bulk operation exceeds the maxPayloadSize (2000)")]
#[case("{}", 400, Some("invalidSyntax"), "`Operations` is missing")]
#[tokio::test]
async fn what_is_no_bulk_request(
    #[case] body: &str,
    #[case] status: u16,
    #[case] kind: Option<&str>,
    #[case] detail: &str,
) {
    let (head, answer) = send(request("POST", "/Bulk"), body).await;
    assert_error(&head, &answer, status, kind);
    assert_eq!(parse(&answer)["detail"], detail);
}

#[tokio::test]
async fn it_has_a_size_of_its_own() {
    let body = deletes(&["1"]);
    let padded = format!("{body}{}", " ".repeat(1500 - body.len()));
    let (head, _) = send(request("POST", "/Bulk"), &padded).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn it_is_taken_as_other_bodies_are() {
    let (head, body) = send(request("POST", "/Bulk").header("content-type", "text/plain"), &deletes(&["1"])).await;
    assert_error(&head, &body, 415, None);
    let (head, body) = send(request("POST", "/Bulk").header("accept", "text/plain"), &deletes(&["1"])).await;
    assert_error(&head, &body, 406, None);
}

#[tokio::test]
async fn results_come_as_soon_as_they_are_known_and_the_rest_is_done_without_a_reader() {
    let (service, backend) = counted(|_| ());
    let posted = request("POST", "/Bulk").body(Full::from(deletes(&["1", "slow", "2"]))).unwrap();
    let mut body = service.answer(posted).await.into_body();
    let mut text = Vec::new();
    while !text.ends_with(b"\"204\"}") {
        text.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    assert_eq!(backend.written.load(SeqCst), 1);
    drop(body);
    service.settled().await;
    assert_eq!(backend.written.load(SeqCst), 3);
}

/// Its head is sent by then, so all that is left is to break off.
#[tokio::test]
async fn a_panic_is_no_end_of_the_answer() {
    let posted = request("POST", "/Bulk").body(Full::from(deletes(&["1", "panic"]))).unwrap();
    let response = service(|_| ()).answer(posted).await;
    assert_eq!(response.status(), 200);
    assert!(response.into_body().collect().await.is_err());
}
