//! A domain's data: made by Samba's own library, kept to be copied, copied.
//!
//! The databases hold no absolute paths, so a copy of them serves anywhere.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::options::SambaOptions;
use super::tree;
use crate::sandbox::error::SandboxError;
use crate::sandbox::slapd::new_password;
use crate::sandbox::state::write_private;

/// What Debian calls the parts that are needed.
pub(super) const PACKAGES: &str = "samba samba-ad-provision samba-dsdb-modules python3-samba";
/// Debian's own Python: another one on the search path lacks Samba's library.
const PYTHON: &str = "/usr/bin/python3";
/// What makes a domain.
const PROVISION: &str = include_str!("provision.py");
/// What of a provisioned folder is the domain.
const PARTS: [&str; 2] = ["private", "state"];
/// The file that is written last, so that a folder without it is incomplete.
const PASSWORD_FILE: &str = "password";

/// A folder with a domain's data.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    folder: PathBuf,
}

impl Domain {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The password of the administrator and the service accounts, if the domain is there.
    pub(super) fn password(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join(PASSWORD_FILE)).ok()?;
        Some(text.trim_end().to_owned())
    }

    /// What the domain was made from; nothing where there is none.
    pub(super) fn made_from(&self) -> Option<String> {
        self.password()?;
        fs::read_to_string(self.folder.join("made-from")).ok()
    }

    /// Puts a domain here, where none is: a copy of one in the cache, which is made first if need be.
    pub(super) fn fill(&self, options: &SambaOptions, samba: &Path) -> Result<(), SandboxError> {
        new_folder(&self.folder)?;
        let Some(cache) = &options.cache else { return self.make(options) };
        let kept = cache.join(format!("samba-{}", fingerprint(options, samba)));
        // Making one keeps a processor busy for seconds: others of this process that want the same wait for it.
        static MAKING: Mutex<()> = Mutex::new(());
        let making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if Domain::new(&kept).password().is_none() {
            keep(options, cache, &kept)?;
        }
        drop(making);
        copy_folder(&kept, &self.folder)
    }

    fn make(&self, options: &SambaOptions) -> Result<(), SandboxError> {
        // Three kinds of characters, as the domain's rules want.
        let password = format!("Aa1-{}", new_password()?);
        let work = tempfile::Builder::new()
            .prefix("provision-")
            .tempdir_in(&self.folder)
            .map_err(SandboxError::io("making a folder for a domain"))?;
        provision(options, work.path(), &password)?;
        for part in PARTS {
            fs::rename(work.path().join(part), self.folder.join(part))
                .map_err(SandboxError::io(format!("keeping the domain's folder {part}")))?;
        }
        write_private(&self.folder.join("made-from"), &describe(options))?;
        write_private(&self.folder.join(PASSWORD_FILE), &format!("{password}\n"))
    }
}

/// The options that decide what a domain holds, as one line.
pub(super) fn describe(options: &SambaOptions) -> String {
    format!("domain {}; {:?}\n", options.realm, options.tree)
}

/// Makes a domain and keeps it as `kept`; one that was kept in the meantime is as good.
fn keep(options: &SambaOptions, cache: &Path, kept: &Path) -> Result<(), SandboxError> {
    new_folder(cache)?;
    let fresh = tempfile::Builder::new()
        .prefix("unfinished-")
        .tempdir_in(cache)
        .map_err(SandboxError::io("making a folder to keep a domain in"))?;
    Domain::new(fresh.path()).make(options)?;
    match fs::rename(fresh.path(), kept) {
        Ok(()) => drop(fresh.keep()),
        Err(_) if Domain::new(kept).password().is_some() => {}
        Err(source) => {
            return Err(SandboxError::Io { what: format!("keeping a domain in {}", kept.display()), source });
        }
    }
    Ok(())
}

/// Tells apart domains that aren't copies of one another: by what they are filled with, and by the Samba that made them.
fn fingerprint(options: &SambaOptions, samba: &Path) -> String {
    let mut ldif = Vec::new();
    // Writing to memory can't fail.
    let _ = tree::write_ldif(options, "", &mut ldif);
    let program = fs::metadata(samba).map(|file| format!("{} {}", file.len(), file.mtime())).unwrap_or_default();
    let parts = [describe(options).as_bytes(), &ldif, PROVISION.as_bytes(), program.as_bytes()].concat();
    Sha256::digest(&parts).iter().take(8).map(|octet| format!("{octet:02x}")).collect()
}

fn provision(options: &SambaOptions, folder: &Path, password: &str) -> Result<(), SandboxError> {
    let mut input = format!("{password}\n").into_bytes();
    tree::write_ldif(options, password, &mut input).map_err(SandboxError::io("writing LDIF"))?;
    let mut child = Command::new(PYTHON)
        .args(["-c", PROVISION])
        .arg(folder)
        .arg(&options.realm)
        // Nothing here is worth waiting for a disk.
        .env("TDB_NO_FSYNC", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(SandboxError::io("starting python3"))?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&input));
    let Output { status, stderr, .. } =
        child.wait_with_output().map_err(SandboxError::io("waiting for the domain to be made"))?;
    let log = String::from_utf8_lossy(&stderr).into_owned();
    match status.success() {
        true => written.map_err(SandboxError::io("writing to python3")),
        false if log.contains("No module named 'samba") => {
            Err(SandboxError::Missing { program: "Samba's Python library", package: PACKAGES })
        }
        false => Err(SandboxError::Load { suffix: options.suffix(), log }),
    }
}

/// A folder that only its owner can enter, if it isn't there.
fn new_folder(path: &Path) -> Result<(), SandboxError> {
    let what = || format!("making {}", path.display());
    fs::create_dir_all(path).map_err(SandboxError::io(what()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(SandboxError::io(what()))
}

/// Copies what `from` holds into `to`; sockets are left out.
fn copy_folder(from: &Path, to: &Path) -> Result<(), SandboxError> {
    let what = || format!("copying {}", from.display());
    fs::create_dir_all(to).map_err(SandboxError::io(what()))?;
    for item in fs::read_dir(from).map_err(SandboxError::io(what()))? {
        let item = item.map_err(SandboxError::io(what()))?;
        let kind = item.file_type().map_err(SandboxError::io(what()))?;
        let target = to.join(item.file_name());
        if kind.is_dir() {
            copy_folder(&item.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(item.path(), &target).map_err(SandboxError::io(what()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::AdTreeOptions;

    #[test]
    fn other_options_are_another_domain() {
        let samba = Path::new("/bin/sh");
        let options = SambaOptions::default();
        let other = SambaOptions { tree: AdTreeOptions { users: 61, ..AdTreeOptions::default() }, ..options.clone() };
        assert_eq!(fingerprint(&options, samba), fingerprint(&options.clone(), samba));
        assert_ne!(fingerprint(&options, samba), fingerprint(&other, samba));
    }

    #[test]
    fn folders_are_copied_with_all_below_them() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/c"), "d").unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("a/b/c")).unwrap(), "d");
    }

    #[test]
    fn a_folder_without_its_password_is_no_domain() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("private")).unwrap();
        assert_eq!(Domain::new(folder.path()).password(), None);
        assert_eq!(Domain::new(folder.path()).made_from(), None);
    }
}
