//! Answering: sign, then encrypt to the response key of each request.

use authenticator::SecurityKey;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::{EncryptHeader, Recipient};
use jose_core::jwk::{PrivateJwk, PublicJwk};
use jose_core::jws::SignHeader;
use jose_core::{Backend, Level, nested};
use prereg_types::payload::{
    CREDENTIAL_RESPONSE_TYP, CredentialRequest, CredentialResponse, PIN_RESPONSE_TYP,
    PROVIDER_ISSUER, PinResponse, REQUEST_CTY, RequestClaims, ResponseClaims,
};
use prereg_types::shipment::ProductData;
use prereg_types::webauthn::RegistrationResponseJson;
use prereg_types::{Jti, Timestamp};

use crate::fault::{Fault, Place, claims, envelope};
use crate::program::{KeyOrder, Programmed, wipe};
use crate::{Error, Seed, SigningKeys};

/// What the responses about one key have in common.
pub(crate) struct Responder<'a> {
    pub(crate) signing: &'a SigningKeys,
    /// Signs under [`Fault::UnpinnedSigningKey`].
    pub(crate) unpinned: &'a PrivateJwk,
    pub(crate) backend: Backend,
    pub(crate) fault: Option<Fault>,
    pub(crate) now: Timestamp,
    pub(crate) key: &'a SecurityKey,
    /// Of this key; each response draws from streams of its own.
    pub(crate) seed: &'a Seed,
}

impl Responder<'_> {
    /// Answers all requests for one key.
    pub(crate) fn answer(&self, order: &KeyOrder, done: &Programmed) -> Result<ProductData, Error> {
        let mut credentials = Vec::with_capacity(order.credentials.len());
        for (position, (request, registration)) in order
            .credentials
            .iter()
            .zip(&done.registrations)
            .enumerate()
        {
            credentials.push(self.credential(request, registration, position)?);
        }
        let mut product = ProductData {
            serial_number: self.key.serial().clone(),
            firmware_version: self.key.model().firmware,
            fido_pin_response: self.pin(order, done)?,
            fido_credential_responses: credentials,
        };
        claims::alter_product(self.fault, &mut product);
        Ok(product)
    }

    fn pin(&self, order: &KeyOrder, done: &Programmed) -> Result<String, Error> {
        let request = &order.pin.claims;
        let seed = self.seed.child("pin response", 0);
        let response = PinResponse {
            claims: self.claims(request, Place::Pin, &seed)?,
            pin: done.pin.clone(),
        };
        let text = claims::alter_pin(self.fault, &done.pin, response.to_json()?);
        let to = request.response_key.jwk();
        self.seal(text.as_bytes(), PIN_RESPONSE_TYP, to, Place::Pin, &seed)
    }

    fn credential(
        &self,
        request: &CredentialRequest,
        registration: &RegistrationResponseJson,
        position: usize,
    ) -> Result<String, Error> {
        let place = Place::Credential(position);
        let index = u64::try_from(position).unwrap_or(u64::MAX);
        let seed = self.seed.child("credential response", index);
        let mut response = CredentialResponse {
            claims: self.claims(&request.claims, place, &seed)?,
            enrollment: request.enrollment.clone(),
            credential: registration.clone(),
        };
        let mut rng = seed.stream("enrollment fault", 0);
        claims::alter_enrollment(self.fault, place, &mut response.enrollment, &mut rng)?;
        let text = response.to_json();
        wipe(&mut response.credential);
        let text = text?;
        let to = request.claims.response_key.jwk();
        self.seal(text.as_bytes(), CREDENTIAL_RESPONSE_TYP, to, place, &seed)
    }

    /// A response is worth as long as the question: it ends with its request.
    fn claims(
        &self,
        request: &RequestClaims,
        place: Place,
        seed: &Seed,
    ) -> Result<ResponseClaims, Error> {
        let mut claims = ResponseClaims {
            iss: PROVIDER_ISSUER.to_owned(),
            aud: request.iss.clone(),
            jti: Jti::generate(&mut seed.stream("jti", 0))?,
            iat: self.now,
            exp: request.exp,
            in_reply_to: request.jti.clone(),
            set: request.set.id.clone(),
            response_jkt: request.response_key.jwk().thumbprint().to_base64url(),
            serial: self.key.serial().clone(),
            version: self.key.model().firmware,
        };
        let mut rng = seed.stream("claims fault", 0);
        claims::alter(self.fault, place, &mut claims, &mut rng)?;
        Ok(claims)
    }

    fn seal(
        &self,
        text: &[u8],
        typ: &'static str,
        to: &PublicJwk,
        place: Place,
        seed: &Seed,
    ) -> Result<String, Error> {
        let (fault, mut wrong) = (self.fault, seed.stream("envelope fault", 0));
        let to = envelope::recipient(fault, place, to, &mut wrong)?;
        let recipient = Recipient::prepare(&to, Level::OneShot, self.backend)?;
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
        let mut rng = seed.stream("seal", 0);
        let token = if envelope::is_signed(fault, place) {
            let signer = envelope::signer(fault, place, self.signing, self.unpinned, &mut wrong)?;
            let sign = SignHeader::new().with_typ(envelope::typ(fault, place, typ));
            nested::seal(text, &signer, &sign, &recipient, &header, &mut rng)?
        } else {
            recipient.encrypt(text, &header.with_cty(REQUEST_CTY), &mut rng)?
        };
        Ok(envelope::alter_token(fault, place, token))
    }
}
