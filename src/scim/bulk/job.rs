//! A bulk request on its way: what to do next, what became of what was done, and the answer so far.

use std::collections::HashSet;

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::action::{Action, Done};
use super::answer::Answer;
use super::batch::Batch;
use super::message::{Method, Request};
use super::plan::{Plan, Step, order};
use super::work::{Makers, Prepared, Work, prepare};
use super::{cut, reference};
use crate::scim::error::Error;

/// Which action something became of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    operation: usize,
    /// Whether it brings in what was put off.
    completes: bool,
}

/// A bulk request on its way. Whoever carries it out asks for the [next](Self::due) actions, tells what became of
/// [each](Self::done), and passes on what is [ready](Self::ready), until there is nothing to do; then comes the
/// [rest](Self::rest).
#[derive(Debug)]
pub struct Job {
    operations: Vec<Entry>,
    makers: Makers,
    plan: Plan,
    /// How many of the plan's steps are behind.
    position: usize,
    errors: usize,
    fail_on_errors: Option<usize>,
    /// How many results were passed on.
    shown: usize,
    is_first: bool,
    base_url: String,
    endpoints: Vec<String>,
}

/// An operation and what became of it.
#[derive(Debug)]
struct Entry {
    method: Option<Method>,
    bulk_id: Option<String>,
    /// Until it is begun.
    work: Option<Result<Work, Error>>,
    /// What it refers to.
    needs: Vec<usize>,
    /// Where its resource is, as far as known.
    location: Option<String>,
    /// PATCH operations that were put off.
    late: Vec<Value>,
    kind: usize,
    /// What it did, even if not all of it.
    done: Option<Done>,
    /// What the client is told of it: nothing else becomes of it.
    outcome: Option<Result<(), Error>>,
}

impl Entry {
    /// Whether what it was to make isn't there.
    fn has_failed(&self) -> bool {
        self.done.is_none() && matches!(self.outcome, Some(Err(_)))
    }

    fn id(&self) -> Option<&str> {
        self.done.as_ref()?.id.as_deref()
    }
}

impl Job {
    /// Plans a request to the service provider at `base_url`, whose types are found at `endpoints` (without slashes).
    pub fn new(mut request: Request, base_url: &str, endpoints: Vec<String>) -> Self {
        let Prepared { work, makers, needs } = prepare(&mut request.operations, &endpoints);
        let plan = order(&needs);
        let operations = request.operations.into_iter().zip(work).zip(needs);
        let operations = operations.map(|((received, work), needs)| Entry {
            method: received.method,
            bulk_id: received.bulk_id,
            kind: work.as_ref().map_or(0, |work| work.kind),
            work: Some(work),
            needs,
            location: None,
            late: Vec::new(),
            done: None,
            outcome: None,
        });
        Self {
            operations: operations.collect(),
            makers,
            plan,
            position: 0,
            errors: 0,
            fail_on_errors: request.fail_on_errors,
            shown: 0,
            is_first: true,
            base_url: base_url.trim_end_matches('/').to_owned(),
            endpoints,
        }
    }

    /// Actions that may run at the same time, none when all is done. All of them must be [done](Self::done) before the next
    /// are asked for.
    pub fn due(&mut self) -> Vec<(Ticket, Action)> {
        let (mut actions, mut batch, mut begun) = (Vec::new(), Batch::default(), HashSet::new());
        while let Some(&step) = self.plan.steps.get(self.position).filter(|_| !self.is_stopped()) {
            let (operation, completes) = match step {
                Step::Run(operation) => (operation, false),
                Step::Complete(operation) => (operation, true),
            };
            let is_alone = completes || self.fail_on_errors.is_some();
            let entry = &self.operations[operation];
            let fits = !is_alone
                && !entry.needs.iter().any(|need| begun.contains(need))
                && entry.work.as_ref().is_none_or(|work| work.as_ref().map_or(true, |work| batch.add(work)));
            if !fits && !actions.is_empty() {
                break;
            }
            self.position += 1;
            match if completes { self.complete(operation) } else { self.begin(operation).map(Some) } {
                Ok(Some(action)) => actions.push((Ticket { operation, completes }, action)),
                Ok(None) => {}
                Err(error) => self.conclude(operation, Err(error)),
            }
            begun.insert(operation);
            if is_alone && !actions.is_empty() {
                break;
            }
        }
        actions
    }

    /// Takes word of what became of an action.
    pub fn done(&mut self, ticket: Ticket, outcome: Result<Done, Error>) {
        let entry = &mut self.operations[ticket.operation];
        match outcome {
            Err(error) if ticket.completes => {
                let error = Error { status: error.status, ..half_done(&error.detail) };
                self.conclude(ticket.operation, Err(error));
            }
            Err(error) => self.conclude(ticket.operation, Err(error)),
            Ok(done) => {
                entry.location = done.location.clone().or(entry.location.take());
                match &mut entry.done {
                    // What was made is made; only its version is another.
                    Some(made) => made.version = done.version,
                    None => entry.done = Some(done),
                }
                if ticket.completes || entry.late.is_empty() {
                    self.conclude(ticket.operation, Ok(()));
                }
            }
        }
    }

    /// Results that can be passed on: those of the first operations, in the order of the request.
    pub fn ready(&mut self) -> Vec<Bytes> {
        let mut results = Vec::new();
        while self.operations.get(self.shown).is_some_and(|entry| entry.outcome.is_some()) {
            results.extend(self.show());
        }
        results
    }

