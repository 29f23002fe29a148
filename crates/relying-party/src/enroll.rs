//! enroll: makes the requests that travel to the fulfillment provider.

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::{EncryptHeader, EncryptItem, Recipient, encrypt_batch};
use jose_core::jwk::{KeyUse, PrivateJwk};
use jose_core::{Error as JoseError, Level};
use prereg_types::api::{
    EcKeyJwk, EnrollCommand, EnrollmentInitializationResponse, User, WebAuthnCredRequest,
};
use prereg_types::payload::{
    CredentialRequest, PinRequest, PinSpec, REQUEST_CTY, RequestClaims, RequestSet,
};
use prereg_types::webauthn::{
    AttestationConveyancePreference, AuthenticatorSelectionCriteria, CoseAlgorithm,
    PublicKeyCredentialCreationOptionsJson, PublicKeyCredentialDescriptorJson,
    PublicKeyCredentialParameters, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntityJson,
    Requirement,
};
use prereg_types::{EnrollmentId, Jti, KeyId, RpId, SetId, Timestamp};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::enrollment::{Enrollment, EnrollmentSet, PinStage, Request, Stage};
use crate::error::{Error, Internal, Kind};
use crate::party::{RelyingParty, may_have_a_key};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::store::{Change, Store};

/// The algorithms offered for credentials, best first.
pub(crate) const OFFERED: [CoseAlgorithm; 2] = [CoseAlgorithm::Es256, CoseAlgorithm::Es384];

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Makes a set of enrollments, one per RP ID, and the encrypted requests
    /// for its PIN and its credentials.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::NotAllowedInStatus`] and
    /// [`Kind::PinRequest`] for a transport key that cannot encrypt.
    pub async fn enroll<R: TryCryptoRng + ?Sized>(
        &self,
        command: &EnrollCommand,
        rng: &mut R,
    ) -> Result<EnrollmentInitializationResponse, Error> {
        let user = self.user(&command.user_id).await?;
        may_have_a_key(&user)?;
        let known = self.store.sets_of_user(&user.id).await?;
        let key = &command.transport_key;
        let transport = Recipient::prepare(key, level(command), self.policy.backend)
            .map_err(transport_failed)?;
        let set = draw_set(command, &self.policy, self.now(), rng)?;
        let plaintexts = Plaintexts::write(&set, &user, &known, &self.policy)?;
        let tokens = plaintexts
            .encrypt(&transport, rng)
            .map_err(transport_failed)?;
        let response = response(command, &set, tokens);
        if self.commit(Change::insert(set)).await? {
            Ok(response)
        } else {
            Err(Internal::Contention.into())
        }
    }
}

/// One token for the PIN and one per host: from three on, a table for the
/// transport key pays.
const fn level(command: &EnrollCommand) -> Level {
    if command.rp_ids.len() >= 2 {
        Level::Few
    } else {
        Level::OneShot
    }
}

/// The transport key is the caller's: what is wrong with it is told.
fn transport_failed(error: JoseError) -> Error {
    match error {
        JoseError::UnusableKey(_) => {
            Error::refused(Kind::PinRequest, Refusal::UnusableTransportKey)
        }
        other => other.into(),
    }
}

/// Draws everything that is random about a set.
fn draw_set<R: TryCryptoRng + ?Sized>(
    command: &EnrollCommand,
    policy: &Policy,
    now: Timestamp,
    rng: &mut R,
) -> Result<EnrollmentSet, JoseError> {
    let mut enrollments = Vec::with_capacity(command.rp_ids.len());
    for rp_id in &command.rp_ids {
        enrollments.push(draw_enrollment(rp_id, now, rng)?);
    }
    Ok(EnrollmentSet {
        id: SetId::generate(rng)?,
        revision: 0,
        user_id: command.user_id.clone(),
        provider: command.provider,
        audience: policy.issuer.clone(),
        created: now,
        expires: now.plus_seconds(policy.challenge_lifetime),
        pin: PinStage::Requested {
            request: Jti::generate(rng)?,
            spec: policy.pin,
            response_key: Box::new(draw_response_key(rng)?),
        },
        enrollments,
    })
}

fn draw_enrollment<R: TryCryptoRng + ?Sized>(
    rp_id: &RpId,
    now: Timestamp,
    rng: &mut R,
) -> Result<Enrollment, JoseError> {
    let mut challenge = [0u8; 32];
    rng.try_fill_bytes(&mut challenge)
        .map_err(|_| JoseError::RandomnessFailed)?;
    let request = Request {
        jti: Jti::generate(rng)?,
        challenge,
        response_key: draw_response_key(rng)?,
    };
    Ok(Enrollment {
        id: EnrollmentId::generate(rng)?,
        rp_id: rp_id.clone(),
        updated: now,
        stage: Stage::Requested(request),
    })
}

fn draw_response_key<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<PrivateJwk, JoseError> {
    let kid = KeyId::generate(rng)?;
    Ok(PrivateJwk::generate(rng)?
        .with_kid(kid.as_str())
        .with_use(KeyUse::Enc))
}

