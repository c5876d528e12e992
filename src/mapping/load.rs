//! A mapping file and those that it extends, laid over each other.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{builtin, codes};
use crate::diagnostics::toml::{Document, Node, Overlay, Table};
use crate::diagnostics::{Diagnostic, Report, SourceFile, did_you_mean};
use crate::scim::schema::core::ENTERPRISE_USER;

/// The version of the language.
const VERSION: i64 = 1;
/// How the enterprise extension may be called.
pub(super) const ENTERPRISE: &str = "enterprise";
/// Longer chains of files are taken for a mistake.
const LONGEST_CHAIN: usize = 32;

/// The keys that say where values come from.
pub(super) const SOURCES: &[&str] = &["ldap", "const", "template", "ref", "backref"];

/// Everything that the files say, the extending one's word last.
pub(super) struct Loaded {
    /// The merged table.
    pub root: Table,
    /// Identifies the files' texts.
    pub fingerprint: u64,
}

/// Reads `main` and what it extends. `None`, with findings, where one of them can't be read.
pub(super) fn load(loader: &dyn Fn(&str) -> io::Result<String>, main: &str, report: &mut Report) -> Option<Loaded> {
    let mut chain: Vec<(String, Document)> = Vec::new();
    let mut hash = Sha256::new();
    let mut next = Some(read(loader, main, report)?);
    while let Some((name, document)) = next.take() {
        hash.update(document.file.text.as_bytes());
        hash.update([0]);
        check_version(&document, report);
        check_twice(&document, report);
        chain.push((name, document));
        next = parent(loader, &chain, report)?;
    }
    let mut tables = chain.into_iter().rev().map(|(_, document)| document.root);
    let first = tables.next()?;
    let root = tables.fold(first, |below, above| below.overlaid(above, OVERLAY));
    let digest = hash.finalize();
    let fingerprint = digest.first_chunk::<8>().map_or(0, |octets| u64::from_be_bytes(*octets));
    Some(Loaded { root, fingerprint })
}

const OVERLAY: Overlay<'static> = Overlay { same_key: &same_key, replaces: &replaces };

/// Names have no case in SCIM, and the enterprise extension two names.
fn same_key(left: &str, right: &str) -> bool {
    let full =
        |name: &str| if name.eq_ignore_ascii_case(ENTERPRISE) { ENTERPRISE_USER.to_owned() } else { name.to_owned() };
    left.eq_ignore_ascii_case(right) || full(left).eq_ignore_ascii_case(&full(right))
}

/// A table that says where values come from replaces one that says they come from elsewhere, or through another codec.
fn replaces(below: &Table, above: &Table) -> bool {
    let source = |table: &Table| {
        SOURCES.iter().copied().find(|key| table.get(key).is_some_and(|node| node.as_table().is_none()))
    };
    let codec = |table: &Table| table.get("codec").and_then(Node::as_str).map(str::to_owned);
    // A password's two forms: `codec = "passmod"` has no source.
    let passmod = |table: &Table| codec(table).as_deref() == Some("passmod");
    match (source(below), source(above)) {
        (None, Some(_)) => passmod(below),
        (Some(_), None) => passmod(above),
        (Some(from), Some(to)) => from != to || codec(above).is_some_and(|name| codec(below) != Some(name)),
        _ => false,
    }
}

/// Reports names that differ in case alone: laid over each other, one would silently win.
fn check_twice(document: &Document, report: &mut Report) {
    let tables = |table: &Table, key: &str| table.get(key).and_then(Node::as_table).cloned();
    let Some(resources) = tables(&document.root, "resource") else { return };
    alike(&resources, report);
    for resource in resources.iter().filter_map(Node::as_table) {
        if let Some(attributes) = tables(resource, "attr") {
            check_names(&attributes, report);
        }
    }
}

fn check_names(table: &Table, report: &mut Report) {
    alike(table, report);
    // What codecs list are values, not names.
    table
        .iter()
        .filter(|node| node.key != "values")
        .filter_map(Node::as_table)
        .for_each(|table| check_names(table, report));
}

fn alike(table: &Table, report: &mut Report) {
    let nodes: Vec<_> = table.iter().collect();
    for (place, node) in nodes.iter().enumerate() {
        if let Some(first) = nodes.iter().take(place).find(|other| same_key(&other.key, &node.key)) {
            let message = format!("`{}` and `{}` are the same name", first.key, node.key);
            let finding = Diagnostic::error(&codes::TWICE, message).at(&node.key_span);
            report.push(finding.also(&first.key_span, "first here"));
        }
    }
}

