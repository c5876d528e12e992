//! A backend that answers from memory, and misbehaves when asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{Backend, Limits, MountedBridge, RequestIds, Service};
use crate::auth::{Authenticator, Client, ClientInfo, Credentials, Schemes, TokenHash};
use crate::bridge::{
    Access, Context, Error, Fetched, Job, Preconditions, Representation, Selection, Target, TypeIndex, Written,
};
use crate::clock::SystemClock;
use crate::scim;
use crate::scim::bulk::{self, Action, Done};
use crate::scim::query::SearchRequest;

/// The token of the one client.
pub(super) const TOKEN: &str = "secret";

#[derive(Debug, Default)]
pub(super) struct TestBackend {
    /// Writes that came to their end.
    pub(super) written: AtomicUsize,
}

/// A service with a [`TestBackend`] at `/scim/v2`.
pub(super) fn service(change: impl FnOnce(&mut MountedBridge<TestBackend>)) -> Service {
    service_called(1, change)
}

/// The same, whose requests have names that begin with `seed`.
pub(super) fn service_called(seed: u32, change: impl FnOnce(&mut MountedBridge<TestBackend>)) -> Service {
    let client = Client::of(ClientInfo::named("tester"));
    let mut mount = MountedBridge {
        name: "main".into(),
        path: "/scim/v2".into(),
        bridge: Arc::default(),
        authenticator: Authenticator::new([Credentials {
            client,
            tokens: vec![TokenHash::of(TOKEN.as_bytes())],
            certificate: None,
        }]),
        limits: Limits { max_body: 1000, max_bulk: 2000, request_timeout: Duration::from_secs(20) },
        public_discovery: false,
        dry_run: false,
    };
    change(&mut mount);
    Service::new(vec![mount], RequestIds::new(seed), Arc::new(SystemClock), 2)
}

impl TestBackend {
    /// What becomes of a write of the resource called `name`.
    async fn meet(&self, name: &str) -> Result<(), Error> {
        match name {
            "panic" => panic!("asked to"),
            "away" => return Err(Error::Unavailable { retry_after: Duration::from_millis(1500) }),
            "late" => return Err(Error::Timeout),
            "broken" => return Err(Error::Internal),
            "none" => return Err(Error::Scim(scim::Error::not_found())),
            "taken" => return Err(Error::Scim(scim::Error::uniqueness("`userName` is taken"))),
            "stale" => return Err(Error::Scim(scim::Error::precondition_failed())),
            "protected" => return Err(Error::Scim(scim::Error::forbidden("The resource is protected"))),
            "slow" => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => {}
        }
        self.written.fetch_add(1, SeqCst);
        Ok(())
    }
}

fn written(id: &str, body: Value) -> Representation {
    Representation {
        body: body.to_string().into(),
        etag: Some("W/\"v2\"".into()),
        location: Some(format!("http://127.0.0.1/scim/v2/Users/{id}").into()),
    }
}

