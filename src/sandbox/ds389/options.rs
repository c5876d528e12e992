//! What a private 389 Directory Server is made from.

use std::path::PathBuf;

use crate::sandbox::tree::TreeOptions;

/// What a private 389 Directory Server is made from. The default is the tree of 1,000 people below `dc=example,dc=com`, and what
/// most sites have switched on.
#[derive(Clone, Debug)]
pub struct Ds389Options {
    /// What it is filled with, below the tree's own suffix. Classes and attributes that the server's schema lacks are left out.
    pub tree: TreeOptions,
    /// Keep `memberOf` in step with `member`.
    pub member_of: bool,
    /// Remove or rename references when what they name goes or moves.
    pub refint: bool,
    /// Refuse a second entry with the same `uid`.
    pub unique: bool,
    /// Know this project's own schema: the auxiliary class scimAux.
    pub scim_schema: bool,
    /// Refuse a `uid` or `mail` with letters beyond ASCII.
    pub seven_bit: bool,
    /// Let the service account read and write everything, and everybody who has bound read: without, nobody has any right.
    pub rights: bool,
    /// Listen for LDAPS too, and take StartTLS, with a certificate of an authority of its own.
    pub tls: bool,
    /// Hold a tree as FreeIPA has it instead of the usual one.
    pub ipa: bool,
    /// Count changes: each entry has the number of its last one as `entryUSN`.
    pub usn: bool,
    /// Feed changes by content synchronisation (RFC 4533), from the retro changelog.
    pub sync: bool,
    /// Where the data is kept beyond this process; a temporary folder when absent.
    pub state_dir: Option<PathBuf>,
}

impl Ds389Options {
    /// The options that decide what the database holds, as one line.
    pub(super) fn described(&self) -> String {
        // Neither decides anything of that.
        let kept = Self { tls: false, state_dir: None, ..self.clone() };
        format!("{kept:?}\n")
    }
}

impl Default for Ds389Options {
    fn default() -> Self {
        Self {
            tree: TreeOptions::default(),
            member_of: true,
            refint: true,
            unique: true,
            scim_schema: true,
            seven_bit: true,
            rights: true,
            tls: false,
            ipa: false,
            usn: false,
            sync: true,
            state_dir: None,
        }
    }
}
