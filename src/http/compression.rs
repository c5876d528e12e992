//! Compression of large answers for clients that ask for it: bit by bit while they are sent, and of nothing that fits into a few
//! packets anyway, where it would cost more than it saves.
//!
//! Entity tags are weak, so that they hold for an answer however it is coded.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderValue};
use hyper::body::{Frame, SizeHint};

/// From how many octets on an answer is worth it.
const LEAST: u64 = 16 << 10;
/// How much is compressed before others have their turn.
const CHUNK: usize = 64 << 10;
/// The level that costs least: a list of people shrinks to a sixth with it, and to an eighth with those that cost most.
const LEVEL: Compression = Compression::fast();

/// Whether a client takes gzip (RFC 9110 section 12.5.3), and doesn't like it less than no coding.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any, mut identity) = (None, None, None);
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for coding in values.flat_map(|value| value.split(',')) {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| {
            let (name, weight) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| weight.trim().parse::<f32>().unwrap_or(0.0))
        });
        let weight = weight.unwrap_or(1.0);
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            gzip = Some(weight);
        } else if name.eq_ignore_ascii_case("identity") {
            identity = Some(weight);
        } else if name == "*" {
            any = Some(weight);
        }
    }
    gzip.or(any).is_some_and(|weight| weight > 0.0 && weight >= identity.unwrap_or(0.0))
}

/// The same answer, compressed if it is large and `gzip` says that the client takes that.
pub(super) fn compressed(mut response: Response, gzip: impl FnOnce() -> bool) -> Response {
    if size(&response).is_none_or(|size| size < LEAST) || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !gzip() {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.remove(header::CONTENT_LENGTH);
    // The answer to a HEAD request has none.
    response.map(|body| if body.is_end_stream() { body } else { Body::new(Gzip::of(body)) })
}

/// The length of the body, or what would be its length.
fn size(response: &Response) -> Option<u64> {
    let said = || response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    response.body().size_hint().exact().filter(|size| *size > 0).or_else(said)
}

/// A body that is compressed while it is read.
struct Gzip {
    plain: Body,
    /// What of it is there and not yet compressed.
    rest: Bytes,
    /// None at the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Whether others have just had their turn.
    rested: bool,
}

impl Gzip {
    fn of(plain: Body) -> Self {
        Self { plain, rest: Bytes::new(), encoder: Some(GzEncoder::new(Vec::new(), LEVEL)), rested: true }
    }

    /// Compresses some of what is there; what is ready to be sent, if anything is.
    fn compress(&mut self) -> Result<Bytes, Error> {
        let Some(encoder) = &mut self.encoder else { return Ok(Bytes::new()) };
        let some = self.rest.split_to(self.rest.len().min(CHUNK));
        encoder.write_all(&some).map_err(Error::new)?;
        Ok(std::mem::take(encoder.get_mut()).into())
    }
}

impl HttpBody for Gzip {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            if self.encoder.is_none() {
                return Poll::Ready(None);
            }
            if !self.rest.is_empty() {
                if !std::mem::replace(&mut self.rested, false) {
                    self.rested = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                match self.compress() {
                    Ok(ready) if ready.is_empty() => continue,
                    outcome => return Poll::Ready(Some(outcome.map(Frame::data))),
                }
            }
            match ready!(Pin::new(&mut self.plain).poll_frame(cx)) {
                Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let last = self.encoder.take().map(GzEncoder::finish);
                    let last = last.map(|last| last.map(|last| Frame::data(last.into())).map_err(Error::new));
                    return Poll::Ready(last);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::io::Read as _;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::ACCEPT_ENCODING, value.parse().unwrap())).collect()
    }

    #[rstest]
    #[case(&[], false)]
    #[case(&["gzip"], true)]
    #[case(&["deflate, GZIP;q=0.5, br"], true)]
    #[case(&["br", "x-gzip"], true)]
    #[case(&["*"], true)]
    #[case(&["*;q=0"], false)]
    #[case(&["*, gzip;q=0"], false)]
    #[case(&["gzip; q = 0.0"], false)]
    #[case(&["gzip;q=none"], false)]
    #[case(&["identity"], false)]
    #[case(&["identity, gzip;q=0.5"], false)]
    #[case(&["identity;q=0.1, gzip;q=0.5"], true)]
    #[case(&["deflate, br"], false)]
    fn who_takes_gzip_says_so(#[case] values: &[&str], #[case] takes: bool) {
        assert_eq!(takes_gzip(&headers(values)), takes);
    }

    fn answer(text: &str) -> Response {
        Response::new(Body::from(text.to_owned()))
    }

    #[tokio::test]
    async fn a_large_answer_is_compressed_and_comes_back_as_it_was() {
        let text: String = (0..50_000).map(|number| format!("{{\"id\":\"{number}\"}},")).collect();
        let response = compressed(answer(&text), || true);
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(response.headers()[header::VARY], "accept-encoding");
        let sent = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(sent.len() * 3 < text.len(), "{} of {}", sent.len(), text.len());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&sent[..]).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
    }

    #[rstest]
    #[case::small(1000, true, false)]
    #[case::unwanted(100_000, false, true)]
    #[tokio::test]
    async fn others_stay_as_they_are(#[case] length: usize, #[case] takes: bool, #[case] varies: bool) {
        let text = "x".repeat(length);
        let response = compressed(answer(&text), || takes);
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(response.headers().contains_key(header::VARY), varies);
        assert_eq!(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap(), text);
    }

    #[tokio::test]
    async fn the_answer_to_head_says_what_that_to_get_would() {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::CONTENT_LENGTH, 100_000.into());
        let response = compressed(response, || true);
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(!response.headers().contains_key(header::CONTENT_LENGTH));
        assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().is_empty());
    }
}
