use std::time::Duration;

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::http::test_backend::{TOKEN, TestBackend, service, service_called};

mod bulk;
mod hostile;
mod writes;

/// A request with the client's token.
fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("/scim/v2{path}")).header("authorization", format!("Bearer {TOKEN}"))
}

async fn send(request: http::request::Builder, body: &str) -> (http::response::Parts, Bytes) {
    send_to(&service(|_| ()), request, body).await
}

async fn send_to(service: &Service, request: http::request::Builder, body: &str) -> (http::response::Parts, Bytes) {
    let response = service.answer(request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()).await;
    let (head, body) = response.into_parts();
    (head, body.collect().await.unwrap().to_bytes())
}

fn parse(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// That it is an error as RFC 7644 section 3.12 has it.
fn assert_error(head: &http::response::Parts, body: &Bytes, status: u16, scim_type: Option<&str>) {
    assert_eq!(head.status.as_u16(), status, "{body:?}");
    assert_eq!(head.headers["content-type"], "application/scim+json");
    assert!(head.headers.contains_key("x-request-id"));
    let body = parse(body);
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], json!(status.to_string()));
    assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type);
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

#[tokio::test]
async fn a_resource_has_its_headers() {
    let (head, body) = send(request("GET", "/Users/1?attributes=userName"), "").await;
    assert_eq!(head.status, 200);
    assert_eq!(head.headers["content-type"], "application/scim+json");
    assert_eq!(head.headers["etag"], "W/\"v1\"");
    assert_eq!(head.headers["location"], "http://127.0.0.1/scim/v2/Users/1");
    assert_eq!(head.headers["content-location"], head.headers["location"]);
    assert_eq!(head.headers["x-request-id"], "00000001-1");
    assert_eq!(parse(&body), json!({ "id": "1", "kind": 0, "attributes": ["userName"] }));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let (head, body) = send(request("GET", "/Users/1").header("if-none-match", "W/\"v1\""), "").await;
    assert_eq!((head.status.as_u16(), body.len()), (304, 0));
    assert_eq!(head.headers["etag"], "W/\"v1\"");
    let (head, _) = send(request("GET", "/Users/1").header("if-none-match", "W/\"v0\""), "").await;
    assert_eq!(head.status, 200);
}

/// The router gives a length to every answer; that of 304 would be wrong (RFC 9110 section 8.6).
#[rstest]
#[case("GET")]
#[case("HEAD")]
#[tokio::test]
async fn what_is_not_sent_has_no_length(#[case] method: &str) {
    let (head, _) = send(request(method, "/Users/1").header("if-none-match", "W/\"v1\""), "").await;
    assert_eq!(head.status, 304);
    assert!(!head.headers.contains_key("content-length"));
}

#[rstest]
#[case("/Users/1")]
#[case("/Users")]
#[case("/Users/none")]
#[case("/Schemas")]
#[tokio::test]
async fn head_is_get_without_a_body(#[case] path: &str) {
    let (get, body) = send(request("GET", path), "").await;
    let (head, none) = send(request("HEAD", path), "").await;
    assert_eq!((head.status, none.len()), (get.status, 0));
    assert_eq!(head.headers["content-length"], body.len().to_string());
    assert_eq!(head.headers.get("etag"), get.headers.get("etag"));
}

#[rstest]
#[case("/Users", "Type(0)")]
#[case("/Users/", "Type(0)")]
#[case("/groups", "Type(1)")]
#[case("", "All")]
#[case("/", "All")]
#[tokio::test]
async fn lists_are_of_a_type_or_of_all(#[case] path: &str, #[case] target: &str) {
    let (head, body) = send(request("GET", path), "").await;
    assert_eq!(head.status, 200);
    assert_eq!(parse(&body), json!({ "target": target, "filter": null, "client": "tester" }));
}

#[rstest]
#[case("/Users/.search", "Type(0)")]
#[case("/.search/", "All")]
#[tokio::test]
async fn searches_may_be_posted(#[case] path: &str, #[case] target: &str) {
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "userName eq \"a\""
    });
    let posted = request("POST", path).header("content-type", "application/json; charset=UTF-8");
    let (head, body) = send(posted, &search.to_string()).await;
    assert_eq!(head.status, 200, "{body:?}");
    assert_eq!(parse(&body), json!({ "target": target, "filter": search["filter"], "client": "tester" }));
}