/// The file called `name`, and what to call it: presets have one name for each version.
fn read(loader: &dyn Fn(&str) -> io::Result<String>, name: &str, report: &mut Report) -> Option<(String, Document)> {
    let text = text_of(loader, name).map_err(|finding| report.push(finding)).ok()?;
    parse(text, report)
}

fn parse((name, text): (String, String), report: &mut Report) -> Option<(String, Document)> {
    match Document::parse(SourceFile::new(name.clone(), text)) {
        Ok(document) => Some((name, document)),
        Err(finding) => {
            report.push(finding);
            None
        }
    }
}

fn text_of(loader: &dyn Fn(&str) -> io::Result<String>, name: &str) -> Result<(String, String), Diagnostic> {
    if name.starts_with(builtin::PREFIX) {
        return match builtin::find(name) {
            Some((full, text)) => Ok((full, text.to_owned())),
            None => {
                let names = builtin::names();
                let finding = Diagnostic::error(&codes::EXTENDS, format!("there is no preset `{name}`"));
                Err(match did_you_mean(name, names.iter().map(String::as_str)) {
                    None => finding.help(format!("presets: {}", names.join(", "))),
                    meant => finding.suggest(meant),
                })
            }
        };
    }
    match loader(name) {
        Ok(text) => Ok((name.to_owned(), text)),
        Err(error) => Err(Diagnostic::error(&codes::EXTENDS, format!("`{name}` can't be read: {error}"))),
    }
}

/// What the last file of `chain` extends. The outer `None` means that it can't be read.
#[allow(clippy::option_option, reason = "nothing to extend isn't a failure")]
fn parent(
    loader: &dyn Fn(&str) -> io::Result<String>,
    chain: &[(String, Document)],
    report: &mut Report,
) -> Option<Option<(String, Document)>> {
    let (name, document) = chain.last()?;
    let Some(node) = document.root.get("extends") else { return Some(None) };
    let wanted = resolve(name, node.string(report)?);
    match text_of(loader, &wanted) {
        Err(finding) => {
            report.push(finding.at(&node.span));
            None
        }
        Ok((full, _)) if chain.len() >= LONGEST_CHAIN || chain.iter().any(|(known, _)| *known == full) => {
            let names: Vec<_> = chain.iter().map(|(name, _)| name.as_str()).chain([full.as_str()]).collect();
            let message = format!("`{full}` extends itself: {}", names.join(" -> "));
            report.push(Diagnostic::error(&codes::CYCLE, message).at(&node.span));
            None
        }
        Ok(found) => parse(found, report).map(Some),
    }
}

/// The name of the file that `from` calls `name`: relative to it.
fn resolve(from: &str, name: &str) -> String {
    if name.starts_with(builtin::PREFIX) || from.starts_with(builtin::PREFIX) || Path::new(name).is_absolute() {
        return name.to_owned();
    }
    match Path::new(from).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => plain(&folder.join(name)),
        _ => plain(Path::new(name)),
    }
}

/// The path without `.` and, where that is safe, `..`, so that a circle of files is seen.
fn plain(path: &Path) -> String {
    use std::path::Component;
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect::<std::path::PathBuf>().to_string_lossy().into_owned()
}

fn check_version(document: &Document, report: &mut Report) {
    let finding = match document.root.get("version") {
        None => {
            Diagnostic::error(&codes::VERSION, "the file doesn't say which version of the language it is written in")
                .at(&crate::diagnostics::Span::new(&document.file, 0..0))
        }
        Some(node) if node.as_integer() == Some(VERSION) => return,
        Some(node) => node.error(&codes::VERSION, "this version of the language isn't known here"),
    };
    report.push(finding.help(format!("write `version = {VERSION}`")));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("etc/main.toml", "base.toml", "etc/base.toml")]
    #[case("etc/main.toml", "../base.toml", "base.toml")]
    #[case("main.toml", "./base.toml", "base.toml")]
    #[case("/a/b/main.toml", "../c/./base.toml", "/a/c/base.toml")]
    #[case("main.toml", "../base.toml", "../base.toml")]
    #[case("main.toml", "/x/base.toml", "/x/base.toml")]
    #[case("main.toml", "builtin:openldap@1", "builtin:openldap@1")]
    fn names_are_relative_to_the_file(#[case] from: &str, #[case] name: &str, #[case] resolved: &str) {
        assert_eq!(resolve(from, name), resolved);
    }
}