impl Backend for TestBackend {
    fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        ["Users", "Groups"].iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    async fn get(
        &self,
        _: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        match id {
            "panic" => panic!("asked to"),
            "away" => Err(Error::Unavailable { retry_after: Duration::from_millis(1500) }),
            "late" => Err(Error::Timeout),
            "broken" => Err(Error::Internal),
            "never" => std::future::pending().await,
            "1" if if_none_match == Some("W/\"v1\"") => Ok(Fetched::NotModified { etag: "W/\"v1\"".into() }),
            "1" => Ok(Fetched::Representation(Representation {
                body: json!({ "id": id, "kind": kind, "attributes": selection.attributes }).to_string().into(),
                etag: Some("W/\"v1\"".into()),
                location: Some("http://127.0.0.1/scim/v2/Users/1".into()),
            })),
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }

    fn at_hand(&self, _: &ClientInfo, _: TypeIndex, _: &str, _: Option<&str>, _: Instant) -> Option<Fetched> {
        None
    }

    async fn list(&self, context: &Context, target: Target, request: &SearchRequest) -> Result<Bytes, Error> {
        match request.filter.as_deref() {
            Some("bad") => Err(Error::Scim(scim::Error::invalid_filter("bad filter at column 1"))),
            filter => {
                let client = &context.client.name;
                Ok(json!({ "target": format!("{target:?}"), "filter": filter, "client": client }).to_string().into())
            }
        }
    }

    async fn create(
        &self,
        _: &Context,
        kind: TypeIndex,
        body: &Map<String, Value>,
        selection: &Selection,
    ) -> Result<Written, Error> {
        let name = body.get("userName").and_then(Value::as_str).unwrap_or_default();
        self.meet(name).await?;
        Ok(Written::Created(written(name, json!({ "kind": kind, "body": body, "attributes": selection.attributes }))))
    }

    async fn replace(
        &self,
        _: &Context,
        kind: TypeIndex,
        id: &str,
        body: &Map<String, Value>,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        self.meet(id).await?;
        Ok(Written::Changed(written(
            id,
            json!({ "kind": kind, "body": body, "excluded": selection.excluded, "ifMatch": preconditions.if_match }),
        )))
    }

    async fn patch(
        &self,
        _: &Context,
        _: TypeIndex,
        id: &str,
        body: Value,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        self.meet(id).await?;
        if selection.attributes.is_empty() {
            return Ok(Written::NoContent { etag: Some("W/\"v2\"".into()) });
        }
        Ok(Written::Changed(written(id, json!({ "body": body, "ifMatch": preconditions.if_match }))))
    }

    async fn delete(&self, _: &Context, _: TypeIndex, id: &str, preconditions: &Preconditions) -> Result<(), Error> {
        match preconditions.if_match.as_deref() {
            None | Some("W/\"v1\"") => self.meet(id).await,
            Some(_) => Err(Error::Scim(scim::Error::precondition_failed())),
        }
    }

    fn bulk(&self, _: &Context, body: Map<String, Value>) -> Result<Job, Error> {
        let request = bulk::parse(body, &bulk::Limits { max_operations: 3 }, scim::Dialect::Default)?;
        Ok(Job::new(request, "http://127.0.0.1/scim/v2", vec!["Users".into(), "Groups".into()]))
    }

    async fn run_bulk(&self, _: &Context, mut job: Job, patience: Duration, mut each: impl FnMut(Bytes) + Send) {
        assert_eq!(patience, Duration::from_secs(20));
        each(bulk::HEAD.into());
        loop {
            let actions = job.due();
            if actions.is_empty() {
                break;
            }
            for (ticket, action) in actions {
                let Action::Delete { id, .. } = action else { panic!("only deletes") };
                let outcome = self.meet(&id).await.map(|()| Done { status: 204, ..Done::default() });
                job.done(ticket, outcome.map_err(|_| scim::Error::not_found()));
                job.ready().into_iter().for_each(&mut each);
            }
        }
        job.rest().into_iter().for_each(&mut each);
        each(bulk::TAIL.into());
    }

    fn service_provider_config(&self, _: Schemes, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        document(r#"{"patch":{"supported":false}}"#, if_none_match)
    }

    fn resource_types(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        self.schemas(client, request, if_none_match)
    }

    fn resource_type(&self, client: &ClientInfo, name: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.schema(client, name, if_none_match)
    }

    fn schemas(&self, _: &ClientInfo, request: &SearchRequest, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        match request.filter {
            Some(_) => Err(Error::Scim(scim::Error::forbidden("no filter here"))),
            None => document(r#"{"totalResults":0}"#, if_none_match),
        }
    }

    fn schema(&self, _: &ClientInfo, urn: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        match urn {
            "User" | "urn:ietf:params:scim:schemas:core:2.0:User" => {
                document(&json!({ "id": urn }).to_string(), if_none_match)
            }
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }

    fn openapi(&self, _: &ClientInfo, _: Access, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        document(r#"{"openapi":"3.1.0"}"#, if_none_match)
    }
}

fn document(text: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
    let etag = Bytes::from_static(b"W/\"d\"");
    Ok(match if_none_match {
        Some("W/\"d\"") => Fetched::NotModified { etag },
        _ => Fetched::Representation(Representation { body: text.to_owned().into(), etag: Some(etag), location: None }),
    })
}
