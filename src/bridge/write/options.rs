//! What a bridge's writes go by, beside its mapping.

use std::sync::Arc;

use crate::audit::Audit;
use crate::scim::patch;

/// What a bridge's writes go by.
#[derive(Debug, Clone)]
pub struct Writes {
    /// The bridge's name in the settings.
    pub name: Arc<str>,
    /// Where writes are written down.
    pub audit: Audit,
    /// What a PATCH request may be.
    pub patch: patch::Limits,
}

impl Default for Writes {
    fn default() -> Self {
        Self { name: "".into(), audit: Audit::none(), patch: patch::Limits::default() }
    }
}
