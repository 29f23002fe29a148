//! JOSE on P-384 and nothing else: ECDH-ES JWE with AES-GCM, ES384 JWS, the one
//! inside the other, and the keys they need. Strict, `no_std` with `alloc`,
//! without unsafe code, and without a line that names a network.
//!
//! # Encrypting and decrypting
//!
//! A key is prepared once and serves any number of tokens; what is allowed is
//! always said by the caller, never taken from the token.
//!
//! ```
//! use getrandom::SysRng;
//! use jose_core::alg::{ContentEncryption, KeyManagement};
//! use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
//! use jose_core::jwk::{KeyUse, PrivateJwk, PublicJwk};
//! use jose_core::{Backend, Level};
//!
//! # fn main() -> Result<(), jose_core::Error> {
//! let key = PrivateJwk::generate(&mut SysRng)?.with_kid("k1").with_use(KeyUse::Enc);
//! let published = key.public().to_json();
//!
//! // The sender has read the public key from somewhere.
//! let theirs = PublicJwk::from_json(published.as_bytes())?;
//! let recipient = Recipient::prepare(&theirs, Level::Few, Backend::default())?;
//! let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm)
//!     .with_cty("json");
//! let token = recipient.encrypt(br#"{"pin":"731946"}"#, &header, &mut SysRng)?;
//!
//! let own = DecryptionKey::prepare(&key, Level::Many, Backend::default())?;
//! let policy = DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm])
//!     .with_cty(&["json"])
//!     .require_kid();
//! let opened = own.decrypt(token.as_bytes(), &policy)?;
//! assert_eq!(opened.plaintext(), br#"{"pin":"731946"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # Signing and verifying
//!
//! ```
//! use getrandom::SysRng;
//! use jose_core::alg::SignatureAlgorithm;
//! use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk};
//! use jose_core::jws::{SignHeader, Signer, VerifierSet, VerifyPolicy};
//! use jose_core::{Backend, Level};
//!
//! # fn main() -> Result<(), jose_core::Error> {
//! let key = PrivateJwk::generate(&mut SysRng)?.with_kid("s1").with_use(KeyUse::Sig);
//! let header = SignHeader::new().with_typ("receipt+jwt");
//! let token = Signer::prepare(&key, Backend::default())?.sign(b"{}", &header)?;
//!
//! // The token's `kid` chooses the key; keys are never tried in turn.
//! let known = JwkSet::new(vec![key.public().clone()])?;
//! let known = VerifierSet::prepare(&known, Level::Issuer, Backend::default())?;
//! let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384]).with_typ("receipt+jwt");
//! let verified = known.verify(token.as_bytes(), &policy)?;
//! assert_eq!(verified.signer_thumbprint(), key.public().thumbprint());
//! # Ok(())
//! # }
//! ```
//!
//! # One inside the other
//!
//! [`nested::Opened`] is made by nothing but [`nested::open`]: who holds one
//! knows that the claims were encrypted to the own key and signed by the key
//! it names. Whom the signer meant must stand in the claims.
//!
//! ```
//! use getrandom::SysRng;
//! use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
//! use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
//! use jose_core::jwk::{JwkSet, PrivateJwk};
//! use jose_core::jws::{SignHeader, Signer, VerifierSet, VerifyPolicy};
//! use jose_core::{Backend, Level, nested};
//!
//! # fn main() -> Result<(), jose_core::Error> {
//! let signing = PrivateJwk::generate(&mut SysRng)?.with_kid("s1");
//! let response = PrivateJwk::generate(&mut SysRng)?.with_kid("r1");
//! let token = nested::seal(
//!     br#"{"iss":"yubico"}"#,
//!     &Signer::prepare(&signing, Backend::default())?,
//!     &SignHeader::new().with_typ("receipt+jwt"),
//!     &Recipient::prepare(response.public(), Level::OneShot, Backend::default())?,
//!     &EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm),
//!     &mut SysRng,
//! )?;
//!
//! let signers = JwkSet::new(vec![signing.public().clone()])?;
//! let opened = nested::open(
//!     token.as_bytes(),
//!     &DecryptionKey::prepare(&response, Level::OneShot, Backend::default())?,
//!     &VerifierSet::prepare(&signers, Level::Issuer, Backend::default())?,
//!     &nested::Policy {
//!         jwe: DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]),
//!         jws: VerifyPolicy::new(&[SignatureAlgorithm::Es384]).with_typ("receipt+jwt"),
//!     },
//! )?;
//! assert_eq!(opened.kid(), Some("s1"));
//! let claims = opened.claims()?;
//! assert_eq!(claims.get("iss").and_then(|iss| iss.as_str()), Some("yubico"));
//! # Ok(())
//! # }
//! ```
//!
//! # Keys held elsewhere
//!
//! A private key in an HSM, a KMS or another process implements
//! [`es384::DigestSigner`] or [`jwe::KeyAgreement`] and goes into
//! [`jws::Signer::external`] or [`jwe::DecryptionKey::external`]. Where calling
//! out from within is no option, [`jws::SigningInput`] and [`jwe::begin_decrypt`]
//! split the operation: they hand out the digest or the point, and take the
//! signature or Z when it is there.
//!
//! # Choosing [`Level`] and [`Backend`]
//!
//! [`Level`] says how often a prepared key will be used, so that a backend can
//! spend time and memory on it beforehand: [`Level::OneShot`] for a key that
//! came with the message, [`Level::Few`] from three uses on, [`Level::Many`]
//! from some fifty, [`Level::Issuer`] for a key that lives as long as the
//! process. A wrong guess costs time only. [`Backend`] is the implementation of
//! the arithmetic, a value and never a global: two keys of one process may
//! differ. [`Backend::Engine`] is the project's own, several times faster but
//! not audited by others; [`Backend::RustCrypto`] is for those who want the
//! widely used crate, also for what is secret.
//!
//! Batch forms ([`jwe::encrypt_batch`], [`jwe::decrypt_batch`],
//! [`jws::sign_batch`], [`jws::verify_batch`], [`nested::open_batch`],
//! [`es384::sign_batch`], [`es384::verify_batch`],
//! [`jwk::PrivateJwk::generate_batch`]) give the results of the single forms, in
//! order, and are faster from a handful of items on. Forms that end in `_into`
//! ([`jws::Verifier::verify_into`], [`jws::Signer::sign_into`],
//! [`jwe::Recipient::encrypt_into`], [`jwe::DecryptionKey::decrypt_into`]) write to
//! the caller's buffer and, once that has room, allocate nothing with the engine's
//! backends.
//!
//! # What is constant-time and what is not
//!
//! Constant-time in the secret: drawing and importing a private key, its public
//! point, ECDH, signing, AES-GCM, key wrapping, the KDF, and base64url both
//! ways. Importing a pair compares its public points only. Deliberately
//! variable-time, because all inputs are public: verification of signatures,
//! parsing of headers and public keys, validation of points, comparison of
//! `kid`, `typ` and the like. Parsing JSON is variable-time as well, be it of
//! claims or of a private JWK: it shows lengths and the places of escapes, but
//! `d` itself goes through constant-time decoding. A failed decryption is
//! [`Error::DecryptFailed`] whatever the cause; a bad `epk` is refused before
//! the private key is used, and a bad wrapped key before the content is read.
//!
//! # Secrets
//!
//! Plaintexts, payloads, agreed secrets, derived keys and private keys are
//! wiped when dropped and print redacted. Not wiped is what the caller passes
//! in, and the unescaped copy that [`json`] makes of a string with escapes.
//!
//! # Features
//!
//! `std`, on by default, only adds speed: tables of the `p384` crate that need
//! the standard library for their initialisation.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod alg;
pub mod base64url;
mod compact;
pub mod curve;
pub mod error;
pub mod es384;
#[doc(hidden)]
pub mod fuzzing;
mod header;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod kdf;
pub mod nested;
pub mod policy;
pub mod secret;

pub use curve::{Backend, Level};
pub use error::Error;
