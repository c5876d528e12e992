//! Request bodies, read up to a limit, and as long as there is room for them.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::failure::Failure;
use super::room::{Room, Taken};
use crate::scim;

/// The whole body, and the room that it takes.
///
/// # Errors
/// 413 for more than `limit` bytes, without reading them where their number is announced; 400 where the body breaks off; 503 where
/// there is no room.
pub(super) async fn read(body: Body, limit: usize, room: &Room) -> Result<(Bytes, Taken), Failure> {
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large(limit));
    }
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    // Not for all that is announced: who doesn't send it would keep others out.
    let mut taken = room.take(0)?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| scim::Error::bad_request("The body could not be read"))?;
        if chunk.len() > limit - whole.len() {
            return Err(too_large(limit));
        }
        taken.more(chunk.len())?;
        whole.extend_from_slice(&chunk);
    }
    Ok((whole.freeze(), taken))
}

fn too_large(limit: usize) -> Failure {
    scim::Error::too_large(format!("The body is larger than {limit} bytes")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn chunks(sizes: &[usize]) -> Body {
        let chunks: Vec<_> = sizes.iter().map(|&size| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size]))).collect();
        Body::from_stream(stream::iter(chunks))
    }

    async fn read(body: Body, limit: usize) -> Result<Bytes, Failure> {
        super::read(body, limit, &Room::new(1000)).await.map(|(body, _)| body)
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap(), "12345");
        assert_eq!(read(chunks(&[2, 3]), 5).await.unwrap().len(), 5);
    }

    #[tokio::test]
    async fn a_larger_one_is_refused() {
        for outcome in [read(Body::from("123456"), 5).await, read(chunks(&[3, 3]), 5).await] {
            assert_eq!(outcome.unwrap_err().status().as_u16(), 413);
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]));
        assert_eq!(read(broken, 5).await.unwrap_err().status().as_u16(), 400);
    }

    #[tokio::test]
    async fn one_for_which_there_is_no_room_is_refused_for_now() {
        let room = Room::new(10);
        let (_, taken) = super::read(chunks(&[4, 4]), 100, &room).await.unwrap();
        assert_eq!(super::read(chunks(&[2, 1]), 100, &room).await.unwrap_err().status().as_u16(), 503);
        drop(taken);
        assert!(super::read(chunks(&[2, 1]), 100, &room).await.is_ok());
    }
}
