//! A relying party's half, made by hand: requests with every member open to
//! change, and the keys that open the responses.

use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{VerifierSet, VerifyPolicy};
use jose_core::nested::{self, Opened};
use jose_core::{Backend, Level};
use prereg_types::api::EcKeyJwk;
use prereg_types::payload::{CredentialRequest, PinRequest, PinSpec, RequestClaims, RequestSet};
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, Recipient as Addressee, ShipmentItem,
};
use prereg_types::webauthn::{
    AttestationConveyancePreference, AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptionsJson, PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntityJson, Requirement,
};
use prereg_types::{EnrollmentId, Jti, KeyId, RpId, SetId};
use rand_core::TryRng;
use yubico_sim::{Seed, Stream};

use crate::NOW;

pub(crate) const ISSUER: &str = "https://acme.okta.example";

/// One enroll call.
pub(crate) struct EnrollCall {
    pub(crate) pin: PinRequest,
    pub(crate) credentials: Vec<CredentialRequest>,
    pub(crate) pin_key: PrivateJwk,
    pub(crate) credential_keys: Vec<PrivateJwk>,
    pub(crate) header: EncryptHeader,
    pub(crate) rng: Stream,
}

impl EnrollCall {
    /// A call for these RP IDs, all of it from the seed.
    pub(crate) fn new(seed: &str, rp_ids: &[&str]) -> Self {
        let mut rng = Seed::from_text(seed).stream("enroll", 0);
        let set = RequestSet {
            id: SetId::generate(&mut rng).unwrap(),
            size: u32::try_from(rp_ids.len() + 1).unwrap(),
        };
        let pin_key = response_key(&mut rng);
        let pin = PinRequest {
            claims: claims(&set, &pin_key, &mut rng),
            pin_request: PinSpec::new(8).unwrap(),
        };
        let (mut credentials, mut credential_keys) = (Vec::new(), Vec::new());
        for rp_id in rp_ids {
            let key = response_key(&mut rng);
            credentials.push(CredentialRequest {
                claims: claims(&set, &key, &mut rng),
                enrollment: EnrollmentId::generate(&mut rng).unwrap(),
                origin: format!("https://{rp_id}"),
                public_key: options(rp_id, &mut rng),
            });
            credential_keys.push(key);
        }
        Self {
            pin,
            credentials,
            pin_key,
            credential_keys,
            header: EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm)
                .with_cty("json"),
            rng,
        }
    }

    /// The requests, encrypted.
    pub(crate) fn customization(&mut self, transport: &PublicJwk) -> ProductCustomization {
        let to = Recipient::prepare(transport, Level::Few, Backend::default()).unwrap();
        let mut encrypt = |text: &str| {
            to.encrypt(text.as_bytes(), &self.header, &mut self.rng)
                .unwrap()
        };
        ProductCustomization {
            fido_pin_request: encrypt(&self.pin.to_json().unwrap()),
            fido_credential_requests: self
                .credentials
                .iter()
                .map(|request| encrypt(&request.to_json().unwrap()))
                .collect(),
        }
    }

    /// A shipment of this one key.
    pub(crate) fn shipment(&mut self, transport: &JwkSet<PublicJwk>) -> CreateShipment {
        shipment(1, vec![self.customization(&transport.keys()[0])])
    }
}

/// A shipment of some keys of one product.
pub(crate) fn shipment(product_id: u32, keys: Vec<ProductCustomization>) -> CreateShipment {
    CreateShipment {
        delivery_type: 1,
        recipient: Addressee {
            recipient_lastname: Some("Example".into()),
            recipient_email: Some("ada@acme.example".into()),
            ..Addressee::default()
        },
        mailing_address: MailingAddress {
            street_line1: Some("1 Example Street".into()),
            city: Some("Exampletown".into()),
            country_code_2: Some("XX".into()),
            ..MailingAddress::default()
        },
        shipment_items: vec![ShipmentItem {
            product_id,
            inventory_product_id: 106,
            product_quantity: u32::try_from(keys.len()).unwrap(),
            customization_id: None,
            product_customizations: keys,
        }],
    }
}

/// Opens a response as its relying party does.
pub(crate) fn open(
    token: &str,
    key: &PrivateJwk,
    signers: &JwkSet<PublicJwk>,
) -> Result<Opened, jose_core::Error> {
    let policy = nested::Policy {
        jwe: DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm])
            .require_kid(),
        jws: VerifyPolicy::new(&[SignatureAlgorithm::Es384]).require_kid(),
    };
    let key = DecryptionKey::prepare(key, Level::OneShot, Backend::default())?;
    let signers = VerifierSet::prepare(signers, Level::Few, Backend::default())?;
    nested::open(token.as_bytes(), &key, &signers, &policy)
}

fn response_key(rng: &mut Stream) -> PrivateJwk {
    let kid = KeyId::generate(rng).unwrap();
    PrivateJwk::generate(rng)
        .unwrap()
        .with_kid(kid.as_str())
        .with_use(KeyUse::Enc)
}

fn claims(set: &RequestSet, key: &PrivateJwk, rng: &mut Stream) -> RequestClaims {
    RequestClaims {
        jti: Jti::generate(rng).unwrap(),
        iat: NOW,
        exp: NOW.plus_seconds(30 * 86_400),
        iss: ISSUER.to_owned(),
        set: set.clone(),
        response_key: EcKeyJwk::new(key.public()).unwrap(),
    }
}

fn options(rp_id: &str, rng: &mut Stream) -> PublicKeyCredentialCreationOptionsJson {
    let mut challenge = vec![0; 32];
    rng.try_fill_bytes(&mut challenge).unwrap();
    PublicKeyCredentialCreationOptionsJson {
        rp: PublicKeyCredentialRpEntity {
            id: RpId::parse(rp_id).unwrap(),
            name: "Acme".to_owned(),
        },
        user: PublicKeyCredentialUserEntityJson {
            id: b"00u1example".to_vec(),
            name: "ada@acme.example".to_owned(),
            display_name: "Ada Example".to_owned(),
        },
        challenge,
        pub_key_cred_params: [-7, -35]
            .map(|alg| PublicKeyCredentialParameters { alg })
            .to_vec(),
        timeout: None,
        exclude_credentials: Vec::new(),
        authenticator_selection: AuthenticatorSelectionCriteria {
            resident_key: Requirement::Required,
            user_verification: Requirement::Required,
        },
        attestation: AttestationConveyancePreference::Direct,
    }
}
