//! `prereg config`: what is set, and whether it can be.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Outcome};
use crate::config::{self, ConfigErrors};

/// Look at the settings: defaults, file, environment and flags.
#[derive(Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Show(Show),
}

/// Check every setting, and say what is wrong, where, and what to write.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg config check --set policy.pin_length=8")]
pub(crate) struct Check {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// Show every setting with its value and where it came from; secrets are redacted.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg config show --json")]
pub(crate) struct Show {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Check(args) => args.json,
            Self::Show(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Check(args) => args.run(),
            Self::Show(args) => args.run(),
        }
    }
}

impl Check {
    fn run(&self) -> Outcome {
        let loaded = self.settings.load()?;
        loaded.settings()?;
        let file = loaded.file.as_ref().map(|path| path.display().to_string());
        if self.json {
            let answer = json!({"ok": true, "file": file, "warnings": loaded.warnings});
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        for warning in &loaded.warnings {
            writeln!(io::stdout(), "warning: {warning}")?;
        }
        let file = file.unwrap_or_else(|| "no file".to_owned());
        Ok(writeln!(io::stdout(), "settings are in order ({file})")?)
    }
}

impl Show {
    fn run(&self) -> Outcome {
        let lines = self.settings.load()?.lines();
        if self.json {
            let text = serde_json::to_string(&lines).map_err(io::Error::from)?;
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
        let mut table = String::new();
        for line in lines {
            if let Some((name, _)) = line.key.split_once('.')
                && !table.contains(&format!("[{name}]"))
            {
                write!(table, "\n[{name}]\n").map_err(io::Error::other)?;
            }
            let value = line.value.as_deref().unwrap_or("-");
            writeln!(table, "{:<32} {value:<28} {}", line.key, line.source)
                .map_err(io::Error::other)?;
        }
        Ok(io::stdout().write_all(table.trim_start().as_bytes())?)
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::Refused {
            code: "config",
            message: errors.to_string(),
        }
    }
}
