//! What the operating system knows of this process.

use std::fs;

use super::catalogue::{PROCESS_CPU, PROCESS_FILES, PROCESS_MEMORY};
use super::{Gauge, Metric};

/// In which parts of a second Linux counts processor time for those who read it in text.
const TICKS: f64 = 100.0;

/// The process's own metrics; read when somebody looks.
pub struct Process {
    memory: Gauge,
    files: Gauge,
    processor: Gauge,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Process")
    }
}

impl Default for Process {
    fn default() -> Self {
        let gauge = |metric: Metric| metric.level(&[]);
        Self { memory: gauge(PROCESS_MEMORY), files: gauge(PROCESS_FILES), processor: gauge(PROCESS_CPU) }
    }
}

impl Process {
    /// Looks. What can't be read stays as it was.
    pub fn look(&self) {
        if let Some(kibibytes) = fs::read_to_string("/proc/self/status").ok().and_then(|text| resident(&text)) {
            self.memory.set(kibibytes * 1024.0);
        }
        if let Some(ticks) = fs::read_to_string("/proc/self/stat").ok().and_then(|text| processor(&text)) {
            self.processor.set(ticks / TICKS);
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            // The folder that is read is one of them.
            self.files.set(files.count().saturating_sub(1) as f64);
        }
    }
}

fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// User and system time. The name before them may hold anything but ends with the last parenthesis.
fn processor(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_of_memory_and_time() {
        assert_eq!(resident("Name:\tscimfront\nVmRSS:\t   23 kB\nThreads:\t3\n"), Some(23.0));
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 92 0 0 0 30 12 0 0 20 0 1 0 100 2 3";
        assert_eq!(processor(stat), Some(42.0));
        assert_eq!(processor("nothing"), None);
    }
}
