//! A file to which lines are added, and which others may rename away at any time.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Whether the last line may be torn, so that the next one must not join it.
    torn: bool,
}

impl Journal {
    /// Opens the file to append to it, and makes it where there is none, for this user alone.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: open(path)?, torn: true })
    }

    /// Opens the file anew when another stands, or none, where it was. Returns whether it did.
    pub(super) fn follow(&mut self) -> io::Result<bool> {
        let moved = match fs::metadata(&self.path) {
            Ok(there) => identity(&there) != identity(&self.file.metadata()?),
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => return Err(error),
        };
        if moved {
            self.file.sync_data()?;
            self.file = open(&self.path)?;
            self.torn = true;
        }
        Ok(moved)
    }

    /// Adds `lines`, on the disk when it returns if that is asked for.
    pub(super) fn append(&mut self, lines: &[u8], durable: bool) -> io::Result<()> {
        if std::mem::replace(&mut self.torn, true) && self.file.metadata()?.len() > 0 {
            self.file.write_all(b"\n")?;
        }
        self.file.write_all(lines)?;
        self.torn = false;
        if durable { self.file.sync_data() } else { Ok(()) }
    }

    /// Brings on the disk what isn't there yet.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // Its name must outlive a crash, too. Some file systems don't let folders be synchronised; they do it themselves.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(file)
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        fs::write(&path, "torn").unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.append(b"a\n", true).unwrap();
        journal.append(b"b\n", false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn\na\nb\n");
    }

    #[test]
    fn a_file_that_was_renamed_away_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("audit"), folder.path().join("audit.1"));
        let mut journal = Journal::open(&path).unwrap();
        journal.append(b"a\n", true).unwrap();
        assert!(!journal.follow().unwrap());
        fs::rename(&path, &old).unwrap();
        assert!(journal.follow().unwrap() && !journal.follow().unwrap());
        journal.append(b"b\n", true).unwrap();
        assert_eq!((fs::read(&old).unwrap(), fs::read(&path).unwrap()), (b"a\n".to_vec(), b"b\n".to_vec()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
