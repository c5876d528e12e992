//! The floors, the homes of outer crates, and where time and environment come from.

use super::house::House;
use super::source::Source;

/// The floors: a module names only modules of floors below it.
const FLOORS: &[(&str, u8)] = &[
    ("main", 8),
    ("cli", 7),
    ("http", 6),
    ("bridge", 5),
    ("cache", 4),
    ("audit", 4),
    ("auth", 4),
    ("sandbox", 4),
    ("translate", 3),
    ("directory", 2),
    ("mapping", 2),
    ("config", 2),
    ("diagnostics", 1),
    ("scim", 1),
    ("ldap", 1),
    ("clock", 1),
    ("telemetry", 1),
    ("web", 1),
];

/// Outer crates and the modules that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("ldap3", &["directory"]),
    ("lber", &["ldap", "directory"]),
    ("axum", &["http"]),
    ("moka", &["cache"]),
    ("opentelemetry", &["telemetry", "cli"]),
];

/// What is taken from the air, and the modules that may: the end of a path.
const AIR: &[(&[&str], &[&str])] = &[
    (&["std", "env"], &["cli", "config", "main"]),
    (&["SystemTime", "now"], &["clock"]),
    (&["Instant", "now"], &["clock"]),
    (&["Timestamp", "now"], &["clock"]),
    (&["Zoned", "now"], &["clock"]),
];

/// All broken rules, one line each.
pub(crate) fn broken(house: &House) -> Vec<String> {
    house.sources().iter().filter(|source| !source.module.is_empty()).flat_map(broken_by).collect()
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn broken_by(source: &Source) -> Vec<String> {
    let own = source.module.first().map_or("", String::as_str);
    let Some(own_floor) = floor(own) else {
        return vec![format!("{}: the module {own} has no floor", source.file)];
    };
    let mut broken = floors(source, own, own_floor);
    broken.extend(homes(source, own));
    broken.extend(air(source, own));
    broken
}

fn floors(source: &Source, own: &str, own_floor: u8) -> Vec<String> {
    let passed_on = source.passes_on.iter().map(|(_, path)| path);
    let targets = source.uses.iter().chain(passed_on).filter_map(|path| path.first().map(|first| (first, path)));
    let broken = targets.filter(|(target, _)| *target != own).filter_map(|(target, path)| {
        let path = path.join("::");
        match floor(target) {
            None => Some(format!("{}: {path}: the module {target} has no floor", source.file)),
            Some(floor) if floor >= own_floor => {
                Some(format!("{}: {own} (floor {own_floor}) names {path} (floor {floor})", source.file))
            }
            Some(_) => None,
        }
    });
    broken.collect()
}

fn homes(source: &Source, own: &str) -> Vec<String> {
    let broken = HOMES.iter().filter(|(name, homes)| {
        !homes.contains(&own) && source.names.iter().any(|path| path.first().is_some_and(|first| first == name))
    });
    broken.map(|(name, homes)| format!("{}: {name} is named outside {}", source.file, homes.join(", "))).collect()
}

fn air(source: &Source, own: &str) -> Vec<String> {
    let ends = |path: &[String], wanted: &[&str]| path.windows(wanted.len()).any(|window| window == wanted);
    // tokio's own clock is what its timers go by, and tests can stop it.
    let is_tokio = |path: &[String]| path.first().is_some_and(|first| first == "tokio");
    let imports_tokio =
        source.names.iter().any(|path| is_tokio(path) && path.last().is_some_and(|last| last == "Instant"));
    let names = |wanted: &[&str]| {
        let tokio_clock = wanted == ["Instant", "now"] && imports_tokio;
        !tokio_clock && source.names.iter().any(|path| !is_tokio(path) && ends(path, wanted))
    };
    let broken = AIR.iter().filter(|(path, homes)| !homes.contains(&own) && names(path));
    broken.map(|(path, homes)| format!("{}: {} outside {}", source.file, path.join("::"), homes.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::upwards("scim/path.rs", "use crate::http::Thing;")]
    #[case::upwards_in_a_group("ldap/mod.rs", "use crate::{ldap::Dn, directory::{self}};")]
    #[case::upwards_in_an_expression("translate/mod.rs", "fn f() { crate::bridge::g() }")]
    #[case::upwards_by_super("scim/a/b.rs", "use super::super::super::cli::X;")]
    #[case::sideways("cache/mod.rs", "use crate::auth::Client;")]
    #[case::passed_on("mapping/mod.rs", "pub use crate::directory::Pool;")]
    #[case::to_a_stranger("http/mod.rs", "use crate::utilities::X;")]
    #[case::from_a_stranger("utilities.rs", "")]
    #[case::the_binary("http/mod.rs", "use crate::main::x;")]
    #[case::ldap3_elsewhere("bridge/get.rs", "use ldap3::Ldap;")]
    #[case::ldap3_in_a_type("bridge/get.rs", "struct X(ldap3::Ldap);")]
    #[case::axum_elsewhere("cli/serve.rs", "use axum;")]
    #[case::moka_elsewhere("bridge/get.rs", "use {moka::future::Cache};")]
    #[case::lber_elsewhere("translate/mod.rs", "fn f() -> lber::structures::Tag {}")]
    #[case::environment("scim/mod.rs", "fn f() { std::env::var(\"X\"); }")]
    #[case::environment_imported("http/mod.rs", "use std::{env, fs};")]
    #[case::wall_clock("audit/mod.rs", "fn f() { std::time::SystemTime::now(); }")]
    #[case::monotonic_clock("audit/mod.rs", "use std::time::Instant; fn f() { Instant::now(); }")]
    #[case::time_zone("audit/mod.rs", "fn f() { jiff::Timestamp::now(); }")]
    fn a_violation_is_found(#[case] file: &str, #[case] text: &str) {
        assert_eq!(broken(&House::of(&[(file, text)])).len(), 1);
    }

    #[rstest]
    #[case::downwards("http/mod.rs", "use crate::bridge::Bridge; use axum::Router;")]
    #[case::within("cache/mod.rs", "mod a; use crate::cache::a::B; use moka::future::Cache; use self::a::C;")]
    #[case::in_tests_only("scim/mod.rs", "#[cfg(test)] mod tests { use crate::http::X; use axum::Y; }")]
    #[case::in_text("scim/mod.rs", "/// [`crate::http`]\nconst X: &str = \"crate::http::ldap3::X\";")]
    #[case::lber_for_controls("ldap/controls.rs", "use lber::common::TagClass;")]
    #[case::the_binary("main.rs", "fn main() { scimfront::cli::main() }")]
    #[case::a_macro("scim/mod.rs", "crate::some_macro! { a, b }")]
    #[case::tokios_clock(
        "directory/mod.rs",
        "use tokio::time::{Instant, sleep}; fn f() { Instant::now(); tokio::time::Instant::now(); }"
    )]
    #[case::another_word("scim/mod.rs", "use ldap3_proto::X; fn axum() {}")]
    #[case::the_type_of_time("audit/mod.rs", "fn f(now: std::time::SystemTime) {}")]
    fn what_is_allowed_is_not(#[case] file: &str, #[case] text: &str) {
        assert_eq!(broken(&House::of(&[(file, text)])), Vec::<String>::new());
    }
}
