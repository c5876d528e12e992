//! What is measured: every metric by name, and how it gets out.
//!
//! [`catalogue`] declares all metrics once; modules resolve a metric's handle when they are made, not for each request, and
//! `docs/metrics.md` is made from the same declaration. [`Exposition`] keeps what was counted and shows it as Prometheus reads it.
//! Without one (in most tests, and in commands that end by themselves) handles do nothing.

pub mod catalogue;
mod exposition;
mod metric;
mod process;
mod reference;
pub mod trace;

pub use exposition::{AlreadyInstalled, Exposition};
pub use metric::{Kind, Metric};
pub use process::Process;
pub use reference::markdown;

// What handles are made of; who measures needn't name the facade.
pub use metrics::{Counter, Gauge, Histogram};
