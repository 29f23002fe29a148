//! Public points made ready for many operations, and batches of them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use p384_engine::ecdh::{self, Sent};
use p384_engine::{PreparedKey, SecretScalar as EngineScalar, Window, ecdsa};

use super::{Backend, EphemeralScalar, Level, Point, SecretScalar};
use crate::error::Error;
use crate::secret::SharedSecret;

/// A public point made ready for many operations by one backend.
#[derive(Clone, Debug)]
pub(crate) struct PreparedPoint {
    point: Point,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// With the engine's tables.
    Tables(Arc<PreparedKey>),
    /// As it is.
    Plain(Backend),
}

/// One signature of a batch.
#[derive(Clone, Copy)]
pub(crate) struct VerifyClaim<'a> {
    pub(crate) key: &'a PreparedPoint,
    pub(crate) digest: &'a [u8; 48],
    pub(crate) signature: &'a [u8; 96],
}

/// What a sender gets: the ephemeral point, and Z.
pub(crate) type Agreement = (Point, SharedSecret);

impl Level {
    /// The window of the tables, if it is worth any.
    const fn window(self) -> Option<Window> {
        match self {
            Self::OneShot => None,
            Self::Few => Some(Window::W4),
            Self::Many => Some(Window::W6),
            Self::Issuer => Some(Window::W8),
        }
    }
}

impl PreparedPoint {
    pub(crate) fn prepare(point: &Point, level: Level, backend: Backend) -> Self {
        let form = match (backend.engine(), level.window()) {
            (Some(engine), Some(window)) => {
                Form::Tables(Arc::new(PreparedKey::prepare(&point.0, window, engine)))
            }
            _ => Form::Plain(backend),
        };
        Self {
            point: *point,
            form,
        }
    }

    pub(crate) const fn point(&self) -> &Point {
        &self.point
    }

    /// Verifies r ‖ s over a digest; every input is public.
    pub(crate) fn verify(&self, digest: &[u8; 48], signature: &[u8; 96]) -> Result<(), Error> {
        let verified = match &self.form {
            Form::Tables(key) => ecdsa::verify_vartime(key, digest, signature),
            Form::Plain(backend) => match backend.engine() {
                Some(engine) => {
                    let key = &self.point.0;
                    ecdsa::verify_unprepared_vartime(key, engine, digest, signature)
                }
                None => return self.point.verify_by_rustcrypto(digest, signature),
            },
        };
        verified.map_err(|_| Error::SignatureInvalid)
    }

    /// The sender's half of ECDH-ES: e·G and x(e·Q), in constant time.
    pub(crate) fn send(&self, ephemeral: &EphemeralScalar) -> Result<Agreement, Error> {
        let sent = match &self.form {
            Form::Tables(key) => ecdh::send(key, &ephemeral.0),
            Form::Plain(backend) => match backend.engine() {
                Some(engine) => ecdh::send_unprepared(&self.point.0, &ephemeral.0, engine),
                None => return ephemeral.send_by_rustcrypto(&self.point),
            },
        };
        Ok(agreement(&sent))
    }

    fn tables(&self) -> Option<&PreparedKey> {
        match &self.form {
            Form::Tables(key) => Some(key),
            Form::Plain(_) => None,
        }
    }
}

/// Verifies every claim, those of keys with tables together.
pub(crate) fn verify_batch(claims: &[VerifyClaim<'_>]) -> Vec<Result<(), Error>> {
    let items: Vec<ecdsa::VerifyItem<'_>> = claims
        .iter()
        .filter_map(|claim| {
            Some(ecdsa::VerifyItem {
                key: claim.key.tables()?,
                digest: claim.digest,
                signature: claim.signature,
            })
        })
        .collect();
    let mut verdicts = ecdsa::verify_batch_vartime(&items).into_iter();
    let one = |claim: &VerifyClaim<'_>| match claim.key.tables() {
        // There is a verdict for each key with tables.
        Some(_) => match verdicts.next() {
            Some(Ok(())) => Ok(()),
            _ => Err(Error::SignatureInvalid),
        },
        None => claim.key.verify(claim.digest, claim.signature),
    };
    claims.iter().map(one).collect()
}

/// The sender's half for every pair, those of keys with tables together.
pub(crate) fn send_batch(
    items: &[(&PreparedPoint, &EphemeralScalar)],
) -> Vec<Result<Agreement, Error>> {
    let with_tables: Vec<(&PreparedKey, &EngineScalar)> = items
        .iter()
        .filter_map(|(point, ephemeral)| Some((point.tables()?, &ephemeral.0)))
        .collect();
    // Borrowed: what is moved out of a vector stays in its memory, unwiped.
    let sent = ecdh::send_batch(&with_tables);
    let mut sent = sent.iter();
    let one = |(point, ephemeral): &(&PreparedPoint, &EphemeralScalar)| {
        // There is one for each key with tables.
        let batched = point.tables().and_then(|_| sent.next());
        batched.map_or_else(|| point.send(ephemeral), |sent| Ok(agreement(sent)))
    };
    items.iter().map(one).collect()
}

/// The recipient's half for every scalar and point: those of the backend of the
/// first together.
pub(crate) fn agree_batch(
    items: &[(SecretScalar, Backend, Point)],
) -> Vec<Result<SharedSecret, Error>> {
    let engine = items.first().and_then(|(_, backend, _)| backend.engine());
    let together = |backend: &Backend| engine.is_some() && backend.engine() == engine;
    let pairs: Vec<_> = items
        .iter()
        .filter(|(_, backend, _)| together(backend))
        .map(|(scalar, _, peer)| (&*scalar.0, &peer.0))
        .collect();
    let agreed = engine.map_or_else(Vec::new, |engine| ecdh::agree_batch(&pairs, engine));
    let mut agreed = agreed.iter();
    let one = |(scalar, backend, peer): &(SecretScalar, Backend, Point)| {
        let batched = together(backend).then(|| agreed.next()).flatten();
        batched.map_or_else(
            || scalar.agree_by(*backend, peer),
            |z| Ok(SharedSecret::from_bytes(*z.expose())),
        )
    };
    items.iter().map(one).collect()
}

fn agreement(sent: &Sent) -> Agreement {
    let shared = SharedSecret::from_bytes(*sent.shared.expose());
    (Point(sent.ephemeral), shared)
}
