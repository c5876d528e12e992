//! From a resource in canonical form to what is sent to the directory: entries to add, the smallest modifications, names.
//!
//! Everything here is pure. The bridge reads the entry, resolves the ids that a request names and carries the plans out.

#[cfg(test)]
mod active_directory;
mod assignment;
mod change;
mod classes;
mod create;
mod diff;
mod enabling;
mod encode;
mod guard;
mod keys;
mod lists;
mod locking;
mod naming;
mod password;
mod references;
mod rename;
mod retire;
mod simulate;
mod slots;
mod subject;
mod swap;
#[cfg(test)]
mod tests;
mod value;
mod variants;
mod writable;

pub use assignment::Assignment;
pub use change::change;
pub use create::{Creation, create, uncreated};
pub use encode::{concerned, is_writable};
pub use guard::Guard;
pub use keys::{KeyChange, by_key, follow, key_changes};
pub use lists::{Lists, Named, ids_named, is_list, take_lists, with_changed};
pub use naming::{needed, parent};
pub use references::{Referent, Referents, naming_keys, spellings};
pub use retire::{Referrer, active, leaving, retired_names, retirement};
pub use simulate::simulated;
pub use subject::{Change, Stored};
pub use swap::Swap;
pub use writable::{is_read_only, writable};
