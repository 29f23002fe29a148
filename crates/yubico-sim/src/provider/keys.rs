//! What makes a provider the one it is: its keys, and how they outlive it.

use authenticator::StateError;
use authenticator::attestation::AttestationIssuer;
use authenticator::state::{StateReader, StateWriter};
use jose_core::Backend;
use jose_core::jwk::PrivateJwk;
use prereg_types::Timestamp;
use rand_core::TryCryptoRng;

use crate::store::ProviderState;
use crate::{Error, Seed, SigningKeys, TransportKeys};

/// What [`ProviderKeys::export`] begins with.
const KIND: [u8; 4] = *b"PRPK";
const VERSION: u8 = 1;

/// The keys that a provider cannot do without.
#[derive(Debug)]
pub struct ProviderKeys {
    /// What requests are encrypted to.
    pub transport: TransportKeys,
    /// What responses are signed with.
    pub signing: SigningKeys,
    /// Who vouches for the security keys.
    pub issuer: AttestationIssuer,
    /// What the attestation batches come from, and the key of
    /// [`Fault::UnpinnedSigningKey`](crate::Fault::UnpinnedSigningKey).
    pub seed: Seed,
    /// From when on the attestation certificates are valid, in seconds since 1970.
    pub made: u64,
}

impl ProviderKeys {
    /// Draws three transport keys, two signing keys and an attestation issuer.
    /// Certificates are valid from a day before `now`.
    ///
    /// # Errors
    /// [`Error::Crypto`] or [`Error::Attestation`].
    pub fn generate<R: TryCryptoRng + ?Sized>(
        backend: Backend,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<Self, Error> {
        // A day back: relying parties' clocks may be behind.
        let made = now.seconds().saturating_sub(86_400);
        Ok(Self {
            transport: TransportKeys::generate(3, backend, rng)?,
            signing: SigningKeys::generate(2, rng)?,
            issuer: AttestationIssuer::generate(rng, made)?,
            seed: Seed::generate(rng)?,
            made,
        })
    }

    /// All of it, to be kept for [`Self::import`]: the provider is the same one
    /// then, down to the certificates of its batches.
    pub fn export(&self) -> ProviderState {
        let Self {
            transport,
            signing,
            issuer,
            seed,
            made,
        } = self;
        export(transport, signing, issuer, seed, *made)
    }

    /// The keys of an [`export`](Self::export).
    ///
    /// # Errors
    /// [`Error::Kept`], with the part that is not what was written; also for a
    /// key that does not serve its purpose and for no key at all.
    pub fn import(state: &ProviderState, backend: Backend) -> Result<Self, Error> {
        let mut reader = StateReader::open(state.expose(), KIND, VERSION)?;
        let transport = read_transport(&mut reader, backend)?;
        let signing = read_signing(&mut reader)?;
        let issuer = AttestationIssuer::import(reader.bytes()?)?;
        let seed = Seed::from_bytes(*reader.secret()?);
        let made = reader.u64()?;
        reader.end()?;
        Ok(Self {
            transport,
            signing,
            issuer,
            seed,
            made,
        })
    }
}

/// [`ProviderKeys::export`] of the parts.
pub(super) fn export(
    transport: &TransportKeys,
    signing: &SigningKeys,
    issuer: &AttestationIssuer,
    seed: &Seed,
    made: u64,
) -> ProviderState {
    let mut writer = StateWriter::new(KIND, VERSION);
    writer.count(transport.kept().count());
    for (key, published) in transport.kept() {
        writer.text(&key.to_json());
        writer.bool(published);
    }
    writer.count(signing.private_keys().count());
    for key in signing.private_keys() {
        writer.text(&key.to_json());
    }
    writer.bytes(&issuer.export());
    writer.raw(seed.expose());
    writer.u64(made);
    ProviderState::new(writer.finish())
}

fn read_transport(
    reader: &mut StateReader<'_>,
    backend: Backend,
) -> Result<TransportKeys, StateError> {
    let unusable = |_| StateError::Part("transport key");
    let mut keys = TransportKeys::from_jwks(&[], backend).map_err(unusable)?;
    for _ in 0..reader.count()? {
        let key = PrivateJwk::from_json(reader.text()?.as_bytes()).map_err(unusable)?;
        let kid = key.public().kid().unwrap_or_default().to_owned();
        keys.add(key).map_err(unusable)?;
        if !reader.bool()? {
            keys.withdraw(&kid);
        }
    }
    if keys.private_keys().next().is_none() {
        return Err(StateError::Part("transport key"));
    }
    Ok(keys)
}

fn read_signing(reader: &mut StateReader<'_>) -> Result<SigningKeys, StateError> {
    let unusable = |_| StateError::Part("signing key");
    let keys: Vec<PrivateJwk> = (0..reader.count()?)
        .map(|_| PrivateJwk::from_json(reader.text()?.as_bytes()).map_err(unusable))
        .collect::<Result<_, _>>()?;
    SigningKeys::from_jwks(&keys).map_err(unusable)
}
