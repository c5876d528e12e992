//! Whether files have changed: each is told by its place on the disk, its size and its times, so that a file that is replaced, or
//! a link that leads elsewhere, counts as changed too.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What some files were like when they were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look(Vec<Option<[i128; 5]>>);

/// Files to look at.
#[derive(Debug, Clone)]
pub(super) struct Files(Vec<PathBuf>);

impl Files {
    /// These.
    pub(super) fn new(mut files: Vec<PathBuf>) -> Self {
        files.sort();
        files.dedup();
        Self(files)
    }

    /// What they are like.
    pub(super) fn look(&self) -> Look {
        let look = |file: &PathBuf| {
            let there = fs::metadata(file).ok()?;
            let modified = i128::from(there.mtime()) * 1_000_000_000 + i128::from(there.mtime_nsec());
            let changed = i128::from(there.ctime()) * 1_000_000_000 + i128::from(there.ctime_nsec());
            Some([there.dev().into(), there.ino().into(), there.len().into(), modified, changed])
        };
        Look(self.0.iter().map(look).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_replaced_or_linked_anew_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let [file, other, link, missing] = ["file", "other", "link", "missing"].map(|name| folder.path().join(name));
        fs::write(&file, "one").unwrap();
        fs::write(&other, "one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let files = Files::new(vec![link.clone(), missing.clone()]);
        let first = files.look();
        assert_eq!(files.look(), first);
        fs::write(&file, "longer").unwrap();
        let second = files.look();
        assert_ne!(second, first);
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let third = files.look();
        assert_ne!(third, second);
        fs::write(&missing, "").unwrap();
        assert_ne!(files.look(), third);
    }
}
