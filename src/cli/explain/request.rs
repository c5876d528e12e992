//! Writes as the command line says them.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use crate::bridge;
use crate::cli::outcome::{Failure, Result};
use crate::config;
use crate::scim;

/// POST: the LDIF that a new resource becomes
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The resource type, such as User
    #[arg(value_name = "TYPE")]
    resource: String,
    /// The resource as JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    body: PathBuf,
}

/// PUT: the LDIF that makes a resource what the file says
#[derive(Debug, Args)]
pub(super) struct Replace {
    #[command(flatten)]
    target: Target,
    /// The resource as JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    body: PathBuf,
}

/// PATCH: the LDIF that a PATCH message becomes
#[derive(Debug, Args)]
pub(super) struct Patch {
    #[command(flatten)]
    target: Target,
    /// The PATCH message as JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    body: PathBuf,
    /// The resource's entry as LDIF, instead of the live one; what would be looked up is shown as a hole
    #[arg(long, value_name = "LDIF", conflicts_with = "if_match")]
    entry: Option<PathBuf>,
}

/// DELETE: the LDIF that deletes or retires a resource
#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Target {
    /// The resource type, such as User
    #[arg(value_name = "TYPE")]
    resource: String,
    /// The resource's id
    #[arg(value_name = "ID")]
    id: String,
    /// The If-Match header of the request: an entity tag, or `*`
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,
}

/// A write.
#[derive(Debug)]
pub(super) struct Request {
    /// The resource type as it was given.
    pub(super) resource: String,
    /// The `If-Match` header.
    pub(super) if_match: Option<String>,
    /// The file with the entry, where the live one isn't meant.
    pub(super) entry: Option<PathBuf>,
    /// What is wanted.
    pub(super) what: What,
}

/// What is wanted of a resource.
#[derive(Debug)]
pub(super) enum What {
    Create(Map<String, Value>),
    Replace(String, Map<String, Value>),
    Patch(String, Value),
    Delete(String),
}

impl Create {
    pub(super) fn request(&self) -> Result<Request> {
        let what = What::Create(object(&self.body, "POST")?);
        Ok(Request { resource: self.resource.clone(), if_match: None, entry: None, what })
    }
}

impl Replace {
    pub(super) fn request(&self) -> Result<Request> {
        Ok(self.target.request(What::Replace(self.target.id.clone(), object(&self.body, "PUT")?)))
    }
}

impl Patch {
    pub(super) fn request(&self) -> Result<Request> {
        let body = scim::json::value(&read(&self.body)?).map_err(|error| unreadable(&self.body, "PATCH", &error))?;
        Ok(Request { entry: self.entry.clone(), ..self.target.request(What::Patch(self.target.id.clone(), body)) })
    }
}

impl Delete {
    pub(super) fn request(&self) -> Request {
        self.target.request(What::Delete(self.target.id.clone()))
    }
}

impl Target {
    fn request(&self, what: What) -> Request {
        Request { resource: self.resource.clone(), if_match: self.if_match.clone(), entry: None, what }
    }
}

impl Request {
    /// The HTTP method.
    pub(super) fn method(&self) -> &'static str {
        match self.what {
            What::Create(_) => "POST",
            What::Replace(..) => "PUT",
            What::Patch(..) => "PATCH",
            What::Delete(_) => "DELETE",
        }
    }

    /// The resource's id, but for one that is to be made.
    pub(super) fn id(&self) -> Option<&str> {
        match &self.what {
            What::Create(_) => None,
            What::Replace(id, _) | What::Patch(id, _) | What::Delete(id) => Some(id),
        }
    }

    /// Why there is nothing to show: what a client would be told, where it is its fault.
    pub(super) fn failed(&self, error: bridge::Error) -> Failure {
        let method = self.method();
        match error {
            bridge::Error::Scim(error) => refused(&format!("the {method}"), &error),
            bridge::Error::Internal => Failure::failed(format!("the {method} fails with 500: the log above says why")),
            error => Failure::failed(format!("the {method} fails: {error}")),
        }
    }
}

/// The bridge's client, where it has but one: its habits are those that requests are read with.
pub(super) fn only_client(bridge: &config::Bridge) -> Option<(&str, &config::Client)> {
    let mut clients = bridge.clients.iter().map(|(name, client)| (name.as_str(), client));
    clients.next().filter(|_| clients.next().is_none())
}

/// What a client would be told.
pub(super) fn refused(what: &str, error: &scim::Error) -> Failure {
    let keyword = error.scim_type.map_or(String::new(), |kind| format!(" {}", kind.keyword()));
    Failure::unusable(format!("{what} is refused with {}{keyword}: {}", error.status, error.detail))
}

fn object(path: &Path, method: &str) -> Result<Map<String, Value>> {
    scim::json::object(&read(path)?).map_err(|error| unreadable(path, method, &error))
}

fn unreadable(path: &Path, method: &str, error: &scim::Error) -> Failure {
    refused(&format!("{}: the {method}", path.display()), error)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let read = match path.to_str() {
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        _ => std::fs::read(path),
    };
    read.map_err(|error| Failure::unusable(format!("{}: {error}", path.display())))
}
