//! Servers that answer nonsense: written octet by octet, as no real server does it on demand.

use std::time::Duration;

use scimfront::directory::{Error, Limit, StreamOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Answers the search with this message id, given the filter's octets; `None` closes the connection.
type Answer = fn(id: u8, request: &[u8]) -> Option<Vec<u8>>;

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content.as_slice()].concat()
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[0x02, 0x01, id], operation])
}

fn done_with(id: u8, code: u8, diagnostic: &[u8]) -> Vec<u8> {
    message(id, &element(0x65, &[&[0x0a, 0x01, code], &element(4, &[]), &element(4, &[diagnostic])]))
}

fn done(id: u8) -> Vec<u8> {
    done_with(id, 0, b"")
}

fn entry(id: u8, uid: &[u8]) -> Vec<u8> {
    let values = element(0x31, &[&element(4, &[uid])]);
    let attribute = element(0x30, &[&element(4, &[b"uid"]), &values]);
    message(id, &element(0x64, &[&element(4, &[b"uid=x,dc=example"]), &element(0x30, &[&attribute])]))
}

/// A server that answers the root DSE's search with nothing and every other by `answer`. It knows nothing of pages.
async fn server(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    while let Some((id, operation)) = request(&mut stream).await? {
        let reply = match operation.first() {
            // Only searches for people are answered by the test.
            Some(0x63) if !operation.windows(6).any(|part| part == b"people") => Some(done(id)),
            Some(0x63) => answer(id, &operation),
            Some(0x42) | None => None,
            Some(_) => Some(Vec::new()),
        };
        let Some(reply) = reply else { return Ok(()) };
        stream.write_all(&reply).await?;
    }
    Ok(())
}

async fn request(stream: &mut TcpStream) -> std::io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0; 2];
    if stream.read_exact(&mut head).await.is_err() {
        return Ok(None);
    }
    let mut length = usize::from(head[1]);
    if length >= 0x80 {
        let mut octets = vec![0; length - 0x80];
        stream.read_exact(&mut octets).await?;
        length = octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    assert_eq!(rest[..2], [0x02, 0x01], "tests send few messages");
    Ok(Some((rest[2], rest[3..].to_vec())))
}

async fn directory(answer: Answer) -> Directory {
    let mut options = DirectoryOptions::new(vec![server(answer).await.parse().unwrap()]);
    options.connections = 2;
    options.reconnect = (Duration::from_millis(5), Duration::from_millis(20));
    connected(options).await
}

fn search() -> Search {
    people("ou=people,dc=example", &["uid"])
}

async fn asked(answer: Answer) -> (Directory, Result<Vec<Entry>, Error>) {
    let directory = directory(answer).await;
    let result = directory.search(&search(), within(5)).await;
    (directory, result)
}

