//! What stays in a state folder beside the databases: the password, and a note of what the databases were made from.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::SandboxError;
use super::options::SlapdOptions;

/// The notes of a state folder.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    pub(crate) fn new(folder: &Path) -> Self {
        State { folder: folder.to_owned() }
    }

    /// The password that was kept, if any.
    pub(crate) fn password(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("password")).ok().map(|text| text.trim_end().to_owned())
    }

    /// Whether the databases are complete and made from what `described` says.
    ///
    /// # Errors
    /// [`SandboxError::OtherState`] when they were made from something else.
    pub(crate) fn holds(&self, described: &str) -> Result<bool, SandboxError> {
        let Ok(holds) = fs::read_to_string(self.made_from()) else { return Ok(false) };
        if holds == described {
            return Ok(true);
        }
        let holds = holds.trim_end().to_owned();
        Err(SandboxError::OtherState { path: self.folder.clone(), holds })
    }

    /// Notes that the databases are complete, and what they were made from.
    pub(crate) fn keep(&self, described: &str, password: &str) -> Result<(), SandboxError> {
        write_private(&self.folder.join("password"), &format!("{password}\n"))?;
        write_private(&self.made_from(), described)
    }

    fn made_from(&self) -> PathBuf {
        self.folder.join("made-from")
    }
}

/// The options that decide what the databases hold, as one line.
pub(super) fn describe(options: &SlapdOptions) -> String {
    let overlays: Vec<&str> = options.overlays.iter().map(|overlay| overlay.name()).collect();
    let loads: Vec<String> = options.loads.iter().map(|load| format!("{load:?}")).collect();
    format!(
        "suffixes {}; overlays {}; scim schema {}; {}\n",
        options.suffixes.join(" "),
        overlays.join(" "),
        options.scim_schema,
        loads.join("; ").replace('\n', " ")
    )
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), SandboxError> {
    let what = || format!("writing {}", path.display());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(SandboxError::io(what()))?;
    file.write_all(text.as_bytes()).map_err(SandboxError::io(what()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::TreeOptions;

    #[test]
    fn a_state_is_known_again_and_another_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::new(folder.path());
        let described = |tree| describe(&SlapdOptions::with_tree(tree));
        let options = described(TreeOptions::default());
        assert!(!state.holds(&options).unwrap());
        assert_eq!(state.password(), None);
        state.keep(&options, "secret").unwrap();
        assert!(state.holds(&options).unwrap());
        assert_eq!(state.password().as_deref(), Some("secret"));
        let other = described(TreeOptions { users: 3, ..TreeOptions::default() });
        assert!(matches!(state.holds(&other), Err(SandboxError::OtherState { .. })));
    }
}
