//! Whether clients can be confined as the settings say: by the mapping, and by what the directories are able to decide.

use crate::auth::{ClientInfo, check_confinement};
use crate::bridge::{Bridge, check::UNDECIDABLE};
use crate::config::{self, Confined, codes};
use crate::diagnostics::Report;
use crate::mapping::Mapping;
use crate::mapping::confine::InvalidConfinement;

/// What `mapping` doesn't have of what the clients of a bridge are confined to.
pub(super) fn confined(bridge: &config::Bridge, mapping: &Mapping) -> Report {
    let finding = |(name, client): (&String, &config::Client)| {
        let error = check_confinement(&ClientInfo::from_settings(name, client), mapping).err()?;
        let key = key(&error, &client.confined);
        Some(client.confined_at.error(key, &codes::BAD_CONFINEMENT, &error.to_string()))
    };
    bridge.clients.iter().filter_map(finding).collect()
}

/// What the directories of a bridge can't decide of what its clients are confined to.
pub(super) fn decidable(settings: &config::Bridge, bridge: &Bridge) -> Report {
    let finding = |(name, client): (&String, &config::Client)| {
        let why = bridge.check_decidable(&ClientInfo::from_settings(name, client)).err()?;
        Some(client.confined_at.error("only", UNDECIDABLE, &why))
    };
    settings.clients.iter().filter_map(finding).collect()
}

/// The setting that is wrong.
fn key(error: &InvalidConfinement, confined: &Confined) -> &'static str {
    let lists = |list: &Option<Vec<String>>, name: &String| list.as_ref().is_some_and(|list| list.contains(name));
    match error {
        InvalidConfinement::Type(name) if lists(&confined.types, name) => "types",
        InvalidConfinement::Type(_) | InvalidConfinement::Only(_) => "only",
        InvalidConfinement::Attribute(name) if lists(&confined.writable, name) => "writable",
        InvalidConfinement::Attribute(name) if lists(&confined.hidden, name) => "hidden",
        InvalidConfinement::Needed { .. } if confined.attributes.is_none() => "hidden",
        InvalidConfinement::Attribute(_) | InvalidConfinement::Needed { .. } => "attributes",
        InvalidConfinement::Within(_) => "within",
        InvalidConfinement::Nothing if confined.types.is_some() => "types",
        InvalidConfinement::Nothing => "within",
    }
}
