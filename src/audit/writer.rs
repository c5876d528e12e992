//! The thread that writes the file. While it waits for the disk, others queue, and what queued goes to the disk at once: many
//! intents share one synchronisation.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::journal::Journal;

/// Whether a line is on the disk, or why not.
pub(super) type Reply = oneshot::Sender<Result<(), String>>;

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Message {
    /// Write this intent and say when it is on the disk.
    Intent { ticket: String, line: Vec<u8>, reply: Reply },
    /// Write this outcome.
    Outcome { ticket: String, line: Vec<u8> },
    /// Say when all that came before is on the disk.
    Flush(Reply),
}

/// Starts the thread. It ends when all senders are gone and what they sent is written.
///
/// `open` are the intents in the file that have no outcome yet: by ticket, their lines.
pub(super) fn start(journal: Journal, open: BTreeMap<String, Vec<u8>>) -> io::Result<Sender<Message>> {
    let (sender, receiver) = channel();
    let writer = Writer { journal, open, owed: Vec::new(), failing: false };
    std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&receiver))?;
    Ok(sender)
}

struct Writer {
    journal: Journal,
    /// The lines of the intents that wait for an outcome: they move on with the file when it is renamed away.
    open: BTreeMap<String, Vec<u8>>,
    /// Outcomes that aren't written yet: tickets and lines.
    owed: Vec<(String, Vec<u8>)>,
    failing: bool,
}

/// What waits for the disk.
#[derive(Default)]
struct Batch {
    intents: Vec<(String, Vec<u8>)>,
    outcomes: Vec<(String, Vec<u8>)>,
    replies: Vec<Reply>,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Message>) {
        while let Ok(first) = receiver.recv() {
            let mut batch = Batch::default();
            batch.take(first);
            receiver.try_iter().for_each(|message| batch.take(message));
            self.commit(batch);
        }
        if let Err(error) = self.journal.sync() {
            tracing::error!(%error, "the end of the audit may not be on the disk");
        }
    }

    fn commit(&mut self, batch: Batch) {
        let Batch { intents, outcomes, replies } = batch;
        self.owed.extend(outcomes);
        let written = self.write(&intents, !replies.is_empty());
        match &written {
            Ok(()) => {
                self.open.extend(intents);
                self.owed.drain(..).for_each(|(ticket, _)| drop(self.open.remove(&ticket)));
                if std::mem::take(&mut self.failing) {
                    tracing::warn!("the audit can be written again");
                }
            }
            Err(error) if !std::mem::replace(&mut self.failing, true) => {
                tracing::error!(%error, "the audit can't be written: writes are refused until it can");
            }
            Err(_) => {}
        }
        for reply in replies {
            // Whoever doesn't wait any more sends nothing: its intent is found open, and nothing happened.
            let _ = reply.send(written.as_ref().copied().map_err(ToString::to_string));
        }
    }

    fn write(&mut self, intents: &[(String, Vec<u8>)], durable: bool) -> io::Result<()> {
        let mut lines = Vec::new();
        if self.journal.follow()? {
            self.open.values().for_each(|line| lines.extend_from_slice(line));
        }
        intents.iter().for_each(|(_, line)| lines.extend_from_slice(line));
        // An outcome follows its intent, which was written in an earlier batch.
        self.owed.iter().for_each(|(_, line)| lines.extend_from_slice(line));
        self.journal.append(&lines, durable)
    }
}

impl Batch {
    fn take(&mut self, message: Message) {
        match message {
            Message::Intent { ticket, line, reply } => {
                self.intents.push((ticket, line));
                self.replies.push(reply);
            }
            Message::Outcome { ticket, line } => self.outcomes.push((ticket, line)),
            Message::Flush(reply) => self.replies.push(reply),
        }
    }
}