#[rstest]
#[case("/ServiceProviderConfig")]
#[case("/ResourceTypes")]
#[case("/ResourceTypes/User")]
#[case("/Schemas/")]
#[case("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User")]
#[case("/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser")]
#[tokio::test]
async fn the_server_describes_itself(#[case] path: &str) {
    let (head, _) = send(request("GET", path), "").await;
    assert_eq!(head.status, 200);
    let without_token = || Request::get(format!("/scim/v2{path}"));
    let (head, body) = send(without_token(), "").await;
    assert_error(&head, &body, 401, None);
    let (head, _) = send_to(&service(|mount| mount.public_discovery = true), without_token(), "").await;
    assert_eq!(head.status, 200);
}

#[rstest]
#[case("GET", "/Users/none", 404, None)]
#[case("GET", "/Devices", 404, None)]
#[case("PUT", "/Devices/1", 404, None)]
#[case("GET", "/Users/1/2", 404, None)]
#[case("GET", "//Users", 404, None)]
#[case("GET", "/Users/..%2fGroups", 404, None)]
#[case("GET", "/Users/%2e%2e", 404, None)]
#[case("GET", "/Users/1%00", 404, None)]
#[case("GET", "/Users/%ff", 400, None)]
#[case("GET", "/Users/%f", 400, None)]
#[case("GET", "/Users?filter=bad", 400, Some("invalidFilter"))]
#[case("GET", "/Users?filter=%ff", 400, Some("invalidValue"))]
#[case("GET", "/Users?startIndex=abc", 400, Some("invalidValue"))]
#[case("GET", "/Schemas?filter=x", 403, None)]
#[case("GET", "/Schemas/urn:none", 404, None)]
#[case("POST", "/Devices", 404, None)]
#[case("POST", "/Users/1", 405, None)]
#[case("PUT", "/Users", 405, None)]
#[case("PATCH", "/Groups", 405, None)]
#[case("POST", "/", 405, None)]
#[case("PATCH", "/Schemas", 405, None)]
#[case("POST", "/ServiceProviderConfig", 405, None)]
#[case("DELETE", "/ResourceTypes/User", 405, None)]
#[case("GET", "/Bulk", 405, None)]
#[case("GET", "/Me", 501, None)]
#[case("PATCH", "/Me", 501, None)]
#[case("DELETE", "/Me", 501, None)]
#[case("DELETE", "/Users", 405, None)]
#[case("OPTIONS", "/Users/1", 405, None)]
#[case("BREW", "/Users/1", 405, None)]
#[case("GET", "/Users/panic", 500, None)]
#[case("GET", "/Users/broken", 500, None)]
#[case("GET", "/Users/away", 503, None)]
#[case("GET", "/Users/late", 504, None)]
#[tokio::test]
async fn errors_are_scims(#[case] method: &str, #[case] path: &str, #[case] status: u16, #[case] kind: Option<&str>) {
    let (head, body) = send(request(method, path), "").await;
    assert_error(&head, &body, status, kind);
}

