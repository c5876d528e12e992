//! The presets: mapping files that are part of the binary, called `builtin:NAME@VERSION`.

/// A preset's name, its version and its text.
type Preset = (&'static str, u32, &'static str);

const PRESETS: &[Preset] = &[
    ("389ds", 1, include_str!("../../mappings/389ds.toml")),
    ("ad", 1, include_str!("../../mappings/active-directory.toml")),
    ("freeipa", 1, include_str!("../../mappings/freeipa.toml")),
    ("openldap", 1, include_str!("../../mappings/openldap.toml")),
    ("rfc2307", 1, include_str!("../../mappings/rfc2307.toml")),
];

/// What the names of presets start with.
pub const PREFIX: &str = "builtin:";

/// The full name and the text of the preset called `name`, `builtin:openldap@1`; without a version the newest.
pub fn find(name: &str) -> Option<(String, &'static str)> {
    let name = name.strip_prefix(PREFIX)?;
    let (name, version) = match name.split_once('@') {
        Some((name, version)) => (name, Some(version.parse::<u32>().ok()?)),
        None => (name, None),
    };
    PRESETS
        .iter()
        .filter(|preset| preset.0 == name && version.is_none_or(|version| version == preset.1))
        .max_by_key(|preset| preset.1)
        .map(|preset| (full_name(preset), preset.2))
}

/// The full names of all presets.
pub fn names() -> Vec<String> {
    PRESETS.iter().map(full_name).collect()
}

fn full_name(preset: &Preset) -> String {
    format!("{PREFIX}{}@{}", preset.0, preset.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_be_left_out() {
        assert_eq!(find("builtin:openldap").map(|found| found.0), Some("builtin:openldap@1".into()));
        assert_eq!(find("builtin:openldap@1").map(|found| found.0), Some("builtin:openldap@1".into()));
        for name in ["builtin:openldap@2", "builtin:openldap@x", "openldap", "builtin:nothing", "builtin:"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
