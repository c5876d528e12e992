//! All source files, and which of them a path leads to.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::source::Source;

/// The source files of the crate.
#[derive(Debug, Default)]
pub(crate) struct House {
    sources: Vec<Source>,
    by_module: BTreeMap<Vec<String>, usize>,
}

impl House {
    /// Reads all files below `folder` but those of tests (`tests.rs`, `tests/`).
    pub(crate) fn read(folder: &str) -> io::Result<Self> {
        let mut house = House::default();
        house.read_folder(Path::new(folder), &mut Vec::new())?;
        Ok(house)
    }

    /// A house of these files: path below `src` and text.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut house = House::default();
        for (file, text) in files {
            let folders: Vec<&str> = file.split('/').collect();
            let (name, folders) = folders.split_last().unwrap();
            house.add(file, folders, name, text);
        }
        house
    }

    fn read_folder(&mut self, folder: &Path, above: &mut Vec<String>) -> io::Result<()> {
        let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "tests" || name == "tests.rs" {
                continue;
            }
            if entry.file_type()?.is_dir() {
                above.push(name);
                self.read_folder(&entry.path(), above)?;
                above.pop();
            } else if name.ends_with(".rs") {
                let folders: Vec<&str> = above.iter().map(String::as_str).collect();
                self.add(&entry.path().display().to_string(), &folders, &name, &fs::read_to_string(entry.path())?);
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &str, folders: &[&str], name: &str, text: &str) {
        let mut module = folders.to_vec();
        let stem = name.trim_end_matches(".rs");
        if stem == "main" && folders.is_empty() {
            module.push("main");
        } else if stem != "mod" && stem != "lib" {
            module.push(stem);
        }
        let source = Source::parse(file, &module, text);
        self.by_module.insert(source.module.clone(), self.sources.len());
        self.sources.push(source);
    }

    /// The files.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The place of the file that has what the path names: what a module passes on is followed to where it comes from.
    pub(crate) fn file_of(&self, path: &[String]) -> Option<usize> {
        self.follow(path, 16)
    }

    fn follow(&self, path: &[String], patience: usize) -> Option<usize> {
        let length = (0..=path.len()).rev().find(|length| self.by_module.contains_key(&path[..*length]))?;
        let place = *self.by_module.get(&path[..length])?;
        let passed = path.get(length).and_then(|name| {
            let passed = self.sources[place].passes_on.iter().find(|(passed, _)| passed == name);
            passed.map(|(_, target)| [target, &path[length + 1..]].concat())
        });
        match passed {
            Some(target) if patience > 0 => self.follow(&target, patience - 1),
            _ => Some(place),
        }
    }
}

#[test]
fn what_is_passed_on_is_found_where_it_comes_from() {
    let house = House::of(&[("a/mod.rs", "mod b; pub use b::B;"), ("a/b.rs", ""), ("c.rs", "")]);
    let file = |path: &str| {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        house.file_of(&path).map(|place| house.sources()[place].file.clone())
    };
    assert_eq!(file("a::B").as_deref(), Some("a/b.rs"));
    assert_eq!(file("a::B::new").as_deref(), Some("a/b.rs"));
    assert_eq!(file("a::Other").as_deref(), Some("a/mod.rs"));
    assert_eq!(file("nowhere"), None);
}
