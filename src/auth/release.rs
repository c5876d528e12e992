//! The file in which administrators say that stopped clients may go on.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Stands for all clients of a bridge; no client is called so.
const ALL: &str = "*";

/// When clients were last released: by bridge and client, as RFC 3339 has times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Releases(BTreeMap<String, BTreeMap<String, String>>);

impl Releases {
    /// What stands in the file; nothing where there is none.
    ///
    /// # Errors
    /// When it can't be read, or is another file.
    pub fn read(path: &Path) -> io::Result<Self> {
        match std::fs::read(path) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Makes this what stands in the file; whoever reads it meanwhile finds the old or the new.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        std::fs::write(&new, serde_json::to_string_pretty(self)? + "\n")?;
        std::fs::rename(&new, path)
    }

    /// Releases a client of a bridge, or all, from what they did up to `time`.
    ///
    /// # Errors
    /// A time that no calendar has.
    pub fn release(&mut self, bridge: &str, client: Option<&str>, time: SystemTime) -> io::Result<()> {
        let time = Timestamp::try_from(time).map_err(io::Error::other)?.to_string();
        self.0.entry(bridge.to_owned()).or_default().insert(client.unwrap_or(ALL).to_owned(), time);
        Ok(())
    }

    /// When a client of a bridge was last released.
    pub fn of(&self, bridge: &str, client: &str) -> Option<SystemTime> {
        let clients = self.0.get(bridge)?;
        let times = [client, ALL].into_iter().filter_map(|name| clients.get(name)?.parse::<Timestamp>().ok());
        times.max().map(SystemTime::from)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_later_of_ones_own_and_everybodys_counts() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.json");
        let mut releases = Releases::read(&file).unwrap();
        assert_eq!(releases.of("main", "hr"), None);
        releases.release("main", Some("hr"), at(5)).unwrap();
        releases.release("main", None, at(3)).unwrap();
        releases.write(&file).unwrap();
        let read = Releases::read(&file).unwrap();
        assert_eq!(read, releases);
        assert_eq!(
            (read.of("main", "hr"), read.of("main", "crm"), read.of("x", "hr")),
            (Some(at(5)), Some(at(3)), None)
        );
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.json");
        std::fs::write(&file, "[1]").unwrap();
        assert!(Releases::read(&file).is_err());
    }
}
