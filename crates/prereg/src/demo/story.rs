//! One key, told step by step.

use std::io::Write;

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url;
use jose_core::jwe::{DecryptPolicy, DecryptionKey};
use jose_core::jwk::PrivateJwk;
use jose_core::{Backend, Level};
use pollster::block_on;
use prereg_types::EnrollmentId;
use prereg_types::api::{
    EmailAddress, EnrollmentActivationResponse, EnrollmentInitializationResponse,
};
use relying_party::enrollment::{EnrollmentSet, PinStage};
use relying_party::mail::{Content, Mail};
use relying_party::store::Store as _;

use super::journey::{Fulfilled, Journey, Observer};
use super::lab::{ISSUER, Lab};
use super::terminal::Page;
use super::timing::Phase;
use super::{Settings, Stop};

/// Tells a journey while it happens.
pub(super) struct Story<W> {
    pub(super) page: Page<W>,
    show_pin: bool,
}

/// Plays and tells the journey of one key.
pub(super) fn run(lab: &Lab, settings: &Settings) -> Result<bool, Stop> {
    let mut story = Story {
        page: Page::on_stdout(),
        show_pin: settings.show_pin,
    };
    let mut journey = Journey::new(lab, &settings.rp_ids, 0)?;
    story.opening(&journey)?;
    journey.run(&mut story)?;
    let ending = "Done: the key worked on first touch, and the PIN is gone from the server.";
    story.page.ending(true, ending)?;
    let next =
        "Next: add --keys 200, or --fault tampered-tag; the command `faults` lists them all.";
    story.page.line(next)?;
    Ok(true)
}

impl<W: Write> Story<W> {
    pub(super) const fn new(page: Page<W>, show_pin: bool) -> Self {
        Self { page, show_pin }
    }

    pub(super) fn opening(&mut self, journey: &Journey<'_>) -> Result<(), Stop> {
        let profile = &journey.user.profile;
        let page = &mut self.page;
        page.line("A pre-registered security key, from the first envelope to the last PIN.")?;
        page.line("All in memory: the key is simulated, the cryptography is real.")?;
        page.line("")?;
        page.line(&format!("  relying party   {ISSUER} (the part of Okta)"))?;
        page.line("  provider        programs and ships keys (the part of Yubico)")?;
        page.line(
            "  orchestrator    carries sealed envelopes between the two and cannot open them",
        )?;
        page.line(&format!(
            "  person          {} {} <{}>, account {}",
            profile.first_name,
            profile.last_name,
            profile.email,
            journey.user.status.as_str()
        ))?;
        Ok(())
    }

    /// A response with its outer header, and the inner one, for which the
    /// envelope is opened once more with the relying party's key.
    fn response(&mut self, name: &str, token: &str, key: Option<&PrivateJwk>) -> Result<(), Stop> {
        self.page.token(name, token.len(), &header_of(token))?;
        if let Some(inner) = key.and_then(|key| open(token, key)) {
            self.page.header("JWS", &inner)?;
        }
        Ok(())
    }

    fn letter(&mut self, mail: &Mail) -> Result<(), Stop> {
        let to: Vec<&str> = mail.recipients.iter().map(EmailAddress::as_str).collect();
        self.page.field("to", &to.join(", "))?;
        self.page.field("subject", mail.subject())?;
        let body = mail.body();
        let text = match &mail.content {
            Content::Pin(content) if !self.show_pin => {
                let dots = "•".repeat(content.pin.code_points());
                body.replace(content.pin.expose(), &dots)
            }
            _ => body.as_str().to_owned(),
        };
        for line in text.trim_end().lines() {
            self.page.say(format!("  │ {line}").trim_end())?;
        }
        if !self.show_pin {
            self.page
                .say("The PIN is masked here; --show-pin shows it.")?;
        }
        Ok(())
    }
}

impl<W: Write> Observer for Story<W> {
    fn enrolled(
        &mut self,
        journey: &Journey<'_>,
        requests: &EnrollmentInitializationResponse,
    ) -> Result<(), Stop> {
        let took = journey.timings.last(Phase::Enroll);
        let page = &mut self.page;
        page.step(Phase::Enroll, "relying party", took)?;
        page.say("One request for a PIN and one per RP ID for a credential, each encrypted to")?;
        page.say("the provider's transport key. Inside travels the key to encrypt the answer to.")?;
        let token = &requests.pin_request_jwe;
        page.token("PIN request", token.len(), &header_of(token))?;
        for (request, rp_id) in requests.cred_requests.iter().zip(journey.rp_ids) {
            let token = &request.cred_request_jwe;
            let id = &request.authenticator_enrollment_id;
            page.field("enrollment", &format!("{id} for {rp_id}"))?;
            page.token("credential request", token.len(), &header_of(token))?;
        }
        Ok(())
    }