/// The claims of a set's requests, wiped after encryption.
struct Plaintexts {
    pin: Zeroizing<String>,
    credentials: Vec<Zeroizing<String>>,
}

impl Plaintexts {
    fn write(
        set: &EnrollmentSet,
        user: &User,
        known: &[EnrollmentSet],
        policy: &Policy,
    ) -> Result<Self, Error> {
        let PinStage::Requested {
            request,
            spec,
            response_key,
        } = &set.pin
        else {
            return Err(Internal::Serialization.into());
        };
        let pin = pin_request(claims(set, request, response_key)?, *spec).to_json()?;
        let mut credentials = Vec::with_capacity(set.enrollments.len());
        for enrollment in &set.enrollments {
            let Some(request) = enrollment.stage.request() else {
                continue;
            };
            let credential_request = CredentialRequest {
                claims: claims(set, &request.jti, &request.response_key)?,
                enrollment: enrollment.id.clone(),
                origin: enrollment.rp_id.origin(),
                public_key: creation_options(enrollment, request, user, known, policy),
            };
            credentials.push(credential_request.to_json()?);
        }
        Ok(Self { pin, credentials })
    }

    /// All of them as one batch, the PIN request first.
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        rng: &mut R,
    ) -> Result<Vec<String>, JoseError> {
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm)
            .with_cty(REQUEST_CTY);
        let texts = core::iter::once(&self.pin).chain(&self.credentials);
        let items: Vec<EncryptItem<'_>> = texts
            .map(|text| EncryptItem {
                recipient,
                plaintext: text.as_bytes(),
                header: &header,
            })
            .collect();
        encrypt_batch(&items, rng).into_iter().collect()
    }
}

const fn pin_request(claims: RequestClaims, spec: PinSpec) -> PinRequest {
    PinRequest {
        claims,
        pin_request: spec,
    }
}

fn claims(set: &EnrollmentSet, jti: &Jti, key: &PrivateJwk) -> Result<RequestClaims, Error> {
    let response_key =
        EcKeyJwk::new(key.public()).map_err(|_| Error::from(Internal::Serialization))?;
    let size = u32::try_from(set.enrollments.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    Ok(RequestClaims {
        jti: jti.clone(),
        iat: set.created,
        exp: set.expires,
        iss: set.audience.clone(),
        set: RequestSet {
            id: set.id.clone(),
            size,
        },
        response_key,
    })
}

/// What the key is asked to make: a discoverable credential of a verified user
/// with direct attestation.
fn creation_options(
    enrollment: &Enrollment,
    request: &Request,
    user: &User,
    known: &[EnrollmentSet],
    policy: &Policy,
) -> PublicKeyCredentialCreationOptionsJson {
    PublicKeyCredentialCreationOptionsJson {
        rp: PublicKeyCredentialRpEntity {
            id: enrollment.rp_id.clone(),
            name: policy.rp_name.clone(),
        },
        user: PublicKeyCredentialUserEntityJson {
            id: user.id.as_str().as_bytes().to_vec(),
            name: user.profile.login.clone(),
            display_name: format!("{} {}", user.profile.first_name, user.profile.last_name),
        },
        challenge: request.challenge.to_vec(),
        pub_key_cred_params: OFFERED
            .map(|algorithm| PublicKeyCredentialParameters {
                alg: algorithm.id(),
            })
            .to_vec(),
        timeout: Some(
            policy
                .challenge_lifetime
                .saturating_mul(1000)
                .min(u64::from(u32::MAX)),
        ),
        exclude_credentials: excluded(known, &enrollment.rp_id),
        authenticator_selection: AuthenticatorSelectionCriteria {
            resident_key: Requirement::Required,
            user_verification: Requirement::Required,
        },
        attestation: AttestationConveyancePreference::Direct,
    }
}

/// The user's credentials for a host: a key that has one is not registered twice.
fn excluded(known: &[EnrollmentSet], rp_id: &RpId) -> Vec<PublicKeyCredentialDescriptorJson> {
    let enrollments = known.iter().flat_map(|set| &set.enrollments);
    enrollments
        .filter(|enrollment| enrollment.rp_id == *rp_id)
        .filter_map(|enrollment| enrollment.stage.credential())
        .map(|credential| PublicKeyCredentialDescriptorJson {
            id: credential.id.clone(),
        })
        .collect()
}

fn response(
    command: &EnrollCommand,
    set: &EnrollmentSet,
    tokens: Vec<String>,
) -> EnrollmentInitializationResponse {
    let mut tokens = tokens.into_iter();
    let pin_request_jwe = tokens.next().unwrap_or_default();
    let requests = set
        .enrollments
        .iter()
        .zip(tokens)
        .filter_map(|(enrollment, token)| {
            let kid = enrollment.stage.request()?.response_key.public().kid()?;
            Some(WebAuthnCredRequest {
                authenticator_enrollment_id: enrollment.id.clone(),
                cred_request_jwe: token,
                key_id: KeyId::parse(kid).ok()?,
            })
        });
    EnrollmentInitializationResponse {
        user_id: command.user_id.clone(),
        fulfillment_provider: command.provider,
        pin_request_jwe,
        cred_requests: requests.collect(),
    }
}