#[tokio::test(flavor = "multi_thread")]
async fn references_and_intermediate_responses_are_passed_over() {
    let (directory, result) = asked(|id, _| {
        let reference = message(id, &element(0x73, &[&element(4, &[b"ldap://other.example.com/"])]));
        let intermediate = message(id, &element(0x79, &[&element(0x80, &[b"1.2.3"])]));
        Some([entry(id, b"a"), reference, intermediate, entry(id, b"b"), done(id)].concat())
    })
    .await;
    let entries = result.unwrap();
    assert_eq!(entries.iter().map(|entry| text(entry, 0)).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(directory.status().skipped, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_entry_is_a_protocol_error_and_the_connection_stays() {
    let (directory, result) = asked(|id, _| {
        let malformed = message(id, &element(0x64, &[&element(4, &[b"uid=x"]), &element(4, &[b"no sequence"])]));
        Some([malformed, done(id)].concat())
    })
    .await;
    assert!(matches!(result, Err(Error::Protocol(_))), "{result:?}");
    assert_eq!(directory.status().up, 2);
    until(|| directory.status().message_ids == 0).await;
}

/// ldap3 panics on these, in the task that drives the connection.
#[tokio::test(flavor = "multi_thread")]
async fn what_ldap3_panics_on_costs_a_connection_and_no_more() {
    let answers: [Answer; 3] = [
        |id, _| Some(done_with(id, 0, b"not UTF-8: \xff")),
        |id, _| Some(message(id, &element(0x61, &[&[0x0a, 0x01, 0]]))),
        |id, _| Some(message(id, &element(0x65, &[]))),
    ];
    for answer in answers {
        let (directory, result) = asked(answer).await;
        assert!(unavailable(result.as_ref().unwrap_err()), "{result:?}");
        until(|| directory.status().up == 2).await;
        let mut other = search();
        other.base = "dc=example".to_owned();
        assert_eq!(directory.search(&other, within(5)).await, Ok(Vec::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn octets_that_are_no_message_end_at_the_deadline_and_cost_the_connection() {
    // A message that claims to be longer than anything that follows.
    let directory = directory(|_, _| Some(vec![0x30, 0x84, 0x0f, 0xff, 0xff, 0xff, 0x02])).await;
    let deadline = SystemClock.now() + Duration::from_millis(100);
    assert_eq!(directory.search(&search(), deadline).await, Err(Error::Deadline));
    until(|| directory.status().losses == 1).await;
    until(|| directory.status().up == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_no_size_limit_is_stopped() {
    let (_, result) = asked(|id, _| Some([vec![entry(id, b"a"); 3_000].concat(), done(id)].concat())).await;
    assert_eq!(result, Err(Error::Limit(Limit::Size)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_disconnection_is_followed_by_another_connection() {
    let (directory, result) = asked(|_, _| {
        // Not even the notice is well-formed on some servers; the end of the connection is what counts.
        Some(message(0, &element(0x78, &[&[0x0a, 0x01, 52], &element(4, &[]), &element(4, &[])])))
    })
    .await;
    // The message id 0 belongs to no search: nobody answers this one.
    assert_eq!(result, Err(Error::Deadline));
    until(|| directory.status().up == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_tried_once_more_when_its_connection_ends() {
    let (directory, result) = asked(|_, _| None).await;
    assert!(unavailable(result.as_ref().unwrap_err()), "{result:?}");
    until(|| directory.status().up == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_bind_is_a_lost_connection() {
    let (directory, result) = asked(|id, _| Some(done_with(id, 1, b"000004DC: LdapErr: bind first"))).await;
    assert!(unavailable(result.as_ref().unwrap_err()), "{result:?}");
    until(|| directory.status().up == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_pages_streams_its_whole_answer_up_to_a_limit() {
    let directory = directory(|id, request| {
        let asked_for_pages = request.windows(22).any(|part| part == b"1.2.840.113556.1.4.319");
        let count = if asked_for_pages { 0 } else { 700 };
        Some([vec![entry(id, b"a"); count].concat(), done(id)].concat())
    })
    .await;
    let mut stream = directory.stream(Arc::new(search()), StreamOptions::default());
    assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 700);
    assert_eq!(stream.next_batch().await, Ok(None));
}

/// An entry of which these values of `uid` come under `name`.
fn part(id: u8, name: &str, values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = values.iter().map(|value| element(4, &[value])).collect();
    let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    let plain = element(0x30, &[&element(4, &[b"uid"]), &element(0x31, &[])]);
    let part = element(0x30, &[&element(4, &[name.as_bytes()]), &element(0x31, &values)]);
    let dn = element(4, &[b"<GUID=people>;cn=x,ou=people,dc=example"]);
    message(id, &element(0x64, &[&dn, &element(0x30, &[&plain, &part])]))
}

fn asks_for(request: &[u8], name: &str) -> bool {
    request.windows(name.len()).any(|part| part == name.as_bytes())
}

/// Microsoft's servers split what has more than 1,500 values, whether anybody asked for that or not.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_a_server_splits_unasked_are_put_together() {
    let (directory, result) = asked(|id, request| {
        let part = match request {
            // By the identity that came with the DN: the name may have changed in between.
            _ if asks_for(request, "range=2-*") && asks_for(request, "<GUID=people>") && !asks_for(request, "cn=x") => {
                part(id, "uid;range=2-3", &[b"c", b"d"])
            }
            _ if asks_for(request, "range=4-*") => part(id, "uid;range=4-*", &[b"e"]),
            _ if asks_for(request, "range=") => return None,
            _ => part(id, "uid;range=0-1", &[b"a", b"b"]),
        };
        Some([part, done(id)].concat())
    })
    .await;
    let entries = result.unwrap();
    assert_eq!(entries[0].attributes, [[b"a", b"b", b"c", b"d", b"e"]]);
    until(|| directory.status().message_ids == 0).await;

    let mut stream = directory.stream(Arc::new(search()), StreamOptions::default());
    let batch = stream.next_batch().await.unwrap().unwrap();
    assert_eq!(batch[0].attributes, [[b"a", b"b", b"c", b"d", b"e"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_completed_is_an_error_and_never_a_shorter_attribute() {
    // The same part again, for ever.
    let (_, result) = asked(|id, _| Some([part(id, "uid;range=0-1", &[b"a", b"b"]), done(id)].concat())).await;
    assert!(matches!(result, Err(Error::Protocol(_))), "{result:?}");
    // The entry has gone, or has another name.
    let answers: [Answer; 2] = [
        |id, request| match asks_for(request, "range=") {
            true => Some(done_with(id, 32, b"")),
            false => Some([part(id, "uid;range=0-1", &[b"a", b"b"]), done(id)].concat()),
        },
        |id, request| match asks_for(request, "range=") {
            true => Some(done(id)),
            false => Some([part(id, "uid;range=0-1", &[b"a", b"b"]), done(id)].concat()),
        },
    ];
    for answer in answers {
        let (_, result) = asked(answer).await;
        assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_went_away_meanwhile_are_no_error() {
    let (_, result) = asked(|id, request| match asks_for(request, "range=") {
        true => Some(done_with(id, 1, b"00002020: SvcErr: DSID-03140AEB, problem 5012 (DIR_ERROR), data 0")),
        false => Some([part(id, "uid;range=0-1", &[b"a", b"b"]), done(id)].concat()),
    })
    .await;
    assert_eq!(result.unwrap()[0].attributes, [[b"a", b"b"]]);
}
