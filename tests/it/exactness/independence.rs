//! What judges the program must not be made of it.

/// The files that say what a filter means.
const FILES: &[(&str, &str)] = &[
    ("evaluator.rs", include_str!("evaluator.rs")),
    ("filter.rs", include_str!("filter.rs")),
    ("catalogue.rs", include_str!("catalogue.rs")),
    ("generator.rs", include_str!("generator.rs")),
    ("dice.rs", include_str!("../support/dice.rs")),
    ("client.rs", include_str!("../support/client.rs")),
];

#[test]
fn the_evaluation_shares_nothing_with_the_program() {
    for (name, source) in FILES {
        assert!(!source.contains("scimfront"), "{name} names the program's library");
        let allowed = ["std::", "super::", "crate::support::", "serde_json::", "base64::", "unicode_normalization::"];
        for line in source.lines().map(str::trim).filter(|line| line.starts_with("use ")) {
            assert!(allowed.iter().any(|start| line["use ".len()..].starts_with(start)), "{name}: {line}");
        }
    }
}
