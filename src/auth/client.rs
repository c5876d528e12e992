//! A client, once it has shown who it is.

use std::sync::Arc;

use crate::mapping::confine::InvalidConfinement;
use crate::mapping::{Confinement, Mapping};
use crate::scim::dialect::{Dialect, PatchAnswer};

/// A client as the use cases see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// Its name in the settings: for logs and as part of cursors.
    pub name: String,
    /// Its visibility class: clients of one class see the same resources, so that they may share what is cached. 0 is that of
    /// those who see all.
    pub visibility: u64,
    /// What it is confined to; nothing: it sees and writes all.
    pub confinement: Option<Arc<Confinement>>,
    /// Whether it may do nothing but read.
    pub reads_only: bool,
    /// The most resources that it gets on a page; nothing: as many as anybody.
    pub page_max: Option<usize>,
}

impl ClientInfo {
    /// A client of this name that sees and writes all.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Whether `client` can be confined as its settings say to a part of `mapping`, as far as that is to be seen without a directory.
///
/// # Errors
/// What is wrong with them.
pub fn check_confinement(client: &ClientInfo, mapping: &Mapping) -> Result<(), InvalidConfinement> {
    let Some(confinement) = &client.confinement else { return Ok(()) };
    let confined = confinement.of(mapping)?;
    if client.reads_only { Ok(()) } else { confined.check_writing(mapping) }
}

/// A client that has shown who it is.
#[derive(Debug, Clone)]
pub struct Client {
    /// What the use cases see of it.
    pub info: Arc<ClientInfo>,
    /// How its habits are met.
    pub dialect: Dialect,
    /// What its PATCHes are answered with.
    pub patch_answer: PatchAnswer,
}
