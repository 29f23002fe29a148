//! The flags that set settings, for every command that reads them.

use std::path::PathBuf;

use super::load::{Loaded, Origins};
use super::{ConfigErrors, Settings};

/// Where settings come from.
#[derive(clap::Args, Clone, Debug, Default)]
// Beside another `Args` its name would be taken.
#[group(skip)]
pub(crate) struct Args {
    /// The data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file (TOML); `PREREG_CONFIG` or
    /// ~/.config/prereg/prereg.toml when missing.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Any setting, such as `policy.pin_length=8`; repeat for more.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
}

impl Args {
    /// Everything, from this process's environment and these flags.
    ///
    /// # Errors
    /// Names that are not known.
    pub(crate) fn load(&self) -> Result<Loaded, ConfigErrors> {
        Loaded::load(&self.origins(Origins::of_this_process()))
    }

    /// The same, checked.
    ///
    /// # Errors
    /// Names that are not known, values that cannot be.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigErrors> {
        self.load()?.settings()
    }

    /// Adds a flag of its own name to the settings.
    pub(crate) fn with(&mut self, key: &str, value: Option<String>) {
        self.set.extend(value.map(|value| (key.to_owned(), value)));
    }

    fn origins(&self, mut origins: Origins) -> Origins {
        origins.file.clone_from(&self.config);
        let data = self.data.iter().map(|path| {
            let path = path.display().to_string();
            ("server.data".to_owned(), path, "--data".to_owned())
        });
        let set = self.set.iter().map(|(key, value)| {
            let written = format!("--set {key}=…");
            (key.clone(), value.clone(), written)
        });
        origins.flags = data.chain(set).collect();
        origins
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=');
    let (key, value) = pair.ok_or("write KEY=VALUE, such as policy.pin_length=8")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
