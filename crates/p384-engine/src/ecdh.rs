//! Diffie–Hellman (SP 800-56A §5.7.1.2) and key generation: constant time in
//! every secret scalar; points and tables are public.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::backend::{Backend, dispatch, grouped};
use crate::limbs::{self, BYTES, Limbs};
use crate::point::PublicKey;
use crate::scalar::{Scalar, SecretScalar};
use crate::tables::PreparedKey;

/// Z, the x of the agreed point, big-endian; wiped when dropped, printed redacted.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SharedSecret([u8; BYTES]);

/// What a sender gets from an ephemeral scalar e and a recipient's key Q.
#[derive(Clone, Debug)]
pub struct Sent {
    /// e·G, to be sent along.
    pub ephemeral: PublicKey,
    /// x(e·Q).
    pub shared: SharedSecret,
}

impl SharedSecret {
    /// The bytes, in full length.
    pub const fn expose(&self) -> &[u8; BYTES] {
        &self.0
    }

    fn from_limbs(x: &Limbs) -> Self {
        Self(limbs::to_be_bytes(x))
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

/// The public key of a secret one: d·G.
pub fn public_key(secret: &SecretScalar, backend: Backend) -> PublicKey {
    PublicKey::from_calculated(dispatch!(
        backend,
        ecdh::multiply_generator(secret.scalar())
    ))
}

/// The public keys of secret ones, in order.
pub fn public_keys(secrets: &[&SecretScalar], backend: Backend) -> Vec<PublicKey> {
    let scalars: Vec<&Scalar> = secrets.iter().map(|secret| secret.scalar()).collect();
    let points = dispatch!(backend, ecdh::multiply_generator_batch(&scalars));
    points.into_iter().map(PublicKey::from_calculated).collect()
}

/// The recipient's side: the agreement of a static secret and a fresh point.
pub fn agree(secret: &SecretScalar, peer: &PublicKey, backend: Backend) -> SharedSecret {
    SharedSecret::from_limbs(&dispatch!(
        backend,
        ecdh::agree(secret.scalar(), peer.coordinates())
    ))
}

/// The recipient's side for each pair, in order.
pub fn agree_batch(items: &[(&SecretScalar, &PublicKey)], backend: Backend) -> Vec<SharedSecret> {
    let items: Vec<_> = items
        .iter()
        .map(|(secret, peer)| (secret.scalar(), peer.coordinates()))
        .collect();
    let shared = Zeroizing::new(dispatch!(backend, ecdh::agree_batch(&items)));
    shared.iter().map(SharedSecret::from_limbs).collect()
}

/// The sender's side with a prepared recipient.
pub fn send(key: &PreparedKey, ephemeral: &SecretScalar) -> Sent {
    Sent::new(dispatch!(
        key.backend(),
        ecdh::send(key.table(), ephemeral.scalar())
    ))
}

/// The sender's side for each pair, in order; of one recipient or of many.
pub fn send_batch(items: &[(&PreparedKey, &SecretScalar)]) -> Vec<Sent> {
    let run = |backend, items: &[(&PreparedKey, &SecretScalar)]| {
        let items = items.iter().map(|(key, e)| (key.table(), e.scalar()));
        let items: Vec<_> = items.collect();
        dispatch!(backend, ecdh::send_batch(&items))
    };
    let sent = Zeroizing::new(grouped(items, |(key, _)| key.backend(), run));
    sent.iter().copied().map(Sent::new).collect()
}

/// The sender's side with a recipient that is not worth preparing.
pub fn send_unprepared(key: &PublicKey, ephemeral: &SecretScalar, backend: Backend) -> Sent {
    Sent::new(dispatch!(
        backend,
        ecdh::send_unprepared(key.coordinates(), ephemeral.scalar())
    ))
}

/// The sender's side for each pair of a recipient and an ephemeral scalar.
pub fn send_unprepared_batch(items: &[(&PublicKey, &SecretScalar)], backend: Backend) -> Vec<Sent> {
    let items: Vec<_> = items
        .iter()
        .map(|(key, ephemeral)| (key.coordinates(), ephemeral.scalar()))
        .collect();
    let sent = Zeroizing::new(dispatch!(backend, ecdh::send_unprepared_batch(&items)));
    sent.iter().copied().map(Sent::new).collect()
}

impl Sent {
    fn new((ephemeral, shared): (crate::field::Coordinates, Limbs)) -> Self {
        Self {
            ephemeral: PublicKey::from_calculated(ephemeral),
            shared: SharedSecret::from_limbs(&shared),
        }
    }
}
