//! Which files settings stem from, beside the settings file and the mappings.

use super::{Bridge, Settings};
use std::path::PathBuf;

impl Settings {
    /// The files that were read for these settings, or are read for what they name: tokens, secrets, certificates.
    pub fn files(&self) -> Vec<PathBuf> {
        let tls = &self.server.tls;
        let own = [&tls.certificate_file, &tls.key_file, &tls.client_ca_file];
        own.into_iter().flatten().cloned().chain(self.bridges.values().flat_map(Bridge::files)).collect()
    }
}
