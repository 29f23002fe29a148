//! `prereg jose sign`

use std::path::PathBuf;

use jose_core::Backend;
use jose_core::alg::SignatureAlgorithm;
use jose_core::error::{Error, UnusableKey};
use jose_core::jwk::KeyOperation;
use jose_core::jws::{SignHeader, Signer};

use super::Stream;
use super::answer::{Item, within_limits};
use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Sign data with a private key: a compact JWS (ES384).
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig > key.jwk
  $ printf hello | prereg jose sign --key key.jwk > token.jws")]
pub(crate) struct Args {
    /// The signer's private key: JWK, JWK Set (with --kid) or PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Which key of a JWK Set.
    #[arg(long)]
    kid: Option<String>,
    /// The signature algorithm.
    #[arg(long, default_value = "ES384", value_parser = super::verify::signature_algorithm)]
    alg: SignatureAlgorithm,
    /// The token's media type.
    #[arg(long)]
    typ: Option<String>,
    /// The payload's media type.
    #[arg(long)]
    cty: Option<String>,
    #[command(flatten)]
    pub(crate) stream: Stream,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = self.stream.load_key(&self.key)?;
        let mut header = match self.alg {
            SignatureAlgorithm::Es384 => SignHeader::new(),
        };
        if let Some(typ) = &self.typ {
            header = header.with_typ(typ);
        }
        if let Some(cty) = &self.cty {
            header = header.with_cty(cty);
        }
        match self.signer(&text) {
            Err(error) => self
                .stream
                .refuse(error, key_file::refusal(&self.key, error)),
            Ok(signer) => self.stream.answer(Item::Data, |payload| {
                signer.sign(payload, &header).and_then(within_limits)
            }),
        }
    }

    fn signer(&self, text: &[u8]) -> Result<Signer, Error> {
        match key_file::private(text)? {
            Keys::Set(set) => Signer::prepare(
                set.select(self.kid.as_deref(), KeyOperation::Sign)?,
                Backend::default(),
            ),
            Keys::One(key) if self.kid.is_some() && key.public().kid() != self.kid.as_deref() => {
                Err(UnusableKey::UnknownKeyId.into())
            }
            Keys::One(key) => Signer::prepare(&key, Backend::default()),
        }
    }
}
