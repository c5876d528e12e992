//! The reference of all metrics.

use super::catalogue::ALL;
use super::metric::Kind;

/// `docs/metrics.md`.
pub fn markdown() -> String {
    let mut text = "# Metrics\n\nWhat `/metrics` of the admin listener (`[admin]` in [the settings](settings.md)) shows, in \
                    Prometheus's text format. Made from the declaration that the program counts by; don't edit. Labels name \
                    bridges, directories and clients as the settings do.\n\n\
                    | Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n"
        .to_owned();
    for metric in ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        text += &format!("| `{}` | {kind} | {} | {} |\n", metric.name, labels.join(", "), metric.help);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_reference_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
        let text = super::markdown();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "docs/metrics.md isn't current: run UPDATE=1 cargo test, and look at what changed");
    }
}