    /// All other results, once there is nothing more to do. Operations that weren't begun have none.
    pub fn rest(&mut self) -> Vec<Bytes> {
        for entry in &mut self.operations {
            if entry.done.is_some() && entry.outcome.is_none() {
                entry.outcome = Some(Err(half_done("the request was stopped by errors")));
            }
        }
        let mut results = Vec::new();
        while self.shown < self.operations.len() {
            results.extend(self.show());
        }
        results
    }

    /// Ends all that isn't begun with the error that `why` gives.
    pub fn give_up(&mut self, why: &Error) {
        for operation in 0..self.operations.len() {
            if self.operations[operation].outcome.is_none() {
                let is_half_done = self.operations[operation].done.is_some();
                let error = if is_half_done { half_done(&why.detail) } else { why.clone() };
                self.conclude(operation, Err(error));
            }
        }
        self.position = self.plan.steps.len();
    }

    fn show(&mut self) -> Option<Bytes> {
        let entry = self.operations.get(self.shown)?;
        self.shown += 1;
        let outcome = entry.outcome.as_ref()?;
        let error = outcome.as_ref().err();
        let done = entry.done.as_ref();
        let answer = Answer {
            method: entry.method,
            bulk_id: entry.bulk_id.as_deref(),
            version: done.and_then(|done| done.version.as_deref()),
            location: entry.location.as_deref(),
            status: error.map_or_else(|| done.map_or(200, |done| done.status), |error| error.status),
            response: error,
        };
        Some(answer.write(std::mem::take(&mut self.is_first)))
    }

    fn is_stopped(&self) -> bool {
        self.fail_on_errors.is_some_and(|limit| self.errors >= limit)
    }

    fn conclude(&mut self, operation: usize, outcome: Result<(), Error>) {
        self.errors += usize::from(outcome.is_err());
        self.operations[operation].outcome = Some(outcome);
    }

    /// The action of an operation whose needs are met.
    fn begin(&mut self, operation: usize) -> Result<Action, Error> {
        let work = self.operations[operation].work.take().unwrap_or_else(|| Err(Error::not_found()))?;
        let Work { method, kind, id, version, mut data } = work;
        let failed = self.failed_need(operation);
        let id = id.map(|id| match reference::bulk_id(&id) {
            Some(bulk_id) => self.made(bulk_id).map(str::to_owned),
            None => Some(id),
        });
        if let Some(Some(id)) = &id {
            self.operations[operation].location = Some(self.location(kind, id));
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if let Some(body) = data.as_object_mut()
            && !self.plan.deferred[operation].is_empty()
        {
            self.operations[operation].late = cut::off(body, &|value| self.is_late(operation, value));
        }
        reference::replace(&mut data, &|bulk_id| self.made(bulk_id));
        let id = id.flatten().unwrap_or_default();
        Ok(match (method, data) {
            (Method::Post, Value::Object(body)) => Action::Create { kind, body },
            (Method::Put, Value::Object(body)) => Action::Replace { kind, id, body, version },
            (Method::Patch, body) => Action::Patch { kind, id, body, version },
            (Method::Delete, _) => Action::Delete { kind, id, version },
            (Method::Post | Method::Put, _) => return Err(Error::invalid_syntax("`data` must be an object")),
        })
    }

    /// The action that brings in what was put off, unless there is nothing to bring it into.
    fn complete(&mut self, operation: usize) -> Result<Option<Action>, Error> {
        let Some(id) = self.operations[operation].id().map(str::to_owned) else { return Ok(None) };
        if let Some(error) = self.failed_need(operation) {
            return Err(half_done(&error.detail));
        }
        let entry = &mut self.operations[operation];
        let kind = entry.kind;
        let mut body = cut::message(std::mem::take(&mut entry.late));
        reference::replace(&mut body, &|bulk_id| self.made(bulk_id));
        Ok(Some(Action::Patch { kind, id, body, version: None }))
    }

    /// 409 where an operation refers to something that could not be made.
    fn failed_need(&self, operation: usize) -> Option<Error> {
        let failed = |need: &&usize| self.operations[**need].has_failed();
        let need = &self.operations[*self.operations[operation].needs.iter().find(failed)?];
        let status = need.outcome.as_ref().and_then(|outcome| outcome.as_ref().err()).map_or(500, |error| error.status);
        let bulk_id = crate::scim::text::shortened(need.bulk_id.as_deref().unwrap_or_default());
        Some(Error::conflict(format!("`bulkId:{bulk_id}` could not be made (status {status})")))
    }

    /// Whether `value` refers to something that is put off for `operation`.
    fn is_late(&self, operation: usize, value: &Value) -> bool {
        let mut is_late = false;
        reference::each(value, &|bulk_id| self.makers.contains_key(bulk_id), &mut |bulk_id| {
            let maker = self.makers.get(bulk_id);
            is_late |= maker.is_some_and(|maker| self.plan.deferred[operation].contains(maker));
        });
        is_late
    }

    /// The id that a `bulkId` stands for.
    fn made(&self, bulk_id: &str) -> Option<&str> {
        self.operations[*self.makers.get(bulk_id)?].id()
    }

    fn location(&self, kind: usize, id: &str) -> String {
        let endpoint = self.endpoints.get(kind).map_or("", String::as_str);
        format!("{}/{endpoint}/{}", self.base_url, utf8_percent_encode(id, reference::RESERVED))
    }
}

/// 409 for a resource that was made without what was put off.
fn half_done(why: &str) -> Error {
    Error::conflict(format!("The resource was made, but without its references to others of this request: {why}"))
}
