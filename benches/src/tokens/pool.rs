//! The inputs that all sides share.

use jose_core::Backend;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwk::{KeyUse, PrivateJwk};

use crate::handles::{encrypted, recipients, signed, signers};
use crate::workload::{generator, keys_of, messages, turn};

pub(super) const DIRECT: KeyManagement = KeyManagement::EcdhEs;
pub(super) const A256GCM: ContentEncryption = ContentEncryption::A256Gcm;

/// Message and tokens `i` belong to key `i` modulo the number of keys.
pub(super) struct Pool {
    pub(super) signing: Vec<PrivateJwk>,
    pub(super) encryption: Vec<PrivateJwk>,
    pub(super) messages: Vec<Vec<u8>>,
    jws: Vec<String>,
    jwe: Vec<String>,
}

impl Pool {
    pub(super) fn new(keys: usize) -> Self {
        let (mut rng, backend) = (generator(), Backend::default());
        let signing = keys_of(keys, KeyUse::Sig, &mut rng);
        let encryption = keys_of(keys, KeyUse::Enc, &mut rng);
        let messages = messages(&mut rng);
        let recipients = recipients(&encryption, backend);
        Self {
            jws: signed(&signers(&signing, backend), &messages),
            jwe: encrypted(&recipients, &messages, DIRECT, A256GCM, &mut rng),
            signing,
            encryption,
            messages,
        }
    }

    pub(super) fn message(&self, index: usize) -> &[u8] {
        turn::<Vec<u8>>(&self.messages, index)
    }

    pub(super) fn jws(&self, index: usize) -> &str {
        turn::<String>(&self.jws, index)
    }

    pub(super) fn jwe(&self, index: usize) -> &str {
        turn::<String>(&self.jwe, index)
    }
}

/// The key id, which every side writes into its headers.
pub(super) fn kid(key: &PrivateJwk) -> String {
    key.public().kid().expect("kid").to_owned()
}
