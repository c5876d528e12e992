//! POST to `/Bulk` (RFC 7644 section 3.7).

use axum::extract::State;
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::mpsc;

use super::backend::Backend;
use super::extract::{Bulk, Caller, TakesJson};
use super::failure::Failure;
use super::place::Site;
use super::reply::{Growing, Unfinished};

/// Many writes at once. The answer begins as soon as the request is understood: what becomes of each operation is told on the
/// way. All of them are carried out, whether or not the client reads about it.
pub(super) async fn bulk<U: Backend>(
    State(Site { mount, writes, .. }): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Bulk(body, taken): Bulk,
) -> Result<Growing<impl Stream<Item = Result<Bytes, Unfinished>> + Send + 'static>, Failure> {
    let job = mount.bridge.bulk(&context, body)?;
    // Not bounded: a client that reads slowly must not hold up writes, and there are but so many operations.
    let (tell, told) = mpsc::unbounded_channel();
    let patience = mount.limits.request_timeout;
    let working = writes.start(async move {
        let each = |bit| {
            // Nobody may be there to listen.
            let _ = tell.send(bit);
        };
        mount.bridge.run_bulk(&context, job, patience, each).await;
        drop(taken);
        Ok(())
    })?;
    Ok(Growing(stream::unfold(Some((told, working)), |state| async move {
        let (mut told, working) = state?;
        match told.recv().await {
            Some(bit) => Some((Ok(bit), Some((told, working)))),
            // The end of the work, or of the part that there is.
            None => working.await.is_err().then_some((Err(Unfinished), None)),
        }
    })))
}
