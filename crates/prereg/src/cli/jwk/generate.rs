//! `prereg jwk generate`

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ValueEnum;
use getrandom::SysRng;
use jose_core::jwk::{KeyOperation, KeyUse, PrivateJwk};

use crate::cli::{Failure, Outcome};

/// Generate a private P-384 key as a JWK; keep it secret.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use enc --kid my-key --out key.jwk
  $ prereg jwk public --key key.jwk")]
pub(crate) struct Args {
    /// What the key is for.
    #[arg(long = "use", value_enum)]
    key_use: Option<Use>,
    /// The key id; the RFC 7638 thumbprint when missing.
    #[arg(long)]
    kid: Option<String>,
    /// The algorithm the key is tied to, such as ES384 or ECDH-ES.
    #[arg(long)]
    alg: Option<String>,
    /// Write a new file that only its owner can read, not standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Report errors as a JSON object (the key itself is JSON anyway).
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Use {
    Sig,
    Enc,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let key = PrivateJwk::generate(&mut SysRng)
            .map_err(|error| Failure::refused("key generation", error))?;
        let thumbprint = key.public().thumbprint().to_base64url();
        let mut key = key.with_kid(self.kid.as_deref().unwrap_or(&thumbprint));
        key = match self.key_use {
            Some(Use::Sig) => key.with_use(KeyUse::Sig),
            Some(Use::Enc) => key.with_use(KeyUse::Enc),
            None => key,
        };
        if let Some(alg) = &self.alg {
            key = key.with_alg(alg);
        }
        self.check_usable(&key)?;
        let text = key.to_json();
        match &self.out {
            None => Ok(writeln!(io::stdout(), "{}", text.as_str())?),
            Some(path) => write_private(path, &text),
        }
    }
}

impl Args {
    /// A key whose members contradict each other could do nothing.
    fn check_usable(&self, key: &PrivateJwk) -> Outcome {
        let operations = [KeyOperation::Sign, KeyOperation::Decrypt];
        if operations
            .iter()
            .any(|operation| key.permits(*operation).is_ok())
        {
            return Ok(());
        }
        let alg = self.alg.as_deref().unwrap_or_default();
        let message =
            format!("no key of this --use can have --alg {alg}: ES384 signs, ECDH-ES encrypts");
        Err(Failure::Usage(message))
    }
}

/// Writes a file of mode 0600 that must not exist yet.
fn write_private(path: &PathBuf, text: &str) -> Outcome {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let cannot =
        |error: io::Error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    let mut file = options.open(path).map_err(cannot)?;
    writeln!(file, "{text}").map_err(cannot)
}
