//! The audit: for every write one line before it is sent, its intent, and one after it, its outcome, so that an administrator sees
//! who changed what, and can undo it.
//!
//! In a file an intent is on the disk before the write begins; whoever finds one there without an outcome knows that something
//! may have happened. A file that can't be written refuses intents, and so writes.

mod handle;
mod journal;
mod record;
mod unfinished;
mod writer;

pub use handle::{Audit, AuditError, Ticket};
pub use record::{Action, Ending, Intent, Outcome};
