use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::http::test_backend::{TOKEN, service};

/// A server on a free port.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(options: ServerOptions) -> Running {
    let listener = Listener::adopt(std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap(), options).unwrap();
    let address = listener.local_address().unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(listener.run(service(|_| ()), async move {
        let _ = stopped.await;
    }));
    Running { address, stop, task }
}

/// Options under which nothing takes long.
fn brisk() -> ServerOptions {
    let short = Duration::from_millis(100);
    ServerOptions { header_timeout: short, idle_timeout: short * 3, drain_timeout: short, ..ServerOptions::default() }
}

fn get(path: &str, more: &str) -> String {
    format!("GET /scim/v2{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{more}\r\n")
}

/// Sends `bytes` and reads until the server closes the connection.
async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap();
    // A reset is an end too.
    let _ = read;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn several_requests_pass_over_one_connection() {
    let server = start(ServerOptions::default()).await;
    let requests = get("/Users/1", "") + &get("/Users/none", "Connection: close\r\n");
    let answer = exchange(server.address, &requests).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 404 Not Found").count(), 1, "{answer}");
    assert!(answer.contains("content-type: application/scim+json\r\n"), "{answer}");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let server = start(ServerOptions::default()).await;
    let request = get("/Users/1", "Connection: close\r\n").replace("GET", "HEAD");
    let answer = exchange(server.address, &request).await;
    assert!(answer.contains("content-length: ") && !answer.contains("content-length: 0"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[rstest]
#[case::silent("")]
#[case::half_a_method("GE")]
#[case::half_a_preface("PRI * HT")]
#[case::half_a_head("GET / HTTP/1.1\r\nHost: x\r\n")]
#[tokio::test]
async fn who_says_nothing_is_sent_away(#[case] beginning: &str) {
    let server = start(brisk()).await;
    let answer = exchange(server.address, beginning).await;
    assert!(!answer.contains("200"), "{answer}");
}

#[tokio::test]
async fn a_head_that_trickles_in_is_not_waited_for() {
    let server = start(brisk()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let (mut from, mut to) = stream.split();
    let trickle = async {
        loop {
            if to.write_all(b"G").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = trickle => (),
        _ = from.read_to_end(&mut rest) => (),
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("still waiting"),
    }
}

#[tokio::test]
async fn a_connection_is_closed_when_it_idles() {
    let server = start(brisk()).await;
    let answer = exchange(server.address, &get("/Users/1", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn connections_over_the_limit_wait() {
    let server = start(ServerOptions { max_connections: 1, ..ServerOptions::default() }).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = tokio::spawn(exchange(server.address, Box::leak(get("/Users/1", "Connection: close\r\n").into())));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    drop(first);
    assert!(second.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_server_that_stops_lets_requests_end() {
    let server = start(ServerOptions { drain_timeout: Duration::from_secs(20), ..ServerOptions::default() }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // The body of the request is still to come when the server is told to stop.
    let head = get("/.search", "Content-Type: application/json\r\nContent-Length: 2\r\n").replace("GET", "POST");
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    stream.write_all(b"{}").await.unwrap();
    assert!(read_to_end(&mut stream).await.contains("\r\n\r\n{"));
    server.task.await.unwrap();
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_ever() {
    let server = start(brisk()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(get("/Users/never", "").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = start(ServerOptions::default()).await;
    let answer = exchange(server.address, &get("/Users/1", &format!("X: {}\r\n", "x".repeat(100_000)))).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_request() {
    let server = start(ServerOptions::default()).await;
    // As many as there may be at a time.
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(get("/Users/never", "").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut answer = String::new();
    for _ in 0..200 {
        answer = exchange(server.address, &get("/Users/1", "Connection: close\r\n")).await;
        if answer.starts_with("HTTP/1.1 200") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{answer}");
}

#[tokio::test]
async fn http_2_is_spoken_to_those_who_begin_with_it() {
    use http_body_util::{BodyExt, Empty};
    let server = start(ServerOptions::default()).await;
    let io = hyper_util::rt::TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut client, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    let connection = tokio::spawn(connection);
    for (method, length) in [("GET", true), ("HEAD", false)] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}/scim/v2/Users/1", server.address))
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Empty::<bytes::Bytes>::new())
            .unwrap();
        let response = client.send_request(request).await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        assert_ne!(response.headers()["content-length"], "0");
        assert_eq!(!response.into_body().collect().await.unwrap().to_bytes().is_empty(), length);
    }
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
    connection.await.unwrap().unwrap();
}
