//! `authenticatorMakeCredential` (CTAP 2.1 §6.1).

use prereg_types::webauthn::{AttestedCredentialData, CoseAlgorithm, CoseKey};
use rand_core::TryCryptoRng;

use crate::{
    Pin, Quirk, SecurityKey, Status,
    credential::{Credential, CredentialKey},
};

/// The parameters that matter here. Every credential is made resident.
#[derive(Clone, Copy, Debug)]
pub struct MakeCredential<'a> {
    /// SHA-256 of the client data.
    pub client_data_hash: &'a [u8; 32],
    /// The RP ID, such as `example.com`.
    pub rp_id: &'a str,
    /// The user handle: 1 to 64 bytes.
    pub user_id: &'a [u8],
    /// `COSEAlgorithmIdentifier`s, the relying party's favourite first.
    pub pub_key_cred_params: &'a [i64],
    /// Credential ids of which none may be on this key.
    pub exclude_list: &'a [&'a [u8]],
    /// The PIN; needed once one is set.
    pub pin: Option<&'a Pin>,
}

/// A new credential with its attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// The credential id.
    pub credential_id: Vec<u8>,
    /// The credential public key.
    pub public_key: CoseKey,
    /// The authenticator data (WebAuthn §6.1), as it was signed.
    pub authenticator_data: Vec<u8>,
    /// The attestation object (WebAuthn §6.5.4) around it.
    pub attestation_object: Vec<u8>,
}

impl SecurityKey {
    /// Makes a resident credential; one for the same RP and user is replaced.
    ///
    /// The first of the offered algorithms that the model has is taken.
    ///
    /// # Errors
    /// [`Status::UnsupportedAlgorithm`], [`Status::PuatRequired`] if a PIN is set
    /// but not given, those of [`Self::verify_pin`],
    /// [`Status::CredentialExcluded`], [`Status::KeyStoreFull`],
    /// [`Status::InvalidLength`], [`Status::InvalidParameter`], and
    /// [`Status::Other`] when randomness fails. Nothing is stored then.
    pub fn make_credential<R: TryCryptoRng + ?Sized>(
        &mut self,
        request: &MakeCredential<'_>,
        rng: &mut R,
    ) -> Result<NewCredential, Status> {
        let algorithm = self.choose_algorithm(request)?;
        if self.pin.is_set() && request.pin.is_none() {
            return Err(Status::PuatRequired);
        }
        let user_verified = self.verify_user(request.pin)?;
        self.check_exclude_list(request)?;
        self.check_room(request)?;

        let credential = Credential {
            id: self.new_credential_id(rng)?,
            rp_id: request.rp_id.to_owned(),
            user_id: request.user_id.to_vec(),
            key: CredentialKey::generate(algorithm, rng)?,
        };
        let made = self.attest_credential(&credential, request.client_data_hash, user_verified)?;
        self.credentials.retain(|other| !is_same(other, request));
        self.credentials.push(credential);
        Ok(made)
    }

    fn choose_algorithm(&self, request: &MakeCredential<'_>) -> Result<CoseAlgorithm, Status> {
        if request.rp_id.is_empty() {
            return Err(Status::InvalidParameter);
        }
        if !(1..=64).contains(&request.user_id.len()) {
            return Err(Status::InvalidLength);
        }
        let mut offered = request.pub_key_cred_params.iter();
        offered
            .find_map(|id| {
                CoseAlgorithm::from_id(*id).filter(|known| self.model.algorithms.contains(known))
            })
            .ok_or(Status::UnsupportedAlgorithm)
    }

    fn check_exclude_list(&self, request: &MakeCredential<'_>) -> Result<(), Status> {
        let excluded = self.credentials.iter().any(|credential| {
            credential.rp_id == request.rp_id && request.exclude_list.contains(&&*credential.id)
        });
        if excluded {
            return Err(Status::CredentialExcluded);
        }
        Ok(())
    }

    fn check_room(&self, request: &MakeCredential<'_>) -> Result<(), Status> {
        let replaces = self.credentials.iter().any(|other| is_same(other, request));
        if !replaces && self.credentials.len() >= self.model.resident_capacity {
            return Err(Status::KeyStoreFull);
        }
        Ok(())
    }

    fn new_credential_id<R: TryCryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Vec<u8>, Status> {
        if self.quirks.has(Quirk::CredentialIdRepeated) {
            return Ok(vec![0x52; 32]);
        }
        let too_long = self.quirks.has(Quirk::CredentialIdTooLong);
        let mut id = vec![0; if too_long { 1024 } else { 32 }];
        rng.try_fill_bytes(&mut id).map_err(|_| Status::Other)?;
        Ok(id)
    }

    fn attest_credential(
        &mut self,
        credential: &Credential,
        client_data_hash: &[u8; 32],
        user_verified: bool,
    ) -> Result<NewCredential, Status> {
        let public_key = credential.key.public_key()?;
        let mut data = self.authenticator_data(&credential.rp_id, user_verified);
        if !self.quirks.has(Quirk::AttestedDataMissing) {
            data.attested_credential_data = Some(AttestedCredentialData {
                aaguid: self.model.aaguid,
                credential_id: &credential.id,
                public_key: self.public_key_on_wire(public_key),
            });
        }
        let mut authenticator_data = data.encode().map_err(|_| Status::Other)?;
        if self.quirks.has(Quirk::TrailingBytes) {
            authenticator_data.push(0);
        }
        let attestation_object = self.attestation.attest(
            &authenticator_data,
            client_data_hash,
            &credential.key,
            &self.quirks,
        )?;
        Ok(NewCredential {
            credential_id: credential.id.clone(),
            public_key,
            authenticator_data,
            attestation_object,
        })
    }

    fn public_key_on_wire(&self, mut key: CoseKey) -> CoseKey {
        if self.quirks.has(Quirk::KeyOffCurve) {
            // Next to a point of the curve lies none: y² changes, x³ − 3x + b does not.
            match &mut key {
                CoseKey::Es256 { y: [.., last], .. } | CoseKey::Es384 { y: [.., last], .. } => {
                    *last ^= 1;
                }
            }
        }
        key
    }
}

fn is_same(credential: &Credential, request: &MakeCredential<'_>) -> bool {
    credential.rp_id == request.rp_id && credential.user_id == request.user_id
}
