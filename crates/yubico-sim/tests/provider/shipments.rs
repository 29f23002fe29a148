//! From request to parcel, when nothing goes wrong.

use authenticator::{GetAssertion, Pin};
use jose_core::jwk::{JwkSet, PublicJwk};
use pollster::block_on;
use prereg_types::payload::{CredentialResponse, PinResponse, PinSpec};
use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::webauthn::{AttestationObject, CollectedClientData, Flags};
use prereg_types::{ShipmentId, Timestamp};
use yubico_sim::{Error, Seed};

use crate::enroll_call::{EnrollCall, ISSUER, open, shipment};
use crate::{NOW, TestProvider, provider};

fn create(provider: &TestProvider, call: &mut EnrollCall, seed: &str) -> ShipmentId {
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = Seed::from_text(seed).stream("shipment", 0);
    let created = block_on(provider.create_shipment(&body, NOW, &mut rng)).unwrap();
    assert_eq!(created.shipment_state.state(), ShipmentState::ACCEPTED);
    created.shipment_id
}

fn product_data(provider: &TestProvider, id: &ShipmentId) -> Vec<ProductData> {
    let mut shipment = block_on(provider.shipment(id)).unwrap();
    assert_eq!(shipment.shipment_items.len(), 1);
    shipment.shipment_items.remove(0).product_data
}

fn send_off(provider: &TestProvider, id: &ShipmentId) -> Vec<ProductData> {
    while block_on(provider.advance(id, NOW)).unwrap() != ShipmentState::SHIPPED {}
    product_data(provider, id)
}

fn pin_of(call: &EnrollCall, product: &ProductData, signers: &JwkSet<PublicJwk>) -> PinResponse {
    let opened = open(&product.fido_pin_response, &call.pin_key, signers).unwrap();
    assert_eq!(opened.jws_header().typ(), Some("prereg-pin+jwt"));
    assert_eq!(opened.jwe_header().kid(), call.pin_key.public().kid());
    PinResponse::from_opened(&opened).unwrap()
}

#[test]
fn every_claim_answers_its_request() {
    let provider = provider("claims");
    let mut call = EnrollCall::new("claims", &["acme.example", "acme.test"]);
    let id = create(&provider, &mut call, "claims");
    let product = send_off(&provider, &id).remove(0);
    let signers = provider.signing_jwks();
    let pin = pin_of(&call, &product, &signers);
    let mut answers = vec![(call.pin.claims.clone(), pin.claims)];
    for (index, token) in product.fido_credential_responses.iter().enumerate() {
        let (key, request) = (&call.credential_keys[index], &call.credentials[index]);
        let opened = open(token, key, &signers).unwrap();
        assert_eq!(opened.jws_header().typ(), Some("prereg-credential+jwt"));
        let response = CredentialResponse::from_opened(&opened).unwrap();
        assert_eq!(response.enrollment, request.enrollment);
        let client_data =
            CollectedClientData::from_json(&response.credential.response.client_data_json).unwrap();
        let expected = CollectedClientData::new(
            "webauthn.create",
            &request.public_key.challenge,
            &request.origin,
        );
        assert_eq!(client_data, expected);
        let object = &response.credential.response.attestation_object;
        let object = AttestationObject::parse(object).unwrap();
        let data = object.authenticator_data().unwrap();
        assert!(data.flags.contains(Flags::UP | Flags::UV));
        assert_eq!(
            data.attested_credential_data.unwrap().credential_id,
            response.credential.id
        );
        assert_eq!(
            object.auth_data,
            response.credential.response.authenticator_data
        );
        answers.push((request.claims.clone(), response.claims));
    }
    for (request, claims) in &answers {
        assert_eq!(
            (claims.iss.as_str(), claims.aud.as_str()),
            ("yubico", ISSUER)
        );
        assert_eq!((claims.iat, claims.exp), (NOW, request.exp));
        assert_eq!(claims.in_reply_to, request.jti);
        assert_eq!(claims.set, request.set.id);
        let thumbprint = request.response_key.jwk().thumbprint();
        assert_eq!(claims.response_jkt, thumbprint.to_base64url());
        assert_eq!(claims.serial, product.serial_number);
        assert_eq!(claims.version, product.firmware_version);
    }
    assert_ne!(answers[0].1.jti, answers[1].1.jti);
    assert_ne!(answers[1].1.jti, answers[2].1.jti);
}

#[test]
fn the_parcel_opens_with_the_pin_that_was_answered() {
    let provider = provider("parcel");
    let mut call = EnrollCall::new("parcel", &["acme.example"]);
    let id = create(&provider, &mut call, "parcel");
    let early = block_on(provider.deliver(&id, NOW)).unwrap_err();
    assert_eq!(early, Error::State(ShipmentState::ACCEPTED));
    let product = send_off(&provider, &id).remove(0);
    let pin = pin_of(&call, &product, &provider.signing_jwks());
    let serials = block_on(provider.deliver(&id, NOW)).unwrap();
    assert_eq!(serials, [product.serial_number]);
    let typed = Pin::new(pin.pin.expose());
    let request = GetAssertion {
        client_data_hash: &[7; 32],
        rp_id: "acme.example",
        allow_list: &[],
        pin: Some(&typed),
    };
    block_on(provider.get_assertion(&serials[0], &request)).unwrap();
    let again = block_on(provider.deliver(&id, NOW));
    assert_eq!(again, Ok(serials), "a parcel is handed over once");
}

