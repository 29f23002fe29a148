//! A relying party with one user, and a provider made by hand.

use std::sync::Arc;

use authenticator::attestation::AttestationIssuer;
use authenticator::{MakeCredential, Quirk, Quirks, SecurityKey, model};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer};
use jose_core::{Backend, Level, nested};
use p256::pkcs8::EncodePublicKey;
use pollster::block_on;
use prereg_types::api::{
    ActivateCommand, CredResponse, EmailAddress, EnrollCommand, EnrollmentInitializationResponse,
    FulfillmentProvider, SendPinCommand, User, UserProfile, UserStatus,
    WebAuthnPreregistrationFactor,
};
use prereg_types::payload::{
    CREDENTIAL_RESPONSE_TYP, CredentialRequest, CredentialResponse, PIN_RESPONSE_TYP, Pin,
    PinRequest, PinResponse, RequestClaims, ResponseClaims,
};
use prereg_types::webauthn::{
    AuthenticatorAttestationResponseJson, CollectedClientData, RegistrationResponseJson,
};
use prereg_types::{EnrollmentId, Jti, RpId, Serial, Timestamp, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::{Clock, ManualClock};
use relying_party::event::Caller;
use relying_party::store::{MemoryStore, Snapshot};
use relying_party::{Policy, RelyingParty, TrustPolicy};
use sha2::{Digest, Sha256};

pub(crate) const ADA: &str = "00uada0000000000test";
pub(crate) const BOB: &str = "00ubob0000000000test";
/// When the clock of a world stands at first, in seconds.
pub(crate) const NOW: u64 = 1_780_000_000;
pub(crate) const PIN: &str = "493817";
pub(crate) const HOSTS: [&str; 2] = ["acme.okta.example", "login.acme.example"];

pub(crate) type Party = RelyingParty<MemoryStore, Arc<ManualClock>>;

pub(crate) struct World {
    pub(crate) party: Arc<Party>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) transport: PrivateJwk,
    pub(crate) signing: PrivateJwk,
    issuer: AttestationIssuer,
}

/// A programmed key and its responses, before they are sealed.
pub(crate) struct Draft {
    pub(crate) key: SecurityKey,
    pub(crate) user_id: UserId,
    pub(crate) serial: Serial,
    pub(crate) version: prereg_types::FirmwareVersion,
    pub(crate) pin: PinResponse,
    pub(crate) pin_key: PublicJwk,
    pub(crate) credentials: Vec<CredentialDraft>,
    /// Who signs.
    pub(crate) signing: PrivateJwk,
    /// `yubicoSigningJwks`.
    pub(crate) brought: Vec<PublicJwk>,
}

pub(crate) struct CredentialDraft {
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) response_key: PublicJwk,
    pub(crate) response: CredentialResponse,
    pub(crate) typ: &'static str,
}

pub(crate) fn private(rng: &mut ChaCha20Rng, kid: &str, key_use: KeyUse) -> PrivateJwk {
    PrivateJwk::generate(rng)
        .unwrap()
        .with_kid(kid)
        .with_use(key_use)
}

impl World {
    /// Provider keys pinned, as in production.
    pub(crate) fn new() -> Self {
        Self::with(|signing| {
            TrustPolicy::Pinned(JwkSet::new(vec![signing.public().clone()]).unwrap())
        })
    }

    pub(crate) fn with(trust: impl Fn(&PrivateJwk) -> TrustPolicy) -> Self {
        Self::build(trust, &[])
    }

    /// More attestation roots are trusted.
    pub(crate) fn trusting(roots: &[Vec<u8>]) -> Self {
        Self::build(|_| TrustPolicy::AcceptAnySigningKey, roots)
    }

    /// What becomes of the user's account.
    pub(crate) fn set_status(&self, user: &str, status: UserStatus) {
        let mut user = block_on(self.party.find_user(user)).unwrap().unwrap();
        user.status = status;
        self.party.store().put_user(user);
    }