#[tokio::test]
async fn a_method_that_is_refused_comes_with_those_that_are_not() {
    for (method, path, allow) in [
        ("DELETE", "/Users", "GET, HEAD, POST"),
        ("POST", "/Users/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("OPTIONS", "/Users/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("PUT", "/Schemas", "GET, HEAD"),
        ("GET", "/.search", "POST"),
        ("GET", "/Bulk", "POST"),
    ] {
        let (head, _) = send(request(method, path), "").await;
        assert_eq!(head.headers["allow"], allow, "{method} {path}");
    }
}

/// Of what the router adds to a refusal nothing may be left: methods that work here are nobody's business without a token.
#[tokio::test]
async fn only_405_comes_with_methods() {
    for (request, status) in [
        (request("PUT", "/Me"), 501),
        (request("PUT", "/Devices/1"), 404),
        (Request::builder().method("DELETE").uri("/scim/v2/Users"), 401),
    ] {
        let (head, _) = send(request, "").await;
        assert_eq!(head.status, status);
        assert!(!head.headers.contains_key("allow"), "{status}");
    }
}

#[rstest]
#[case("GET", "/users/%31", 200)]
#[case("GET", "/%55sers/1/", 200)]
#[case("GET", "/Users/%2531", 404)]
#[case("GET", "/%53chemas", 200)]
#[case("GET", "/serviceproviderconfig/", 200)]
#[case("GET", "/SCHEMAS/User", 200)]
#[case("GET", "/Schemas%2FUser", 404)]
#[case("GET", "/Users/%2Esearch", 405)]
#[case("GET", "/Users/.SEARCH", 405)]
#[case("GET", "/Me/1", 404)]
#[case("GET", "/Users/%7Bid%7D", 404)]
#[tokio::test]
async fn paths_mean_the_same_in_every_spelling(#[case] method: &str, #[case] path: &str, #[case] status: u16) {
    let (head, body) = send(request(method, path), "").await;
    assert_eq!(head.status, status, "{body:?}");
}

#[tokio::test]
async fn a_query_survives_another_spelling_of_its_path() {
    let (_, body) = send(request("GET", "/%55sers/?filter=x%20y"), "").await;
    assert_eq!(parse(&body)["filter"], "x y");
}

#[tokio::test]
async fn a_directory_that_is_away_says_when_to_come_back() {
    let (head, _) = send(request("GET", "/Users/away"), "").await;
    assert_eq!(head.headers["retry-after"], "2");
}

#[rstest]
#[case(&[])]
#[case(&["Bearer wrong"])]
#[case(&["Bearer"])]
#[case(&["Basic c2VjcmV0"])]
#[case(&["Bearer secret", "Bearer secret"])]
#[tokio::test]
async fn without_a_valid_token_there_is_nothing_to_learn(#[case] authorization: &[&str]) {
    let paths = ["/Users/1", "/Users/none", "/Devices", "/Schemas", "", "/Me", "/Users/%ff", "//"];
    let mut bodies = Vec::new();
    for (method, path) in paths.iter().map(|path| ("GET", path)).chain([
        ("DELETE", &"/Users"),
        ("DELETE", &"/Users/1"),
        ("PATCH", &"/Users/1"),
        ("POST", &"/Bulk"),
        ("POST", &"/.search"),
    ]) {
        let bare = Request::builder().method(method).uri(format!("/scim/v2{path}"));
        let request = authorization.iter().fold(bare, |request, value| request.header("authorization", *value));
        let (head, body) = send(request, "").await;
        assert_error(&head, &body, 401, None);
        assert_eq!(head.headers["www-authenticate"], "Bearer realm=\"SCIM\"");
        bodies.push(body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[rstest]
#[case("/")]
#[case("/scim")]
#[case("/scim/v22/Users")]
#[case("/scim/../scim/v2/Users")]
#[tokio::test]
async fn nothing_is_outside_the_mount_points(#[case] path: &str) {
    let (head, body) = send(Request::get(path), "").await;
    assert_error(&head, &body, 404, None);
}

#[rstest]
#[case("text/plain", "{}", 415, None)]
#[case("application/x-www-form-urlencoded", "filter=x", 415, None)]
#[case("application/scim+json", "{", 400, Some("invalidSyntax"))]
#[case("application/scim+json", "", 400, Some("invalidSyntax"))]
#[case("application/scim+json", "[]", 400, Some("invalidSyntax"))]
#[tokio::test]
async fn bad_bodies_are_refused(
    #[case] content_type: &str,
    #[case] body: &str,
    #[case] status: u16,
    #[case] kind: Option<&str>,
) {
    let (head, body) = send(request("POST", "/Users/.search").header("content-type", content_type), body).await;
    assert_error(&head, &body, status, kind);
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let (head, body) = send(request("POST", "/Users/.search"), &" ".repeat(1001)).await;
    assert_error(&head, &body, 413, None);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let stuck = http_body_util::StreamBody::new(futures_util::stream::pending::<
        Result<hyper::body::Frame<Bytes>, Infallible>,
    >());
    let response = impatient().answer(request("POST", "/.search").body(stuck).unwrap()).await;
    assert_eq!(response.status(), 408);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let (head, body) = send_to(&impatient(), request("GET", "/Users/never"), "").await;
    assert_error(&head, &body, 504, None);
}

fn impatient() -> Service {
    service(|mount| mount.limits.request_timeout = Duration::from_millis(50))
}

#[tokio::test]
async fn a_client_that_takes_no_json_is_told() {
    let (head, body) = send(request("GET", "/Users/1").header("accept", "text/html"), "").await;
    assert_error(&head, &body, 406, None);
}

#[tokio::test]
async fn a_panic_leaves_the_service_whole() {
    let service = service(|_| ());
    for (path, status) in [("/Users/panic", 500), ("/Users/1", 200), ("/Users/panic", 500), ("/Users/1", 200)] {
        let (head, _) = send_to(&service, request("GET", path), "").await;
        assert_eq!(head.status, status);
    }
}

#[tokio::test]
async fn too_many_requests_are_sent_away() {
    let service = service(|_| ());
    let stuck = || service.answer(request("GET", "/Users/never").body(Full::<Bytes>::default()).unwrap());
    let tasks = [tokio::spawn(stuck()), tokio::spawn(stuck())];
    tokio::task::yield_now().await;
    let (head, body) = send_to(&service, request("GET", "/Users/1"), "").await;
    assert_error(&head, &body, 503, None);
    assert_eq!(head.headers["retry-after"], "1");
    // Clients that go away make room.
    for task in tasks {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let (head, _) = send_to(&service, request("GET", "/Users/1"), "").await;
    assert_eq!(head.status, 200);
}

#[rstest]
#[case("/ServiceProviderConfig", 200)]
#[case("/Schemas", 401)]
#[case("/scim/Schemas", 200)]
#[case("/scim/v2/Schemas", 401)]
#[case("/scim/v3/Schemas", 401)]
#[case("/Schemas/Schemas", 401)]
#[case("/Schemas/Schemas/User", 401)]
#[case("/ResourceTypes/User", 200)]
#[case("/scim/v2", 401)]
#[case("/scim//Schemas", 401)]
#[tokio::test]
async fn bridges_may_be_mounted_below_each_other(#[case] path: &str, #[case] status: u16) {
    let mount = |path: &str| MountedBridge {
        name: "main".into(),
        path: path.into(),
        bridge: Arc::<TestBackend>::default(),
        authenticator: crate::auth::Authenticator::default(),
        limits: crate::http::Limits { max_body: 0, max_bulk: 0, request_timeout: Duration::from_secs(1) },
        public_discovery: ["", "/scim"].contains(&path),
        dry_run: false,
    };
    // Where one is at `/Schemas`, the root's routes of that shape give way.
    let mounts = ["", "/scim/v2", "/scim", "/Schemas"].map(mount).into();
    let service = Service::new(mounts, RequestIds::new(1), Arc::new(crate::clock::SystemClock), 1);
    let (head, _) = send_to(&service, Request::get(path), "").await;
    assert_eq!(head.status, status);
}

/// The log's lines. One subscriber for the whole process: scoped ones miss events that other threads see first.
#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn start() -> &'static Self {
        static LINES: std::sync::OnceLock<Lines> = std::sync::OnceLock::new();
        LINES.get_or_init(|| {
            let lines = Self::default();
            let writer = lines.clone();
            let builder = tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO);
            builder.with_writer(move || writer.clone()).try_init().unwrap();
            lines
        })
    }

    /// The lines about requests whose names begin with `seed`.
    fn of(&self, seed: u32) -> Vec<Value> {
        let name = format!("{seed:08x}-");
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(&name)).map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn a_request_has_one_line_in_the_log_without_what_it_asked_for() {
    let lines = Lines::start();
    let service = service_called(0xa1, |_| ());
    send_to(&service, request("GET", "/Users?filter=userName%20eq%20%22jsmith%22&count=1"), "").await;
    send_to(&service, request("GET", "/Users/1"), "").await;
    send_to(&service, Request::get("/scim/v2/Users/1%1b"), "").await;
    let lines = lines.of(0xa1);
    let shown = |line: &Value, field: &str| line["fields"][field].to_string();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| ["method", "path", "route", "status", "client"].map(|field| shown(line, field)).join(" "))
        .collect();
    assert_eq!(
        shown,
        [
            r#""GET" "/scim/v2/Users" "/{endpoint}" 200 "tester""#,
            r#""GET" "/scim/v2/Users/1" "/{endpoint}/{id}" 200 "tester""#,
            r#""GET" "/scim/v2/Users/1%1b" "" 401 "-""#,
        ]
    );
    assert!(!lines.iter().any(|line| line.to_string().contains("jsmith")));
}

#[tokio::test]
async fn a_client_that_goes_away_has_a_line_too() {
    let lines = Lines::start();
    let request = request("GET", "/Users/never").body(Full::<Bytes>::default()).unwrap();
    let service = service_called(0xa2, |_| ());
    let gone = tokio::time::timeout(Duration::from_millis(20), service.answer(request)).await;
    assert!(gone.is_err());
    let lines = lines.of(0xa2);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["fields"]["status"], 499);
}

#[tokio::test]
async fn a_panic_is_logged_with_its_request() {
    let lines = Lines::start();
    send_to(&service_called(0xa3, |_| ()), request("GET", "/Users/panic"), "").await;
    let lines = lines.of(0xa3);
    assert_eq!(lines[0]["fields"]["panic"], "asked to", "{lines:?}");
    assert_eq!(lines[0]["span"]["id"], lines[1]["fields"]["request"]);
}
