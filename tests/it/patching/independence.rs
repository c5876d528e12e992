//! What judges the program must not be made of it.

/// The files that say what a PATCH means, and what came of many.
const FILES: &[(&str, &str)] = &[
    ("document.rs", include_str!("document.rs")),
    ("generator.rs", include_str!("generator.rs")),
    ("model.rs", include_str!("model.rs")),
    ("normal.rs", include_str!("normal.rs")),
    ("refusal.rs", include_str!("refusal.rs")),
    ("values.rs", include_str!("values.rs")),
    ("words.rs", include_str!("words.rs")),
    ("clients.rs", include_str!("../atomicity/clients.rs")),
    ("history.rs", include_str!("../atomicity/history.rs")),
    ("judge.rs", include_str!("../atomicity/judge.rs")),
    ("trace.rs", include_str!("../atomicity/trace.rs")),
    ("ldif.rs", include_str!("../support/ldif.rs")),
];

#[test]
fn the_model_shares_nothing_with_the_program() {
    for (name, source) in FILES {
        assert!(!source.contains("scimfront"), "{name} names the program's library");
        // What exactness brings is held to the same rule beside it.
        let allowed = [
            "std::",
            "super::",
            "crate::support::",
            "crate::exactness::",
            "crate::patching::",
            "serde_json::",
            "base64::",
        ];
        for line in source.lines().map(str::trim).filter(|line| line.starts_with("use ")) {
            assert!(allowed.iter().any(|start| line["use ".len()..].starts_with(start)), "{name}: {line}");
        }
    }
}
