//! What was counted, as Prometheus reads it.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::catalogue;
use super::metric::Kind;

/// All that was counted in this process. Its clones show the same.
#[derive(Clone)]
pub struct Exposition(PrometheusHandle);

/// Something in this process counts already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("metrics are counted already")]
pub struct AlreadyInstalled;

impl Exposition {
    /// Has everything counted from now on. Handles that were made before count nothing.
    ///
    /// # Errors
    /// When this was called before.
    pub fn install() -> Result<Self, AlreadyInstalled> {
        let recorder = builder().build_recorder();
        let exposition = Self(recorder.handle());
        metrics::set_global_recorder(recorder).map_err(|_| AlreadyInstalled)?;
        catalogue::ALL.iter().for_each(|metric| metric.describe());
        catalogue::BUILD.level(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        Ok(exposition)
    }

    /// The text format, version 0.0.4.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sums up what histograms were told. Must be called every few seconds: they remember each observation until then.
    pub fn sum_up(&self) {
        self.0.run_upkeep();
    }
}

impl std::fmt::Debug for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exposition")
    }
}

fn builder() -> PrometheusBuilder {
    catalogue::ALL.iter().fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
        Kind::Histogram(buckets) => {
            let matcher = Matcher::Full(metric.name.to_owned());
            // The one error is that there are no buckets, and then a summary is shown.
            builder.set_buckets_for_metric(matcher, buckets).unwrap_or_else(|_| PrometheusBuilder::new())
        }
        Kind::Counter | Kind::Gauge => builder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_buckets() {
        let recorder = builder().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            catalogue::REQUEST_SECONDS.times(&["main", "/Users", "GET"]).record(0.002);
            catalogue::SCANS.count(&["main", "exact"]).increment(2);
        });
        let text = recorder.handle().render();
        let labels = r#"bridge="main",route="/Users",method="GET""#;
        for (le, count) in [("0.001", 0), ("0.0025", 1), ("+Inf", 1)] {
            let line = format!("scimfront_http_request_duration_seconds_bucket{{{labels},le=\"{le}\"}} {count}\n");
            assert!(text.contains(&line), "{line} isn't in\n{text}");
        }
        assert!(text.contains("scimfront_scans_total{bridge=\"main\",kind=\"exact\"} 2\n"), "{text}");
    }
}