/// One seed, so that nothing but the PIN differs.
#[test]
fn pins_have_the_length_asked_for_and_responses_tell_nothing_of_it() {
    let lengths = [4, 6, 8, 63].map(|length| {
        let provider = provider("lengths");
        let mut call = EnrollCall::new("lengths", &["acme.example"]);
        call.pin.pin_request = PinSpec::new(length).unwrap();
        let id = create(&provider, &mut call, "lengths");
        let product = send_off(&provider, &id).remove(0);
        let pin = pin_of(&call, &product, &provider.signing_jwks());
        assert_eq!(pin.pin.expose().len(), usize::from(length));
        product.fido_pin_response.len()
    });
    assert_eq!(lengths, [lengths[0]; 4]);
}

#[test]
fn product_data_show_while_the_shipment_is_out_and_until_it_is_purged() {
    let provider = provider("states");
    let mut call = EnrollCall::new("states", &["acme.example"]);
    let id = create(&provider, &mut call, "states");
    let mut seen = Vec::new();
    loop {
        let shown = !product_data(&provider, &id).is_empty();
        let state = block_on(provider.shipment(&id))
            .unwrap()
            .shipment_state
            .state();
        if seen.last() == Some(&(state.id(), shown)) {
            break;
        }
        seen.push((state.id(), shown));
        block_on(provider.advance(&id, NOW)).unwrap();
    }
    assert_eq!(seen, [(3, false), (100, false), (103, true), (104, true)]);

    block_on(provider.divert(&id, ShipmentState::LOST, NOW)).unwrap();
    assert_eq!(product_data(&provider, &id), []);
    assert_eq!(
        block_on(provider.advance(&id, NOW)),
        Ok(ShipmentState::LOST)
    );
    block_on(provider.divert(&id, ShipmentState::DELIVERED, NOW)).unwrap();
    assert_eq!(product_data(&provider, &id).len(), 1);

    block_on(provider.purge(&id)).unwrap();
    assert_eq!(product_data(&provider, &id), []);
    assert_eq!(block_on(provider.deliver(&id, NOW)).unwrap().len(), 1);
    let unknown = ShipmentId::parse("unknown").unwrap();
    assert_eq!(
        block_on(provider.purge(&unknown)),
        Err(Error::UnknownShipment)
    );
    assert_eq!(
        block_on(provider.advance(&unknown, NOW)),
        Err(Error::UnknownShipment)
    );
}

#[test]
fn an_incomplete_address_holds_the_shipment_up() {
    let provider = provider("address");
    let mut call = EnrollCall::new("address", &["acme.example"]);
    let mut body = call.shipment(&provider.transport_jwks());
    body.mailing_address.city = None;
    let mut rng = Seed::from_text("address").stream("shipment", 0);
    let created = block_on(provider.create_shipment(&body, NOW, &mut rng)).unwrap();
    assert_eq!(
        created.shipment_state.state(),
        ShipmentState::INCOMPLETE_REQUEST
    );
    let next = block_on(provider.advance(&created.shipment_id, NOW));
    assert_eq!(next, Ok(ShipmentState::ACCEPTED));
}

#[test]
fn several_keys_come_in_the_order_of_the_request() {
    let provider = provider("several");
    let transport = provider.transport_jwks();
    let mut calls = ["one", "two", "three"].map(|seed| EnrollCall::new(seed, &["acme.example"]));
    let keys = calls
        .each_mut()
        .map(|call| call.customization(&transport.keys()[0]));
    let body = shipment(29, keys.to_vec());
    let mut rng = Seed::from_text("several").stream("shipment", 0);
    let id = block_on(provider.create_shipment(&body, NOW, &mut rng))
        .unwrap()
        .shipment_id;
    let products = send_off(&provider, &id);
    let (summary, keys) = block_on(provider.shipment_summary(&id)).unwrap();
    assert_eq!((products.len(), keys.len(), summary.keys), (3, 3, 3));
    for ((call, product), key) in calls.iter().zip(&products).zip(&keys) {
        pin_of(call, product, &provider.signing_jwks());
        assert_eq!(key.serial, product.serial_number);
        assert_eq!(key.model.name, "YubiKey 5C NFC");
    }
    let first = &products[0].fido_credential_responses[0];
    assert!(
        open(
            first,
            &calls[1].credential_keys[0],
            &provider.signing_jwks()
        )
        .is_err()
    );
}

