//! Every mistake as a person sees it: `tests/golden/mapping/CODE-name.toml` and what is said of it, in `.txt` beside it. `UPDATE=1`
//! writes what is said now; look at what changed. Files that start with `_` are parts of others.

use std::fs;
use std::path::{Path, PathBuf};

use scimfront::diagnostics::{Diagnostic, Report, toml};
use scimfront::ldap::Subschema;
use scimfront::mapping::codec::registry;
use scimfront::mapping::{Mapping, check, codes, compile, reference};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn compiled(folder: &Path, name: &str) -> Result<Mapping, Report> {
    compile(|name| fs::read_to_string(folder.join(name)), name)
}

/// What is said of a file: by the compiler and, where it compiles, by the check against the standard schema.
fn said(folder: &Path, name: &str) -> String {
    match compiled(folder, name) {
        Err(report) => report.render(false),
        Ok(mapping) => {
            let found = check(&mapping, &Subschema::standard());
            // What a preset maps and the standard schema lacks is said of every file.
            let own = |finding: &Diagnostic| finding.span.as_ref().is_none_or(|span| span.file.name == name);
            mapping.warnings.into_iter().chain(found.into_iter().filter(own)).collect::<Report>().render(false)
        }
    }
}

/// Compares a generated file with the one checked in; `UPDATE=1` writes it instead.
fn assert_current(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "{} isn't current: run UPDATE=1 cargo test, and look at what changed\n{text}",
        path.display()
    );
}

#[test]
fn every_mistake_is_shown_as_before() {
    let folder = repository().join("tests/golden/mapping");
    let mut all = String::new();
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names.iter().filter(|name| name.ends_with(".toml") && !name.starts_with('_')) {
        let text = said(&folder, name);
        let code = name.split('-').next().unwrap_or_default();
        assert!(name.starts_with("fine") || text.contains(code), "{name} doesn't show its code:\n{text}");
        assert_current(&folder.join(name.replace(".toml", ".txt")), &text);
        all.push_str(&text);
    }
    let own_toml_codes = ["T005", "T006", "T007", "T008", "T009"]; // shown by settings
    for code in codes::ALL.iter().chain(toml::codes::ALL).filter(|code| !own_toml_codes.contains(&code.id)) {
        assert!(all.contains(code.id), "no golden file shows {}", code.id);
    }
}

#[test]
fn reference_and_schema_are_current() {
    let schema = serde_json::to_string_pretty(&reference::json_schema()).unwrap() + "\n";
    assert_current(&repository().join("docs/mapping.schema.json"), &schema);
    assert_current(&repository().join("docs/mapping.md"), &reference::markdown());
}

#[test]
fn examples_in_the_reference_compile() {
    for info in registry::ALL {
        let kind = info.types[0].name();
        let value = innermost(info.example.split_once('=').map_or("", |(_, value)| value.trim()));
        let text = format!(
            "version = 1\n[schema.\"urn:example:a\".attributes]\nx = \"{kind}\"\n[resource.A]\nschema = \"urn:example:a\"\n\
             base = \"dc=example\"\nid = \"entryUUID\"\nattr.x = {value}\n"
        );
        compile(|_| Ok(text.clone()), "m").unwrap_or_else(|report| panic!("{}: {report}", info.name));
    }
}

/// The table `{ ldap = … }` in an example, which may stand in a slot; else the whole.
fn innermost(value: &str) -> &str {
    let Some(start) = value.find("{ ldap") else { return value };
    let mut depth = 0;
    for (place, byte) in value.bytes().enumerate().skip(start) {
        depth += match byte {
            b'{' => 1,
            b'}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &value[start..=place];
        }
    }
    value
}

#[test]
fn examples_for_odd_trees_fit_the_standard_schema() {
    for name in ["named-by-cn.toml", "several-containers.toml", "unique-names.toml", "languages.toml"] {
        let mapping = compiled(&repository().join("examples"), name).unwrap_or_else(|report| panic!("{report}"));
        let found = check(&mapping, &Subschema::standard());
        assert!(!found.has_errors(), "{name}: {found}");
    }
}

#[test]
fn the_example_compiles() {
    let mapping = compiled(&repository().join("examples"), "devices.toml").unwrap_or_else(|report| panic!("{report}"));
    let found = check(&mapping, &Subschema::standard());
    assert!(!found.has_errors(), "{found}");
    assert!(mapping.endpoint("/Devices").is_some());
}
