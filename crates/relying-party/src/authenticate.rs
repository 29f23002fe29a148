//! First authentication: verifying an assertion, the steps of WebAuthn §7.2,
//! and wiping the PIN once it succeeds.

use prereg_types::webauthn::{
    AuthenticationResponseJson, AuthenticatorData, CollectedClientData, Flags,
};
use prereg_types::{EnrollmentId, UserId};
use rand_core::TryCryptoRng;

use crate::clock::Clock;
use crate::enrollment::{Authentication, Credential, EnrollmentSet, PinStage};
use crate::error::{Error, Internal, Kind};
use crate::party::{ATTEMPTS, RelyingParty, may_have_a_key};
use crate::refusal::Refusal;
use crate::registration::{Ceremony, check_authenticator_data, check_client_data};
use crate::signature::{EcKey, hash_of};
use crate::store::{Change, Store};

/// What an authentication was begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationChallenge {
    /// What the key has to sign.
    pub challenge: [u8; 32],
    /// The host that it has to be for.
    pub rp_id: prereg_types::RpId,
    /// The credential to ask for.
    pub credential_id: Vec<u8>,
}

/// An assertion (WebAuthn §5.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The credential id, where the form of the call carries it.
    pub credential_id: Option<Vec<u8>>,
    /// The serialized client data.
    pub client_data_json: Vec<u8>,
    /// The authenticator data.
    pub authenticator_data: Vec<u8>,
    /// The signature, DER.
    pub signature: Vec<u8>,
    /// The user handle, where the form of the call carries it.
    pub user_handle: Option<Vec<u8>>,
}

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Hands out a challenge; a former one of this enrollment is void.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::EnrollmentNotFound`], and
    /// [`Kind::NotAllowedInStatus`] for an enrollment that is not active, and
    /// for users who are barred.
    pub async fn begin_authentication<R: TryCryptoRng + ?Sized>(
        &self,
        user: &UserId,
        id: &EnrollmentId,
        rng: &mut R,
    ) -> Result<AuthenticationChallenge, Error> {
        may_have_a_key(&self.user(user).await?)?;
        let mut challenge = [0u8; 32];
        rng.try_fill_bytes(&mut challenge)
            .map_err(|_| Error::from(Internal::Randomness))?;
        for _ in 0..ATTEMPTS {
            let mut set = self.set_of(user, id).await?;
            let expires = self.now().plus_seconds(self.policy.authentication_lifetime);
            let handed_out = begin(&mut set, id, Authentication { challenge, expires })
                .map_err(|refusal| Error::refused(Kind::NotAllowedInStatus, refusal))?;
            if self.commit(Change::replace(set)).await? {
                return Ok(handed_out);
            }
        }
        Err(Internal::Contention.into())
    }

    /// Verifies an assertion. Success uses the challenge up and wipes the PIN
    /// of the key; a refusal changes nothing.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::EnrollmentNotFound`],
    /// [`Kind::NotAllowedInStatus`] and [`Kind::Authentication`].
    pub async fn finish_authentication(
        &self,
        user: &UserId,
        id: &EnrollmentId,
        assertion: &Assertion,
    ) -> Result<(), Error> {
        may_have_a_key(&self.user(user).await?)?;
        for _ in 0..ATTEMPTS {
            let set = self.set_of(user, id).await?;
            let change = self.authenticated(set, id, assertion)?;
            if self.commit(change).await? {
                return Ok(());
            }
        }
        Err(Internal::Contention.into())
    }

    /// The decision: what changes if the assertion holds.
    fn authenticated(
        &self,
        mut set: EnrollmentSet,
        id: &EnrollmentId,
        assertion: &Assertion,
    ) -> Result<Change, Error> {
        let enrollment = set
            .find(id)
            .ok_or_else(|| Kind::EnrollmentNotFound(id.clone()))?;
        let credential = enrollment.stage.credential();
        let credential = credential
            .ok_or_else(|| Error::refused(Kind::NotAllowedInStatus, Refusal::NotActive))?;
        let waiting = credential.authentication.as_ref();
        let waiting = waiting.filter(|waiting| self.now() <= waiting.expires);
        let refused = |refusal| Error::refused(Kind::Authentication, refusal);
        let waiting = waiting.ok_or_else(|| refused(Refusal::NoChallenge))?;
        let ceremony = Ceremony {
            kind: CollectedClientData::GET,
            rp_id: &enrollment.rp_id,
            challenge: &waiting.challenge,
        };
        let sign_count = verify(assertion, credential, &set.user_id, &ceremony).map_err(refused)?;
        let credential = set.credential_mut(id).map_err(refused)?;
        credential.sign_count = sign_count;
        credential.authentication = None;
        set.touch(id, self.now());
        let first = !matches!(set.pin, PinStage::Wiped);
        set.wipe_pin();
        let withdraw_pin_mail = first.then(|| set.id.clone());
        Ok(Change {
            withdraw_pin_mail,
            ..Change::replace(set)
        })
    }
}