#[test]
fn rotation_reaches_new_shipments_and_leaves_old_ones_verifiable() {
    let provider = provider("rotation");
    let mut before = EnrollCall::new("before", &["acme.example"]);
    let old = create(&provider, &mut before, "before");
    let mut rng = Seed::from_text("rotation").stream("keys", 0);
    let kid = provider
        .update_signing_keys(|keys| keys.rotate(&mut rng))
        .unwrap();
    let old_transport = provider.transport_jwks();
    let new_transport = provider.update_transport_keys(|keys| {
        keys.withdraw(old_transport.keys()[0].kid().unwrap());
        keys.rotate(&mut rng).unwrap()
    });
    assert!(provider.transport_jwks().find(&new_transport).is_some());
    assert_eq!(provider.transport_jwks().keys().len(), 3);

    let mut after = EnrollCall::new("after", &["acme.example"]);
    let body = after.shipment(&old_transport);
    let new = block_on(provider.create_shipment(&body, NOW, &mut rng))
        .unwrap()
        .shipment_id;
    let signers = provider.signing_jwks();
    let signed_by = |call: &EnrollCall, id| {
        let product = send_off(&provider, id).remove(0);
        let opened = open(&product.fido_pin_response, &call.pin_key, &signers).unwrap();
        opened.kid().unwrap().to_owned()
    };
    assert_ne!(signed_by(&before, &old), kid);
    assert_eq!(signed_by(&after, &new), kid);
}

/// Threads in any order, one seed: the same shipments byte for byte.
#[test]
fn a_seed_reproduces_a_run() {
    let run = |order: [u64; 4]| {
        let provider = provider("run");
        let transport = provider.transport_jwks();
        let mut shipments: Vec<(u64, String)> = std::thread::scope(|scope| {
            let threads = order.map(|n| {
                let (provider, transport) = (&provider, &transport);
                scope.spawn(move || {
                    let mut call = EnrollCall::new(&format!("user {n}"), &["acme.example"]);
                    let body = call.shipment(transport);
                    let mut rng = Seed::from_text("run").stream("shipment", n);
                    let created = provider.create_shipment(&body, NOW, &mut rng);
                    let id = block_on(created).unwrap().shipment_id;
                    send_off(provider, &id);
                    let shipment = block_on(provider.shipment(&id)).unwrap();
                    (n, serde_json::to_string(&shipment).unwrap())
                })
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        shipments.sort();
        (
            provider.signing_jwks().to_json(),
            provider.trust_anchor().to_vec(),
            shipments,
        )
    };
    assert_eq!(run([0, 1, 2, 3]), run([3, 1, 0, 2]));
}

/// The canary: PIN, challenge and user handle of a complete run are nowhere in
/// what the provider keeps or prints.
#[test]
fn nothing_secret_is_kept_or_printed() {
    let provider = provider("canary");
    let mut call = EnrollCall::new("canary", &["acme.example"]);
    let id = create(&provider, &mut call, "canary");
    let product = send_off(&provider, &id).remove(0);
    let pin = pin_of(&call, &product, &provider.signing_jwks());
    let serial = block_on(provider.deliver(&id, NOW)).unwrap().remove(0);
    let keys = block_on(provider.inspect_key(&serial)).unwrap();
    let printed = format!(
        "{provider:?} {:?} {keys:?} {:?}",
        provider.store(),
        block_on(provider.shipment(&id))
    );
    let challenge = &call.credentials[0].public_key.challenge;
    let secrets = [
        pin.pin.expose().to_owned(),
        jose_core::base64url::encode(challenge),
        format!("{challenge:?}"),
        "00u1example".to_owned(),
        "ada@acme.example".to_owned(),
        call.pin.claims.jti.to_string(),
    ];
    for secret in secrets {
        assert!(!printed.contains(&secret), "{secret}");
    }
}

#[test]
fn time_is_what_the_caller_says() {
    let provider = provider("time");
    let mut call = EnrollCall::new("time", &["acme.example"]);
    let later = Timestamp::from_seconds(NOW.seconds() + 86_400);
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = Seed::from_text("time").stream("shipment", 0);
    let id = block_on(provider.create_shipment(&body, later, &mut rng))
        .unwrap()
        .shipment_id;
    let product = send_off(&provider, &id).remove(0);
    let pin = pin_of(&call, &product, &provider.signing_jwks());
    assert_eq!(pin.claims.iat, later);
}

/// A server may run every call on any thread; this compiles or it does not.
#[test]
fn calls_may_move_between_threads() {
    fn may_move<T: Send>(call: T) -> T {
        call
    }
    let provider = std::sync::Arc::new(provider("threads"));
    let mut call = EnrollCall::new("threads", &["acme.example"]);
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = Seed::from_text("threads").stream("shipment", 0);
    let created = may_move(provider.create_shipment(&body, NOW, &mut rng));
    let id = block_on(created).unwrap().shipment_id;
    block_on(may_move(provider.divert(&id, ShipmentState::SHIPPED, NOW))).unwrap();
    block_on(may_move(provider.advance(&id, NOW))).unwrap();
    block_on(may_move(provider.shipment(&id))).unwrap();
    let other = std::sync::Arc::clone(&provider);
    let key = std::thread::spawn(move || block_on(other.deliver(&id, NOW)).unwrap());
    assert_eq!(key.join().unwrap().len(), 1);
}
