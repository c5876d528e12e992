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

impl Dialect {
    /// Whether only what the standard says is taken.
    pub fn is_strict(self) -> bool {
        self == Self::Strict
    }
}
