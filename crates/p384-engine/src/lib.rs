//! P-384 for those who meet the same key again and again: ECDSA verification
//! and signing, ECDH and key generation on raw values. `no_std`, with `alloc`.
//!
//! A public key is prepared once, into tables of its odd multiples; then a
//! multiple of it is a sum of one table entry for each window of the scalar,
//! without doublings. On processors with AVX-512 IFMA the terms of one sum are
//! added in eight lanes, and so are those of many sums.
//!
//! ```
//! use p384_engine::ecdsa::{self, SigningKey};
//! use p384_engine::{Backend, PreparedKey, SecretScalar, Window};
//!
//! # fn main() -> Result<(), p384_engine::Error> {
//! let backend = Backend::detect();
//! let signer = SigningKey::new(SecretScalar::from_bytes(&[0x5a; 48])?, backend);
//! let digest = [7; 48]; // SHA-384 of what is signed
//! let signature = signer.sign(&digest);
//!
//! let key = PreparedKey::prepare(&signer.public_key(), Window::W6, backend);
//! ecdsa::verify_vartime(&key, &digest, &signature)?;
//! # Ok(())
//! # }
//! ```
//!
//! The sender of ECDH-ES draws a scalar, and the recipient agrees on the same:
//!
//! ```
//! use p384_engine::{Backend, PreparedKey, SecretScalar, Window, ecdh};
//!
//! # fn main() -> Result<(), p384_engine::Error> {
//! # let backend = Backend::detect();
//! # let (own, ephemeral) = ([3; 48], [4; 48]);
//! let own = SecretScalar::from_bytes(&own)?;
//! let recipient = PreparedKey::prepare(&ecdh::public_key(&own, backend), Window::W5, backend);
//!
//! let sent = ecdh::send(&recipient, &SecretScalar::from_bytes(&ephemeral)?);
//! let agreed = ecdh::agree(&own, &sent.ephemeral, backend);
//! assert_eq!(agreed.expose(), sent.shared.expose());
//! # Ok(())
//! # }
//! ```
//!
//! # Choosing a backend and a window
//!
//! [`Backend`] is a value; [`Backend::detect`] asks the processor, and
//! [`Backend::Serial`] runs everywhere. [`Window`] trades memory and time of
//! preparation for speed: [`Window::W4`] pays from the third use on,
//! [`Window::W6`] from some fifty, [`Window::W8`] for a key that stays. The
//! functions named `…_unprepared` are for keys seen once. The generator's own
//! tables are constants: 1.1 MB of read-only data.
//!
//! # Constant time
//!
//! Functions with `_vartime` in their name, the preparation of a key and the
//! parsing of a [`PublicKey`] take a time that depends on their input, which is
//! public. All others run the same instructions, and read the same addresses,
//! for every secret scalar, digest and nonce. That is tested three ways: by
//! following marked secrets through the code with valgrind, by a scan of the
//! compiled functions, and by timing (`admin/ct` of this crate). Secret scalars
//! and agreed secrets are wiped when dropped, and so is all that a batch puts on
//! the heap; small temporaries of the arithmetic on the stack, and the compiler's
//! copies there and in registers, are not.
//!
//! # What is proved and what is tested
//!
//! Machine-checked for all inputs are the products of the lanes: the unit tests of
//! `backend/ifma/proof` execute the kernels on bounds and symbols, which shows that
//! nothing wraps and that each result is the right one modulo p. The notes of `docs/`
//! prove on paper the other bounds and which additions can be exceptional. Tested are
//! the field operations against arithmetic bit by bit, with limbs at the extremes of
//! their bounds; every operation on every backend against the `p384` crate, on
//! edge cases, random ones and a fuzzer's; Wycheproof's sets; and keys that force
//! exceptional additions.
//!
//! # Reading the source
//!
//! From the field to a verified signature: `backend/serial/field`, `point`,
//! `recode`, `backend/serial/tables`, `multiply` and `verify`, then `ecdsa`. Each
//! begins with its mathematics; the longer notes are in `docs/`. For the lanes,
//! `backend/ifma` says what to read in which order.
#![no_std]
#![expect(
    clippy::inline_always,
    reason = "field operations are worth a call's price; measured"
)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of the formulas that a function computes"
)]
#![expect(
    clippy::doc_markdown,
    reason = "the notes are full of formulas, which are not code"
)]
#![expect(
    clippy::wrong_self_convention,
    reason = "points are Copy, but large: they go by reference"
)]

extern crate alloc;

mod backend;
mod batch;
mod ct;
pub mod ecdh;
pub mod ecdsa;
mod error;
mod field;
mod generator;
mod limbs;
#[cfg(test)]
mod oracle;
mod point;
mod recode;
mod safegcd;
mod scalar;
pub mod sha384;
mod tables;
mod wipe;

pub use backend::Backend;
pub use backend::cpu::HaveIfma;
pub use error::Error;
pub use point::PublicKey;
pub use recode::Window;
pub use scalar::SecretScalar;
pub use tables::PreparedKey;
