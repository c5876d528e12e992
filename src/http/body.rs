//! Request bodies, read up to a limit.

use std::error::Error as StdError;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;

use super::failure::Failure;
use crate::scim;

/// The whole body.
///
/// # Errors
/// 413 for more than `limit` bytes, without reading them where their number is announced; 400 where the body breaks off.
pub(super) async fn read<B>(body: B, limit: usize) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(scim::Error::bad_request("The body could not be read").into()),
    }
}

fn too_large(limit: usize) -> Failure {
    scim::Error::too_large(format!("The body is larger than {limit} bytes")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    fn chunks(sizes: &[usize]) -> impl Body<Data = Bytes, Error = std::io::Error> + use<> {
        let frames: Vec<_> = sizes.iter().map(|&size| Ok(Frame::data(Bytes::from(vec![b'x'; size])))).collect();
        StreamBody::new(stream::iter(frames))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read() {
        assert_eq!(read(Full::new(Bytes::from_static(b"12345")), 5).await.unwrap(), "12345");
        assert_eq!(read(chunks(&[2, 3]), 5).await.unwrap().len(), 5);
    }

    #[tokio::test]
    async fn a_larger_one_is_refused() {
        for outcome in [read(Full::new(Bytes::from_static(b"123456")), 5).await, read(chunks(&[3, 3]), 5).await] {
            assert_eq!(outcome.unwrap_err().status().as_u16(), 413);
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = StreamBody::new(stream::iter([Err::<Frame<Bytes>, _>(std::io::Error::other("gone"))]));
        assert_eq!(read(broken, 5).await.unwrap_err().status().as_u16(), 400);
    }
}