    fn build(trust: impl Fn(&PrivateJwk) -> TrustPolicy, more_roots: &[Vec<u8>]) -> Self {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let now = Timestamp::from_seconds(NOW);
        let clock = Arc::new(ManualClock::at(now));
        let issuer = AttestationIssuer::generate(&mut rng, NOW - 86_400).unwrap();
        let signing = private(&mut rng, "APCS-Tsgnkey-1", KeyUse::Sig);
        let more_roots = more_roots.iter().map(Vec::as_slice);
        let roots = core::iter::once(issuer.trust_anchor()).chain(more_roots);
        let roots = TrustAnchors::from_der(roots).unwrap();
        let policy = Policy::new("https://acme.okta.example", trust(&signing), roots);
        let store = MemoryStore::default();
        store.put_user(user(ADA, "ada", UserStatus::Staged));
        store.put_user(user(BOB, "bob", UserStatus::Active));
        let party = Arc::new(RelyingParty::new(store, clock.clone(), policy).unwrap());
        let transport = private(&mut rng, "APCS-Ttrans-1", KeyUse::Enc);
        Self {
            party,
            clock,
            rng,
            transport,
            signing,
            issuer,
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.party.store().snapshot()
    }

    pub(crate) fn enroll(
        &mut self,
        user: &str,
        hosts: &[&str],
    ) -> EnrollmentInitializationResponse {
        let command = EnrollCommand {
            user_id: UserId::parse(user).unwrap(),
            provider: FulfillmentProvider::Yubico,
            rp_ids: hosts
                .iter()
                .map(|host| RpId::parse(host).unwrap())
                .collect(),
            transport_key: self.transport.public().clone(),
        };
        block_on(self.party.enroll(&command, &mut self.rng)).unwrap()
    }

    /// Ada's key for both hosts, programmed as it should be.
    pub(crate) fn draft(&mut self) -> Draft {
        let enrolled = self.enroll(ADA, &HOSTS);
        self.program(&enrolled, &Quirks::NONE, |_| {})
    }

    pub(crate) fn quirky(&mut self, quirk: Quirk) -> Draft {
        let enrolled = self.enroll(ADA, &HOSTS);
        self.program(&enrolled, &quirk.into(), |_| {})
    }

    /// What the provider does between shipment and delivery.
    pub(crate) fn program(
        &mut self,
        enrolled: &EnrollmentInitializationResponse,
        quirks: &Quirks,
        edit: impl Fn(&mut CollectedClientData),
    ) -> Draft {
        let request = PinRequest::from_json(&self.open(&enrolled.pin_request_jwe)).unwrap();
        let mut key = self.new_key(quirks);
        key.set_pin(&authenticator::Pin::new(PIN)).unwrap();
        let pin_claims = self.claims(&request.claims, &key);
        let requests: Vec<CredentialRequest> = enrolled
            .cred_requests
            .iter()
            .map(|one| CredentialRequest::from_json(&self.open(&one.cred_request_jwe)).unwrap())
            .collect();
        let credentials = requests
            .iter()
            .map(|one| self.make(one, &mut key, &edit))
            .collect();
        Draft {
            user_id: enrolled.user_id.clone(),
            serial: key.serial().clone(),
            version: key.model().firmware,
            pin: PinResponse {
                claims: pin_claims,
                pin: Pin::new(PIN).unwrap(),
            },
            pin_key: request.claims.response_key.jwk().clone(),
            credentials,
            signing: self.signing.clone(),
            brought: vec![self.signing.public().clone()],
            key,
        }
    }

    fn new_key(&mut self, quirks: &Quirks) -> SecurityKey {
        let issued = self.clock.now().seconds() - 3600;
        let model = model::YUBIKEY_5_NFC_5_4;
        let batch = self
            .issuer
            .issue_batch(&model, quirks, &mut self.rng, issued)
            .unwrap();
        let serial = Serial::parse("3632071").unwrap();
        SecurityKey::new(model, serial, Arc::new(batch), quirks.clone())
    }

    fn make(
        &mut self,
        request: &CredentialRequest,
        key: &mut SecurityKey,
        edit: &impl Fn(&mut CollectedClientData),
    ) -> CredentialDraft {
        let options = &request.public_key;
        let mut client_data = CollectedClientData::new(
            CollectedClientData::CREATE,
            &options.challenge,
            &request.origin,
        );
        edit(&mut client_data);
        let client_data_json = client_data.to_json().into_bytes();
        let algorithms: Vec<i64> = options
            .pub_key_cred_params
            .iter()
            .map(|one| one.alg)
            .collect();
        let made = key.make_credential(
            &MakeCredential {
                client_data_hash: &Sha256::digest(&client_data_json).into(),
                rp_id: options.rp.id.as_str(),
                user_id: &options.user.id,
                pub_key_cred_params: &algorithms,
                exclude_list: &[],
                pin: Some(&authenticator::Pin::new(PIN)),
            },
            &mut self.rng,
        );
        let made = made.unwrap();
        let point = p256::PublicKey::from_sec1_bytes(&made.public_key.to_sec1()).unwrap();
        let credential = RegistrationResponseJson {
            id: made.credential_id,
            authenticator_attachment: Some("cross-platform".into()),
            response: AuthenticatorAttestationResponseJson {
                client_data_json,
                attestation_object: made.attestation_object,
                authenticator_data: made.authenticator_data,
                transports: vec!["nfc".into(), "usb".into()],
                public_key: Some(point.to_public_key_der().unwrap().into_vec()),
                public_key_algorithm: -7,
            },
        };
        CredentialDraft {
            enrollment_id: request.enrollment.clone(),
            response_key: request.claims.response_key.jwk().clone(),
            response: CredentialResponse {
                claims: self.claims(&request.claims, key),
                enrollment: request.enrollment.clone(),
                credential,
            },
            typ: CREDENTIAL_RESPONSE_TYP,
        }
    }

    fn claims(&mut self, request: &RequestClaims, key: &SecurityKey) -> ResponseClaims {
        let now = self.clock.now();
        ResponseClaims {
            iss: "yubico".into(),
            aud: request.iss.clone(),
            jti: Jti::generate(&mut self.rng).unwrap(),
            iat: Timestamp::from_seconds(now.seconds()),
            exp: now.plus_seconds(86_400 * 60),
            in_reply_to: request.jti.clone(),
            set: request.set.id.clone(),
            response_jkt: request.response_key.jwk().thumbprint().to_base64url(),
            serial: key.serial().clone(),
            version: key.model().firmware,
        }
    }

    /// Decrypts a request as the provider does.
    pub(crate) fn open(&self, token: &str) -> Vec<u8> {
        let policy = DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm])
            .with_cty(&["json"])
            .require_kid();
        let key = DecryptionKey::prepare(&self.transport, Level::OneShot, Backend::default());
        key.unwrap()
            .decrypt(token.as_bytes(), &policy)
            .unwrap()
            .plaintext()
            .to_vec()
    }

    pub(crate) fn seal(
        &mut self,
        claims: &str,
        typ: &str,
        by: &PrivateJwk,
        to: &PublicJwk,
    ) -> String {
        let recipient = Recipient::prepare(to, Level::OneShot, Backend::default()).unwrap();
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
        nested::seal(
            claims.as_bytes(),
            &Signer::prepare(by, Backend::default()).unwrap(),
            &SignHeader::new().with_typ(typ),
            &recipient,
            &header,
            &mut self.rng,
        )
        .unwrap()
    }

    /// What the orchestrator posts.
    pub(crate) fn command(&mut self, draft: &Draft) -> ActivateCommand {
        let pin = draft.pin.to_json().unwrap();
        let pin_response_jwe = self.seal(&pin, PIN_RESPONSE_TYP, &draft.signing, &draft.pin_key);
        let mut cred_responses = Vec::new();
        for one in &draft.credentials {
            let claims = one.response.to_json().unwrap();
            let jwe = self.seal(&claims, one.typ, &draft.signing, &one.response_key);
            cred_responses.push(CredResponse {
                enrollment_id: one.enrollment_id.clone(),
                jwe,
            });
        }
        ActivateCommand {
            user_id: draft.user_id.clone(),
            provider: FulfillmentProvider::Yubico,
            serial: draft.serial.clone(),
            version: draft.version,
            pin_response_jwe,
            cred_responses,
            signing_keys: JwkSet::new(draft.brought.clone()).unwrap(),
        }
    }

    pub(crate) fn activate(
        &mut self,
        command: &ActivateCommand,
    ) -> Result<(), relying_party::Error> {
        block_on(
            self.party
                .activate(&Caller::system(), command, &mut self.rng),
        )
        .map(drop)
    }

    /// Programs, carries and activates Ada's key.
    pub(crate) fn active_key(&mut self) -> Draft {
        let draft = self.draft();
        let command = self.command(&draft);
        self.activate(&command).unwrap();
        draft
    }

    /// Activates a draft, which must be refused so and leave no trace.
    pub(crate) fn refused(&mut self, draft: &Draft, code: &str) {
        let command = self.command(draft);
        self.refused_command(&command, code);
    }

    pub(crate) fn refused_command(&mut self, command: &ActivateCommand, code: &str) {
        let before = self.snapshot();
        let error = self.activate(command).unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(self.snapshot(), before, "{code} left a trace");
    }

    pub(crate) fn list(&self, user: &str) -> Vec<WebAuthnPreregistrationFactor> {
        block_on(self.party.list(&UserId::parse(user).unwrap())).unwrap()
    }

    pub(crate) fn send_pin(
        &self,
        user: &str,
        id: &EnrollmentId,
    ) -> Result<(), relying_party::Error> {
        block_on(self.party.send_pin(&SendPinCommand {
            user_id: UserId::parse(user).unwrap(),
            provider: FulfillmentProvider::Yubico,
            enrollment_id: id.clone(),
        }))
    }
}

fn user(id: &str, name: &str, status: UserStatus) -> User {
    User {
        id: UserId::parse(id).unwrap(),
        status,
        profile: UserProfile {
            first_name: name.into(),
            last_name: "Example".into(),
            login: format!("{name}@acme.example"),
            email: EmailAddress::parse(&format!("{name}@acme.example")).unwrap(),
            second_email: Some(EmailAddress::parse(&format!("{name}@home.example")).unwrap()),
        },
    }
}
