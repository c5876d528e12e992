//! What is written down, and how it stands in a line.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// POST
    Create,
    /// PUT
    Replace,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

/// What is about to be done, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// When.
    #[serde(with = "time")]
    pub time: SystemTime,
    /// The client's name in the settings.
    pub client: String,
    /// What the request is called in logs.
    pub request: String,
    /// The bridge's name in the settings.
    pub bridge: String,
    /// What the client wants.
    pub action: Action,
    /// Whether it stands in a bulk request.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bulk: bool,
    /// Whether nothing is done in the end.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// The resource type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's id, but for one that is to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The changes as LDIF without secrets: [`ldif::changes`](crate::ldap::ldif::changes).
    pub ldif: String,
    /// What takes them back: [`ldif::undo`](crate::ldap::ldif::undo).
    pub undo: String,
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// It was done.
    Done,
    /// It was refused, or failed, and nothing is changed.
    Failed,
    /// It failed half way, and something is left that couldn't be taken back.
    Half,
    /// Nobody knows.
    Unknown,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When.
    #[serde(with = "time")]
    pub time: SystemTime,
    /// How it ended.
    pub ending: Ending,
    /// The resource's id, where it was made and the directory said so at once (RFC 4527).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it failed, for administrators: it may name DNs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What was done, where that isn't what was intended: fewer values, another name, or what was left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldif: Option<String>,
    /// What takes that back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
}

impl Outcome {
    /// An outcome with nothing to add.
    pub fn new(time: SystemTime, ending: Ending) -> Self {
        Self { time, ending, id: None, detail: None, ldif: None, undo: None }
    }
}

/// A line of the file.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Intent {
        ticket: &'a str,
        #[serde(flatten)]
        intent: &'a Intent,
    },
    Outcome {
        ticket: &'a str,
        #[serde(flatten)]
        outcome: &'a Outcome,
    },
}

impl Line<'_> {
    /// The line as JSON, without its end.
    ///
    /// # Errors
    /// A time that no calendar has.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Times as RFC 3339 has them.
mod time {
    use std::time::SystemTime;

    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Timestamp::try_from(*time).map_err(S::Error::custom)?;
        serializer.collect_str(&time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<Timestamp>().map(SystemTime::from).map_err(D::Error::custom)
    }
}
