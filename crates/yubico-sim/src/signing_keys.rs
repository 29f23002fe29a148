//! Signing keys: what the provider's responses are signed with.
//!
//! One key is active. The others stay published, because responses signed with
//! them may still be under way, and orchestrators pass all of them on.

use jose_core::curve::SecretScalar;
use jose_core::error::UnusableKey;
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::Signer;
use jose_core::{Backend, Error};
use rand_core::TryCryptoRng;

use crate::transport_keys::key_id;

/// The signing keys of a provider, of which the last is the active one; no two
/// have the same `kid`.
#[derive(Clone, Debug)]
pub struct SigningKeys {
    retired: Vec<PrivateJwk>,
    active: PrivateJwk,
    signer: Signer,
}

impl SigningKeys {
    /// Draws `count` keys, at least one.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(count: usize, rng: &mut R) -> Result<Self, Error> {
        let mut keys = Self::starting_with(draw(0, rng)?)?;
        for _ in 1..count {
            keys.rotate(rng)?;
        }
        Ok(keys)
    }

    /// Keys that were made before, the active one last; each needs a `kid`.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] for a key that cannot sign, for none at all or
    /// one without `kid` ([`UnusableKey::UnknownKeyId`]), and for two of the
    /// same `kid`.
    pub fn from_jwks(keys: &[PrivateJwk]) -> Result<Self, Error> {
        let (first, rest) = keys.split_first().ok_or(UnusableKey::UnknownKeyId)?;
        let mut set = Self::starting_with(first.clone())?;
        rest.iter().try_for_each(|key| set.add(key.clone()))?;
        Ok(set)
    }

    /// Makes a key the active one; the one before stays published.
    ///
    /// # Errors
    /// As [`Self::from_jwks`].
    pub fn add(&mut self, key: PrivateJwk) -> Result<(), Error> {
        let kid = key.public().kid();
        if self.private_keys().any(|own| own.public().kid() == kid) {
            return Err(UnusableKey::DuplicateKeyId.into());
        }
        let next = Self::starting_with(key)?;
        self.retired
            .push(core::mem::replace(&mut self.active, next.active));
        self.signer = next.signer;
        Ok(())
    }

    /// Draws a new active key and gives its `kid`.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn rotate<R: TryCryptoRng + ?Sized>(&mut self, rng: &mut R) -> Result<String, Error> {
        let key = draw(self.retired.len() + 1, rng)?;
        let kid = key.public().kid().unwrap_or_default().to_owned();
        self.add(key)?;
        Ok(kid)
    }

    /// Publishes a retired key no longer, after the last response that it
    /// signed has expired. Gives whether there was such a key; the active one
    /// cannot be removed.
    pub fn remove(&mut self, kid: &str) -> bool {
        let before = self.retired.len();
        self.retired.retain(|key| key.public().kid() != Some(kid));
        self.retired.len() < before
    }

    /// All keys, as `/.well-known/yubico-sign.jwks` shows them, oldest first.
    pub fn jwks(&self) -> JwkSet<PublicJwk> {
        let keys = self.private_keys().map(|key| key.public().clone());
        // `add` keeps key ids distinct, which is all that a set asks for.
        JwkSet::new(keys.collect()).unwrap_or_default()
    }

    /// The public half of the active key.
    pub const fn active(&self) -> &PublicJwk {
        self.active.public()
    }

    /// All private keys, for whoever keeps them, the active one last.
    pub fn private_keys(&self) -> impl Iterator<Item = &PrivateJwk> {
        self.retired.iter().chain(core::iter::once(&self.active))
    }

    /// Signs with the active key.
    pub(crate) const fn signer(&self) -> &Signer {
        &self.signer
    }

    pub(crate) const fn active_scalar(&self) -> &SecretScalar {
        self.active.scalar()
    }

    fn starting_with(key: PrivateJwk) -> Result<Self, Error> {
        key.public().kid().ok_or(UnusableKey::UnknownKeyId)?;
        Ok(Self {
            signer: Signer::prepare(&key, Backend::default())?,
            retired: Vec::new(),
            active: key,
        })
    }
}

/// A new signing key, named by its place in the row.
pub(crate) fn draw<R: TryCryptoRng + ?Sized>(
    number: usize,
    rng: &mut R,
) -> Result<PrivateJwk, Error> {
    let key = PrivateJwk::generate(rng)?
        .with_use(KeyUse::Sig)
        .with_alg("ES384");
    let kid = key_id("SIM-Tsgnkey", number, key.public());
    Ok(key.with_kid(&kid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use jose_core::alg::SignatureAlgorithm;
    use jose_core::jws::{SignHeader, VerifierSet, VerifyPolicy};
    use jose_core::{Backend, Level};

    fn keys(count: usize) -> SigningKeys {
        SigningKeys::generate(count, &mut Seed::from_text("signing").stream("keys", 0)).unwrap()
    }

    fn verifies(keys: &SigningKeys, token: &str) -> Result<(), Error> {
        let set = VerifierSet::prepare(&keys.jwks(), Level::Few, Backend::default())?;
        let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384]).require_kid();
        set.verify(token.as_bytes(), &policy).map(drop)
    }

    #[test]
    fn rotation_signs_with_the_new_key_and_keeps_the_old_published() {
        let mut keys = keys(1);
        let before = keys.signer().sign(b"{}", &SignHeader::new()).unwrap();
        let old = keys.active().kid().unwrap().to_owned();
        let new = keys
            .rotate(&mut Seed::from_text("new").stream("keys", 0))
            .unwrap();
        assert_eq!(keys.active().kid(), Some(new.as_str()));
        assert_eq!(keys.signer().kid(), Some(new.as_str()));
        let after = keys.signer().sign(b"{}", &SignHeader::new()).unwrap();
        verifies(&keys, &before).unwrap();
        verifies(&keys, &after).unwrap();
        assert!(!keys.remove(&new), "the active key stays");
        assert!(keys.remove(&old));
        assert!(verifies(&keys, &before).is_err());
        verifies(&keys, &after).unwrap();
    }

    #[test]
    fn keys_come_back_as_they_were_kept() {
        let keys = keys(3);
        let kept: Vec<PrivateJwk> = keys.private_keys().cloned().collect();
        let again = SigningKeys::from_jwks(&kept).unwrap();
        assert_eq!(again.active(), keys.active());
        assert_eq!(again.jwks().to_json(), keys.jwks().to_json());
        assert!(SigningKeys::from_jwks(&[]).is_err());
    }

    #[test]
    fn keys_of_another_use_or_the_same_kid_are_refused() {
        let mut keys = keys(2);
        let own = keys.private_keys().next().unwrap().clone();
        assert_eq!(
            keys.add(own.clone()),
            Err(UnusableKey::DuplicateKeyId.into())
        );
        let transport = PrivateJwk::new(own.scalar().clone()).with_kid("t");
        assert_eq!(
            keys.add(transport.with_use(KeyUse::Enc)),
            Err(UnusableKey::Use.into())
        );
    }

    #[test]
    fn only_public_halves_are_published() {
        let keys = keys(2);
        let (json, printed) = (keys.jwks().to_json(), format!("{keys:?}"));
        for key in keys.private_keys() {
            let d = jose_core::base64url::encode(&*key.scalar().to_bytes());
            assert!(!json.contains(&d) && !printed.contains(&d));
        }
    }
}
