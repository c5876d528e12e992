//! The access log: one JSON line for each request.
//!
//! Writing a line must cost a request next to nothing. So a line is put into memory that a thread of its own empties; what takes
//! the lines may be slow, and then lines are dropped and counted rather than requests held up. The thread waits a moment after it
//! is woken: many lines share one wake-up and one write.

mod line;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(super) use line::Line;

use self::writer::{Output, Writer};

/// Where lines about requests go. Its clones are the same.
#[derive(Debug, Clone)]
pub struct AccessLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sink: Sink,
    /// Of how many requests that succeed one gets a line.
    sample: u64,
    succeeded: AtomicU64,
}

#[derive(Debug)]
enum Sink {
    None,
    /// Events of the process's log.
    Events,
    Lines(Writer),
}

impl AccessLog {
    /// No log.
    pub fn none() -> Self {
        Self::of(Sink::None, 1)
    }

    /// Events of the process's own log, as `scimfront::access` at level info, of one in `sample` requests that succeed.
    pub fn events(sample: u64) -> Self {
        Self::of(Sink::Events, sample)
    }

    /// Lines on standard error.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn stderr(sample: u64) -> io::Result<Self> {
        Self::lines(Output::Stream(Box::new(io::stderr())), sample)
    }

    /// Lines on standard output.
    ///
    /// # Errors
    /// As [`AccessLog::stderr`].
    pub fn stdout(sample: u64) -> io::Result<Self> {
        Self::lines(Output::Stream(Box::new(io::stdout())), sample)
    }

    /// Lines at the end of this file, which may be renamed away at any time.
    ///
    /// # Errors
    /// When the file can't be opened, and as [`AccessLog::stderr`].
    pub fn file(path: &Path, sample: u64) -> io::Result<Self> {
        Self::lines(Output::file(path)?, sample)
    }

    fn lines(output: Output, sample: u64) -> io::Result<Self> {
        Ok(Self::of(Sink::Lines(Writer::start(output)?), sample))
    }

    fn of(sink: Sink, sample: u64) -> Self {
        Self(Arc::new(Inner { sink, sample: sample.max(1), succeeded: AtomicU64::new(0) }))
    }

    /// Writes a line, unless it is one of those that are left out.
    pub(super) fn write(&self, line: &Line<'_>) {
        let Inner { sink, sample, succeeded } = &*self.0;
        if line.status < 400 && *sample > 1 && succeeded.fetch_add(1, Relaxed) % sample != 0 {
            return;
        }
        match sink {
            Sink::None => {}
            Sink::Events => line.log(),
            Sink::Lines(writer) => writer.write(line),
        }
    }

    /// Waits until all lines are written. Takes a moment.
    pub fn flush(&self) {
        if let Sink::Lines(writer) = &self.0.sink {
            writer.flush();
        }
    }
}

#[cfg(test)]
mod tests;
