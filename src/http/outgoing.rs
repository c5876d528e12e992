//! Answers on their way: what waits for its reader is known as long as it is in memory.
//!
//! A body that has been handed over to hyper still lies in a buffer of a connection. So what is counted is the octets themselves:
//! the last one who holds them lets go of what they took.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Error;
use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::activity::{InFlight, Unsent};
use super::failure::Failure;
use super::room::{Room, Taken};

/// Answers that are no larger aren't worth the trouble: a connection of HTTP/1.1 has one at a time.
const SMALL: u64 = 16 << 10;

/// The room that an answer takes: an extension of the response, for its connection.
#[derive(Debug, Clone)]
struct Place {
    _taken: Arc<Taken>,
}

/// Takes room for an answer that isn't small.
///
/// # Errors
/// 503 where there is none.
pub(super) fn take_room(response: &mut Response, room: &Room) -> Result<(), Failure> {
    let octets = response.body().size_hint().lower();
    if octets > SMALL {
        let taken = room.take(usize::try_from(octets).unwrap_or(usize::MAX))?;
        response.extensions_mut().insert(Place { _taken: Arc::new(taken) });
    }
    Ok(())
}

/// The answer to the request that is `in_flight`, which it stays until the answer is handed over. Of what waits to be sent then the
/// connection knows.
pub(super) fn watched(response: Response, in_flight: InFlight, is_http1: bool) -> Response {
    let hint = response.body().size_hint();
    // With HTTP/2 many may wait at a time.
    let is_small = is_http1 && hint.upper().is_some_and(|octets| octets <= SMALL);
    if is_small || response.body().is_end_stream() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let place = head.extensions.remove::<Place>();
    let next = Some(in_flight.activity().unsent(usize::try_from(hint.lower()).unwrap_or(usize::MAX).max(1)));
    Response::from_parts(head, Body::new(Outgoing { body, in_flight, place, next }))
}

struct Outgoing {
    body: Body,
    in_flight: InFlight,
    place: Option<Place>,
    /// Stands for what could be handed over if the client took it; nothing while it is still to be made.
    next: Option<Unsent>,
}

/// Octets with what they took.
struct Held {
    octets: Bytes,
    _unsent: Unsent,
    _place: Option<Place>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        let activity = this.in_flight.activity();
        this.next = matches!(frame, Poll::Ready(Some(Ok(_)))).then(|| activity.unsent(1));
        let held = |octets: Bytes| {
            let _unsent = activity.unsent(octets.len());
            Bytes::from_owner(Held { octets, _unsent, _place: this.place.clone() })
        };
        frame.map_ok(|frame| frame.map_data(held))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;
    use crate::http::activity::Activity;

    fn answer(octets: usize) -> Response {
        Response::new(Body::from(vec![b'x'; octets]))
    }

    async fn handed_over(response: Response) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn an_answer_takes_room_until_its_octets_are_gone() {
        let (room, activity) = (Room::new(100_000), Arc::new(Activity::default()));
        let mut response = answer(70_000);
        take_room(&mut response, &room).unwrap();
        assert!(take_room(&mut answer(70_000), &room).is_err());
        let response = watched(response, activity.begin(true), true);
        assert!(activity.is_waiting() && room.taken() == 70_000);
        let octets = handed_over(response).await;
        assert_eq!((octets.len(), room.taken(), activity.is_waiting()), (70_000, 70_000, true));
        let part = octets.slice(10..20);
        drop(octets);
        assert_eq!(room.taken(), 70_000);
        drop(part);
        assert_eq!((room.taken(), activity.is_idle()), (0, true));
    }

    #[tokio::test]
    async fn small_ones_take_none_and_are_watched_where_there_may_be_many() {
        let (room, activity) = (Room::new(0), Arc::new(Activity::default()));
        let mut response = answer(16 << 10);
        take_room(&mut response, &room).unwrap();
        let octets = handed_over(watched(response, activity.begin(true), true)).await;
        assert!(activity.is_idle());
        let octets = handed_over(watched(Response::new(Body::from(octets)), activity.begin(false), false)).await;
        assert!(activity.is_waiting());
        drop(octets);
        assert!(activity.is_idle());
    }

    /// Nobody waits for a reader while there is nothing to read.
    #[tokio::test]
    async fn what_is_still_being_made_waits_for_nobody() {
        let activity = Arc::new(Activity::default());
        let (make, made) = tokio::sync::oneshot::channel::<Bytes>();
        let body = Body::from_stream(stream::once(made));
        let mut body = watched(Response::new(body), activity.begin(true), true).into_body();
        assert!(activity.is_waiting(), "nobody has asked for it yet");
        assert!(futures_util::poll!(std::pin::pin!(body.frame())).is_pending());
        assert!(!activity.is_waiting() && !activity.is_idle());
        make.send(Bytes::from_static(b"x")).unwrap();
        drop(body.frame().await.unwrap().unwrap());
        assert!(activity.is_waiting(), "the rest");
        assert!(body.frame().await.is_none());
        assert!(!activity.is_waiting());
    }
}
