//! How kindly a client's requests are read.

use serde::Deserialize;

/// What to do where clients and the standard pull apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Takes what identity providers really send: booleans as strings, dotted keys, values that aren't wrapped as they should be,
    /// attributes that nobody knows.
    #[default]
    Default,
    /// Takes what the standard says.
    Strict,
}

/// Whether a PATCH is answered with the resource (200) or without (204): RFC 7644 section 3.5.2 leaves it to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchAnswer {
    /// With the resource, but for one that changes nothing but a group's members and doesn't ask for `attributes`.
    #[default]
    Auto,
    /// Always with the resource.
    Resource,
    /// Never with the resource.
    Nothing,
}

impl Dialect {
    /// Whether only what the standard says is taken.
    pub fn is_strict(self) -> bool {
        self == Self::Strict
    }
}