    fn fulfilled(
        &mut self,
        journey: &Journey<'_>,
        requests: &EnrollmentInitializationResponse,
        fulfilled: &Fulfilled,
    ) -> Result<(), Stop> {
        let product = &fulfilled.product;
        let took = journey.timings.last(Phase::Fulfill);
        self.page.step(Phase::Fulfill, "provider", took)?;
        self.page.say(
            "Opens the requests, draws a PIN, programs a key, signs each answer and encrypts",
        )?;
        self.page.say(
            "it to the key that came with its request: a JWS inside a JWE. Then it forgets.",
        )?;
        let state = fulfilled.shipment.shipment_state.state();
        let shipment = &fulfilled.created.shipment_id;
        let name = state.name().unwrap_or_default();
        self.page.field(
            "shipment",
            &format!("{shipment}, state {} {name}", state.id()),
        )?;
        let (_, key) = block_on(journey.lab.provider.inspect_key(&fulfilled.serial))?;
        let model = key.model();
        self.page.field(
            "key",
            &format!(
                "simulated {}, serial {}, firmware {}",
                model.name, product.serial_number, product.firmware_version
            ),
        )?;
        self.page.field("AAGUID", &model.aaguid.to_string())?;
        let set = waiting_set(journey.lab, requests);
        let pin_key = set.as_ref().and_then(pin_response_key);
        self.response("PIN response", &product.fido_pin_response, pin_key)?;
        let asked = requests.cred_requests.iter();
        for (request, token) in asked.zip(&product.fido_credential_responses) {
            let id = &request.authenticator_enrollment_id;
            let key = set
                .as_ref()
                .and_then(|set| credential_response_key(set, id));
            self.response("credential response", token, key)?;
        }
        Ok(())
    }

    fn activated(
        &mut self,
        journey: &Journey<'_>,
        activated: &EnrollmentActivationResponse,
    ) -> Result<(), Stop> {
        let took = journey.timings.last(Phase::Activate);
        self.page.step(Phase::Activate, "relying party", took)?;
        self.page.say(
            "Decrypts, verifies the signature by a pinned key, compares every signed claim with",
        )?;
        self.page.say(
            "what was asked, then the WebAuthn registration with its attestation. All or nothing.",
        )?;
        for factor in journey.factors()? {
            if activated.authenticator_enrollment_ids.contains(&factor.id) {
                let pin = factor.profile.preset_pin_available;
                let status = factor.status.as_str();
                let value = format!("{} is {status}, presetPinAvailable {pin}", factor.id);
                self.page.field("enrollment", &value)?;
            }
        }
        Ok(())
    }

    fn mailed(&mut self, journey: &Journey<'_>, mail: &Mail) -> Result<(), Stop> {
        let took = journey.timings.last(Phase::Mail);
        self.page
            .step(Phase::Mail, "relying party → person", took)?;
        self.letter(mail)
    }

    fn authenticated(&mut self, journey: &Journey<'_>) -> Result<(), Stop> {
        let took = journey.timings.last(Phase::Authenticate);
        self.page
            .step(Phase::Authenticate, "person with key and PIN", took)?;
        self.page.say(
            "The key signs the challenge after the PIN; the relying party verifies the assertion",
        )?;
        self.page
            .say("and wipes the PIN: nobody can have it sent again.")?;
        for factor in journey.factors()? {
            let pin = factor.profile.preset_pin_available;
            let value = format!("{}, presetPinAvailable {pin}", factor.id);
            self.page.field("enrollment", &value)?;
        }
        Ok(())
    }
}

/// The header of a token as it is on the wire.
fn header_of(token: &str) -> String {
    let segment = token.split('.').next().unwrap_or_default();
    let bytes = base64url::decode(segment.as_bytes()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The header of the token inside.
fn open(token: &str, key: &PrivateJwk) -> Option<String> {
    let key = DecryptionKey::prepare(key, Level::OneShot, Backend::default()).ok()?;
    let policy = DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]);
    let decrypted = key.decrypt(token.as_bytes(), &policy).ok()?;
    let inner = std::str::from_utf8(decrypted.plaintext()).ok()?;
    // What a faulty provider sent unsigned is no token: show nothing of it.
    (inner.split('.').count() == 3).then(|| header_of(inner))
}

fn waiting_set(lab: &Lab, requests: &EnrollmentInitializationResponse) -> Option<EnrollmentSet> {
    let first = &requests.cred_requests.first()?.authenticator_enrollment_id;
    block_on(lab.relying_party.store().set_of(first)).ok()?
}

const fn pin_response_key(set: &EnrollmentSet) -> Option<&PrivateJwk> {
    match &set.pin {
        PinStage::Requested { response_key, .. } => Some(response_key),
        _ => None,
    }
}

fn credential_response_key<'a>(
    set: &'a EnrollmentSet,
    id: &EnrollmentId,
) -> Option<&'a PrivateJwk> {
    set.find(id)?
        .stage
        .request()
        .map(|request| &request.response_key)
}
