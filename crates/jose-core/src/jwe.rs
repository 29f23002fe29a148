//! JWE in compact form: ECDH-ES on P-384 with AES-GCM (RFC 7516, RFC 7518 §4.6, §5.3).
//!
//! A sender prepares a [`Recipient`] from a public key, a recipient a
//! [`DecryptionKey`] from the private one; both are cheap to clone and serve
//! any number of tokens, singly or in batches.

mod batch;
mod content;
mod decrypt;
mod encrypt;
mod key_wrap;
mod pending;

pub(crate) use batch::finish_batch;
pub use batch::{DecryptItem, EncryptItem, decrypt_batch, encrypt_batch};
pub use decrypt::{Decrypted, DecryptionKey, KeyAgreement};
pub use encrypt::{EncryptHeader, Recipient};
pub use pending::{Pending, begin_decrypt};

pub use crate::header::JweHeader;
pub use crate::policy::DecryptPolicy;
