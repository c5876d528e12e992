//! From the operations of a request to work with its types and needs known.

use std::collections::HashMap;

use serde_json::Value;

use super::message::{Method, Operation, Received};
use super::reference;
use crate::scim::error::Error;
use crate::scim::text::shortened;

/// An operation on a known type.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) method: Method,
    /// The type's place among the endpoints.
    pub(super) kind: usize,
    /// The id, or a reference to one.
    pub(super) id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) data: Value,
}

/// What each `bulkId` stands for: the operation that makes it.
pub(super) type Makers = HashMap<String, usize>;

/// All operations, which make what, and the operations that each needs.
pub(super) struct Prepared {
    pub(super) work: Vec<Result<Work, Error>>,
    pub(super) makers: Makers,
    pub(super) needs: Vec<Vec<usize>>,
}

/// Finds types and needs. Makes an error of an operation whose type isn't among `endpoints`, whose `bulkId` isn't its own, or that
/// refers to one that nothing has.
pub(super) fn prepare(operations: &mut [Received], endpoints: &[String]) -> Prepared {
    let (makers, shared) = makers(operations);
    let mut needs = Vec::with_capacity(operations.len());
    let mut work = Vec::with_capacity(operations.len());
    for received in operations {
        let taken = std::mem::replace(&mut received.operation, Err(Error::not_found()));
        let prepared = taken.and_then(|operation| {
            if received.method == Some(Method::Post)
                && received.bulk_id.as_ref().is_some_and(|bulk_id| shared.contains(bulk_id))
            {
                return Err(Error::invalid_syntax("the `bulkId` is that of another operation, too"));
            }
            let work = typed(received.method, operation, endpoints)?;
            let needs = needed(&work, &makers)?;
            Ok((work, needs))
        });
        let (one, its_needs) = match prepared {
            Ok((work, needs)) => (Ok(work), needs),
            Err(error) => (Err(error), Vec::new()),
        };
        work.push(one);
        needs.push(its_needs);
    }
    Prepared { work, makers, needs }
}

/// Which POST makes what, also where it can't be done, and the names that several have.
fn makers(operations: &[Received]) -> (Makers, Vec<String>) {
    let (mut makers, mut shared) = (Makers::new(), Vec::new());
    for (place, received) in operations.iter().enumerate() {
        if let (Some(Method::Post), Some(bulk_id)) = (received.method, &received.bulk_id)
            && makers.insert(bulk_id.clone(), place).is_some()
        {
            shared.push(bulk_id.clone());
        }
    }
    (makers, shared)
}

/// The type that an endpoint's name stands for: in exactly this case first, then in any.
fn typed(method: Option<Method>, operation: Operation, endpoints: &[String]) -> Result<Work, Error> {
    let Operation { target, version, data } = operation;
    let exact = endpoints.iter().position(|endpoint| *endpoint == target.endpoint);
    let any = || endpoints.iter().position(|endpoint| endpoint.eq_ignore_ascii_case(&target.endpoint));
    match (method, exact.or_else(any)) {
        (Some(method), Some(kind)) => Ok(Work { method, kind, id: target.id, version, data }),
        _ => Err(Error::not_found()),
    }
}

/// The operations that make what `work` refers to, each once, in the order of the request.
fn needed(work: &Work, makers: &Makers) -> Result<Vec<usize>, Error> {
    let (mut needs, mut unknown) = (Vec::new(), None);
    let mut need = |bulk_id: &str| match makers.get(bulk_id) {
        Some(maker) if needs.contains(maker) => {}
        Some(maker) => needs.push(*maker),
        None => unknown = unknown.take().or_else(|| Some(shortened(bulk_id))),
    };
    if let Some(bulk_id) = work.id.as_deref().and_then(reference::bulk_id) {
        need(bulk_id);
    }
    reference::each(&work.data, &|bulk_id| makers.contains_key(bulk_id), &mut need);
    match unknown {
        Some(bulk_id) => Err(Error::invalid_value(format!("no POST of this request has the bulkId `{bulk_id}`"))),
        None => {
            needs.sort_unstable();
            Ok(needs)
        }
    }
}
