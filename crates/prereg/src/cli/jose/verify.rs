//! `prereg jose verify`

use std::path::PathBuf;

use jose_core::alg::SignatureAlgorithm;
use jose_core::error::Error;
use jose_core::jws::{Verified, Verifier, VerifierSet, VerifyPolicy};
use jose_core::{Backend, Level};
use zeroize::Zeroizing;

use super::Stream;
use super::answer::{Answer, Item, LIMITS};
use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Verify a compact JWS (ES384) with a public key and write its payload.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig > key.jwk
  $ prereg jwk public --key key.jwk > public.jwk
  $ printf hello | prereg jose sign --key key.jwk > token.jws
  $ prereg jose verify --key public.jwk token.jws")]
pub(crate) struct Args {
    /// The signer's public key: JWK, JWK Set (the token's kid chooses) or PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// An allowed signature algorithm. All (ES384) when missing.
    #[arg(long, value_delimiter = ',', value_parser = signature_algorithm)]
    alg: Vec<SignatureAlgorithm>,
    /// The media type that the token must have.
    #[arg(long)]
    typ: Option<String>,
    #[command(flatten)]
    pub(crate) stream: Stream,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = self.stream.load_key(&self.key)?;
        let allowed = if self.alg.is_empty() {
            &SignatureAlgorithm::ALL[..]
        } else {
            &self.alg
        };
        let mut policy = VerifyPolicy::new(allowed).with_limits(LIMITS);
        if let Some(typ) = &self.typ {
            policy = policy.with_typ(typ);
        }
        match self.keys(&text) {
            Err(error) => self
                .stream
                .refuse(error, key_file::refusal(&self.key, error)),
            Ok(keys) => self.stream.answer(Item::Token, |token| {
                let verified = keys.verify(token, &policy)?;
                Ok(Answer::Payload(Zeroizing::new(verified.payload().to_vec())))
            }),
        }
    }

    fn keys(&self, text: &[u8]) -> Result<PreparedKeys, Error> {
        let level = if self.stream.lines {
            Level::Many
        } else {
            Level::OneShot
        };
        let backend = Backend::default();
        match key_file::public(text)? {
            Keys::One(key) => Verifier::prepare(&key, level, backend).map(PreparedKeys::One),
            Keys::Set(set) => VerifierSet::prepare(&set, level, backend).map(PreparedKeys::Set),
        }
    }
}

enum PreparedKeys {
    One(Verifier),
    Set(VerifierSet),
}

impl PreparedKeys {
    fn verify(&self, token: &[u8], policy: &VerifyPolicy) -> Result<Verified, Error> {
        match self {
            Self::One(verifier) => verifier.verify(token, policy),
            Self::Set(verifiers) => verifiers.verify(token, policy),
        }
    }
}

/// Parses an `alg` of a JWS.
pub(super) fn signature_algorithm(name: &str) -> Result<SignatureAlgorithm, String> {
    SignatureAlgorithm::from_name(name).ok_or_else(|| "only ES384".to_owned())
}
