//! The thread that writes lines.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::line::Line;
use crate::telemetry::Counter;
use crate::telemetry::catalogue::ACCESS_LOG_DROPPED;

/// How many octets of lines may wait.
const MOST: usize = 4 << 20;

/// How long lines are gathered before they are written.
const GATHER: Duration = Duration::from_millis(20);

/// Where lines go.
pub(super) enum Output {
    Stream(Box<dyn Write + Send>),
    File(PathBuf, File),
}

/// Hands lines to the thread, which ends when this is dropped and all is written.
pub(super) struct Writer {
    shared: Arc<Shared>,
    dropped: Counter,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// There is something to write, or the end has come.
    filled: Condvar,
    /// Something was written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Whether lines that were taken aren't written yet.
    writing: bool,
    ended: bool,
}

thread_local! {
    /// Where lines are made before they are put to the others.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(output: Output) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || run(&theirs, output))?;
        Ok(Self { shared, dropped: ACCESS_LOG_DROPPED.count(&[]) })
    }

    /// Hands a line over, or drops it where too many wait.
    pub(super) fn write(&self, line: &Line<'_>) {
        LINE.with_borrow_mut(|made| {
            made.clear();
            line.json(made);
            let mut waiting = self.shared.lock();
            if waiting.lines.len() + made.len() > MOST {
                drop(waiting);
                return self.dropped.increment(1);
            }
            let wake = waiting.lines.is_empty();
            waiting.lines.extend_from_slice(made);
            drop(waiting);
            if wake {
                self.shared.filled.notify_one();
            }
        });
    }

    /// Waits until what was handed over is written, or failed to be.
    pub(super) fn flush(&self) {
        let mut waiting = self.shared.lock();
        while waiting.writing || !waiting.lines.is_empty() {
            waiting = self.shared.written.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.filled.notify_one();
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(shared: &Shared, mut output: Output) {
    let mut lines = Vec::new();
    let mut failing = false;
    let dropped = ACCESS_LOG_DROPPED.count(&[]);
    loop {
        let mut waiting = shared.lock();
        while waiting.lines.is_empty() && !waiting.ended {
            waiting = shared.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if !waiting.ended {
            drop(waiting);
            std::thread::sleep(GATHER);
            waiting = shared.lock();
        }
        std::mem::swap(&mut waiting.lines, &mut lines);
        let ended = waiting.ended;
        waiting.writing = true;
        drop(waiting);
        match output.write(&lines) {
            Ok(()) => failing = false,
            Err(error) => {
                dropped.increment(lines.iter().filter(|byte| **byte == b'\n').count() as u64);
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "the access log can't be written: lines are dropped until it can");
                }
            }
        }
        lines.clear();
        shared.lock().writing = false;
        shared.written.notify_all();
        if ended {
            return;
        }
    }
}

impl Output {
    /// The end of a file, which is made for this user alone where there is none.
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::File(path.to_owned(), open(path)?))
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(stream) => {
                stream.write_all(lines)?;
                stream.flush()
            }
            Self::File(path, file) => {
                let there = fs::metadata(&*path).ok().map(|there| (there.dev(), there.ino()));
                let ours = file.metadata().ok().map(|ours| (ours.dev(), ours.ino()));
                if there != ours {
                    *file = open(path)?;
                }
                file.write_all(lines)
            }
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}
