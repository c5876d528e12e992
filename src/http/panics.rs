//! Panics end the request that they happen in, and nothing else.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::failure::Failure;

/// Turns a panic into an error. What `work` left half done is dropped with it: nothing outlives a request but caches, which
/// take whole values only.
pub(super) async fn catch<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(panic = text(&*panic), "a request ended in a panic");
        Err(Failure::Internal)
    })
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}
