//! One search on one connection, which may be dropped at any moment.
//!
//! ldap3 forgets a search only when its stream is read or finished, and tells the server nothing when it is dropped. So
//! what is dropped before its end is handed to a task that abandons it and then finishes it: the server stops, and the
//! message id is free again (RFC 4511 section 4.11). Only searches are abandoned. No task is started for a search that
//! ends by itself.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapError, LdapResult, ResultEntry, SearchStream};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::request::{Asked, Request};
use crate::ldap::AttributeDescription;

type Stream = SearchStream<'static, AttributeDescription, Asked>;
type Starting = Pin<Box<dyn Future<Output = Result<Stream, LdapError>> + Send>>;

/// A search in flight; holds its connection's permit, if it needs one, until the server knows that it is over.
pub(super) struct Operation {
    state: State,
    permit: Option<OwnedSemaphorePermit>,
    runtime: Handle,
}

enum State {
    Starting(Starting),
    Active(Box<Stream>),
    Done,
}

impl Operation {
    /// A search that is sent when it is first polled, with one `extra` control.
    pub(super) fn new(
        ldap: &Ldap,
        runtime: &Handle,
        permit: Option<OwnedSemaphorePermit>,
        request: Arc<Request>,
        extra: Option<RawControl>,
        time_limit: Duration,
    ) -> Self {
        let mut ldap = ldap.clone();
        let starting = async move {
            ldap.with_search_options(request.options(time_limit));
            if extra.is_some() || !request.controls.is_empty() {
                ldap.with_controls(request.controls.iter().cloned().chain(extra).collect::<Vec<_>>());
            }
            ldap.streaming_search(&request.base, request.scope, &request.filter, request.asked.clone()).await
        };
        Self { state: State::Starting(Box::pin(starting)), permit, runtime: runtime.clone() }
    }

    /// The next message, or nothing after the last; then [`Operation::finish`] has the result.
    pub(super) async fn next(&mut self) -> Result<Option<ResultEntry>, LdapError> {
        if let State::Starting(starting) = &mut self.state {
            match starting.await {
                Ok(stream) => self.state = State::Active(Box::new(stream)),
                Err(error) => return self.fail(error),
            }
        }
        let State::Active(stream) = &mut self.state else { return Ok(None) };
        match stream.next().await {
            Ok(message) => Ok(message),
            Err(error) => self.fail(error),
        }
    }

    /// The server's result, once [`Operation::next`] has returned nothing, and what is left to forget.
    pub(super) fn finish(mut self) -> Option<(LdapResult, Finished)> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Active(mut stream) => stream.res.take().map(|result| (result, Finished(stream))),
            State::Starting(_) | State::Done => None,
        }
    }

    /// A search that failed needs no abandoning: its connection is gone.
    fn fail(&mut self, error: LdapError) -> Result<Option<ResultEntry>, LdapError> {
        self.state = State::Done;
        Err(error)
    }
}

/// A search that has ended, whose message id ldap3 still holds as used.
#[derive(Debug)]
pub(super) struct Finished(Box<Stream>);

impl Finished {
    /// Lets ldap3 forget the search; this wakes the connection's driver.
    pub(super) async fn forget(mut self) {
        self.0.finish().await;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let permit = self.permit.take();
        match std::mem::replace(&mut self.state, State::Done) {
            State::Done => {}
            State::Active(stream) => {
                self.runtime.spawn(abandon(*stream, permit));
            }
            State::Starting(starting) => {
                self.runtime.spawn(async move {
                    if let Ok(stream) = starting.await {
                        abandon(stream, permit).await;
                    }
                });
            }
        }
    }
}

async fn abandon(mut stream: Stream, permit: Option<OwnedSemaphorePermit>) {
    let id = stream.ldap_handle().last_id();
    // On another handle: the stream's would take the abandon's own id for the search's.
    let abandoned = stream.ldap_handle().clone().abandon(id).await;
    // Abandoning alone leaves the id in ldap3's set; finishing takes it out.
    stream.finish().await;
    tracing::debug!(id, sent = abandoned.is_ok(), "abandoned a search");
    drop(permit);
}
