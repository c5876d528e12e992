//! Where settings come from: a file, and the environment over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::outcome::{Result, show};
use crate::config::Settings;

/// The option that names the settings file.
#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// The settings file
    #[arg(long, short, value_name = "FILE", default_value = "scimfront.toml", global = true)]
    pub(super) config: PathBuf,
}

/// Reads the settings, and shows what in them is allowed but probably not meant.
pub(super) fn load(path: &Path) -> Result<Settings> {
    let settings = Settings::load(path, &environment())?;
    if !settings.warnings.is_empty() {
        show(&settings.warnings);
    }
    Ok(settings)
}

/// The variables of the environment; those that aren't UTF-8 can't be settings.
pub(super) fn environment() -> BTreeMap<String, String> {
    let variables = std::env::vars_os();
    variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