fn begin(
    set: &mut EnrollmentSet,
    id: &EnrollmentId,
    authentication: Authentication,
) -> Result<AuthenticationChallenge, Refusal> {
    let rp_id = set.find(id).ok_or(Refusal::NotActive)?.rp_id.clone();
    let challenge = authentication.challenge;
    let credential = set.credential_mut(id)?;
    credential.authentication = Some(authentication);
    Ok(AuthenticationChallenge {
        challenge,
        rp_id,
        credential_id: credential.id.clone(),
    })
}

/// §7.2; returns the new signature counter.
fn verify(
    assertion: &Assertion,
    credential: &Credential,
    user: &UserId,
    ceremony: &Ceremony<'_>,
) -> Result<u32, Refusal> {
    // Steps 5 to 7: the credential and the user it identifies.
    if assertion
        .credential_id
        .as_ref()
        .is_some_and(|id| *id != credential.id)
    {
        return Err(Refusal::WrongCredential);
    }
    let handle = assertion.user_handle.as_deref();
    if handle.is_some_and(|handle| handle != user.as_str().as_bytes()) {
        return Err(Refusal::WrongUserHandle);
    }
    // Steps 8 to 14, and the hash of step 20.
    let hash = check_client_data(&assertion.client_data_json, ceremony)?;
    // Steps 15 to 18.
    let bytes = &assertion.authenticator_data;
    let data = AuthenticatorData::parse(bytes).map_err(|_| Refusal::AssertionMalformed)?;
    check_authenticator_data(&data, ceremony.rp_id)?;
    // Step 19: backup eligibility never changes; the state may.
    if data.flags.contains(Flags::BE) != credential.backup_eligible {
        return Err(Refusal::BackupStateInvalid);
    }
    // Step 21: the signature over authenticator data and hash.
    let key = EcKey::from_cose(&credential.public_key).ok_or(Refusal::CredentialKeyInvalid)?;
    let message = [bytes.as_slice(), &hash].concat();
    let algorithm = credential.public_key.algorithm();
    if !key.verifies(hash_of(algorithm), &message, &assertion.signature) {
        return Err(Refusal::AssertionSignatureInvalid);
    }
    // Step 22: the counter goes up, unless the authenticator has none.
    let counts = data.sign_count != 0 || credential.sign_count != 0;
    if counts && data.sign_count <= credential.sign_count {
        return Err(Refusal::SignatureCounter);
    }
    Ok(data.sign_count)
}

impl From<AuthenticationResponseJson> for Assertion {
    fn from(wire: AuthenticationResponseJson) -> Self {
        Self {
            credential_id: Some(wire.id),
            client_data_json: wire.response.client_data_json,
            authenticator_data: wire.response.authenticator_data,
            signature: wire.response.signature,
            user_handle: wire.response.user_handle,
        }
    }
}
