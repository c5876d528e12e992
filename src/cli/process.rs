//! What the operating system lets the process have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside the connections of clients: those to directories, logs, and what the runtime needs.
const OTHERS: u64 = 512;

/// Lets the process have as many open files as it may, each connection being one: the usual limit of 1,024 is there for programs
/// that use `select`. Warns where that isn't enough for `connections`.
pub(super) fn allow_files(connections: usize) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let now = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    let wanted = (connections as u64).saturating_add(OTHERS);
    if let Some(allowed) = now.filter(|now| *now < wanted) {
        tracing::warn!(
            allowed,
            wanted,
            "the process may have fewer files than `max_connections` takes: raise the limit (LimitNOFILE, ulimit -n) or lower the setting"
        );
    }
}
