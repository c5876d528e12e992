//! The audit as those who write see it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::journal::Journal;
use super::record::{Intent, Line, Outcome};
use super::unfinished;
use super::writer::{self, Message};
use crate::ldap::plan::WritePlan;

/// Where writes are written down. Its clones are the same.
#[derive(Debug, Clone)]
pub struct Audit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sink: Sink,
    /// Differs between instances and starts.
    name: String,
    next: AtomicU64,
}

#[derive(Debug)]
enum Sink {
    None,
    Log,
    File(Sender<Message>),
    Collected(UnboundedSender<WritePlan>),
}

/// Stands for an intent that was written down. Whoever drops it leaves the intent open: what became of it is unknown.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an intent needs an outcome"]
pub struct Ticket(String);

/// The audit can't be written, so that nothing must be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit can't be written: {0}")]
pub struct AuditError(String);

impl Audit {
    /// Nothing is written down.
    pub fn none() -> Self {
        Self::of(Sink::None)
    }

    /// Writes to the process's log, as events of level info with the target `audit`. It is durable as far as the log is.
    pub fn log() -> Self {
        Self::of(Sink::Log)
    }

    /// Writes nothing down; what dry runs plan arrives at the receiver instead, in order.
    pub fn collecting() -> (Self, UnboundedReceiver<WritePlan>) {
        let (sender, receiver) = unbounded_channel();
        (Self::of(Sink::Collected(sender)), receiver)
    }

    /// Appends to this file, one JSON object a line; no other process should. It may be renamed away at any time: then a new one
    /// begins with the intents that are still open.
    ///
    /// Returns the intents of earlier runs that have no outcome, too. They are found again at every start until they get one.
    ///
    /// # Errors
    /// When the file can't be read or opened for writing.
    pub fn open(path: &Path) -> Result<(Self, Vec<(Ticket, Intent)>), AuditError> {
        let failed = |error: std::io::Error| AuditError(format!("{}: {error}", path.display()));
        let journal = Journal::open(path).map_err(failed)?;
        let unfinished = unfinished::read(path).map_err(failed)?;
        let lines = unfinished.iter().map(|(ticket, line, _)| (ticket.clone(), line.clone())).collect();
        let sender = writer::start(journal, lines).map_err(failed)?;
        let open = unfinished.into_iter().map(|(ticket, _, intent)| (Ticket(ticket), intent)).collect();
        Ok((Self::of(Sink::File(sender)), open))
    }

    fn of(sink: Sink) -> Self {
        let name = Uuid::new_v4().simple().to_string();
        Self(Arc::new(Inner { sink, name, next: AtomicU64::new(1) }))
    }

    /// Writes down what is about to be done; in a file it is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written: the write must not be done then.
    pub async fn intent(&self, record: Intent) -> Result<Ticket, AuditError> {
        let ticket = format!("{}-{}", self.0.name, self.0.next.fetch_add(1, Ordering::Relaxed));
        let line = Line::Intent { ticket: &ticket, intent: &record };
        match &self.0.sink {
            Sink::None | Sink::Collected(_) => {}
            Sink::Log => tracing::info!(target: "audit", record = json(&line)?, "a write is intended"),
            Sink::File(sender) => {
                let line = ended(json(&line)?);
                let ticket = ticket.clone();
                ask(sender, |reply| Message::Intent { ticket, line, reply }).await?;
            }
        }
        Ok(Ticket(ticket))
    }

    /// Hands the plan of a dry run to whoever collects plans ([`Audit::collecting`]).
    pub fn planned(&self, plan: WritePlan) {
        if let Sink::Collected(sender) = &self.0.sink {
            // Nobody wants to know any more.
            let _ = sender.send(plan);
        }
    }

    /// Writes down what became of an intent. It isn't waited for: if it is lost, the intent is found open at the next start.
    pub async fn outcome(&self, ticket: Ticket, outcome: Outcome) {
        let Ticket(ticket) = ticket;
        let line = Line::Outcome { ticket: &ticket, outcome: &outcome };
        match (&self.0.sink, json(&line)) {
            (Sink::None | Sink::Collected(_), _) => {}
            (_, Err(error)) => tracing::error!(%error, ticket, "an outcome can't be written down"),
            (Sink::Log, Ok(record)) => tracing::info!(target: "audit", record, "a write has ended"),
            (Sink::File(sender), Ok(record)) => {
                if sender.send(Message::Outcome { ticket, line: ended(record) }).is_err() {
                    tracing::error!("the audit has ended before an outcome");
                }
            }
        }
    }

    /// Waits until all that was written down is on the disk.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn flush(&self) -> Result<(), AuditError> {
        match &self.0.sink {
            Sink::None | Sink::Log | Sink::Collected(_) => Ok(()),
            Sink::File(sender) => ask(sender, Message::Flush).await,
        }
    }
}

impl Ticket {
    /// What the intent is called in the audit.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn json(line: &Line<'_>) -> Result<String, AuditError> {
    line.json().map_err(|error| AuditError(error.to_string()))
}

fn ended(record: String) -> Vec<u8> {
    let mut line = record.into_bytes();
    line.push(b'\n');
    line
}

async fn ask(sender: &Sender<Message>, message: impl FnOnce(writer::Reply) -> Message) -> Result<(), AuditError> {
    let gone = || AuditError("its writer has ended".to_owned());
    let (reply, answer) = oneshot::channel();
    sender.send(message(reply)).map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?.map_err(AuditError)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
